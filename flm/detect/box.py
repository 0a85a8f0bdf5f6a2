"""A face that was found, and how far two agree."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Detection:
    """A face: box (4,) float32, left, top, right, bottom in pixels; score in [0, 1].

    points: MTCNN's own five (5, 2): eyes, nose, corners of the mouth, each from left to right in the picture.
    """

    box: np.ndarray
    score: float
    points: np.ndarray | None = None


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (4,)."""
    width, height = np.maximum(0, np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]))
    areas = [np.prod(box[2:] - box[:2]) for box in (a, b)]
    return float(width * height / (sum(areas) - width * height))
