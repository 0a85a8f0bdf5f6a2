"""Labels as people click them: near the truth, each in its own way."""

import numpy as np

from flm.markup import IBUG68

# Standard deviations in inter-ocular distances, of the order of how far annotators of 300-W differ: of a whole feature,
# of a single landmark, and of the jaw's landmarks along it, where nothing says where one ends.
_FEATURE, _SINGLE, _ALONG_JAW = 0.006, 0.010, 0.03


def annotate(rng: np.random.Generator, landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (68, 2) with an annotator's errors."""
    unit = np.linalg.norm(landmarks[36] - landmarks[45])
    errors = rng.normal(0, _SINGLE, (68, 2))
    for members in IBUG68.groups.values():
        errors[list(members)] += rng.normal(0, _FEATURE, 2)
    jaw = landmarks[:17]
    along = np.gradient(jaw, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True).clip(1e-6)
    # Neighbours slide together: an annotator spaces them evenly.
    slide = np.convolve(rng.normal(0, _ALONG_JAW, 17 + 4), np.full(5, 5**-0.5), mode="valid")
    errors[:17] += slide[:, None] * along
    return landmarks + unit * errors
