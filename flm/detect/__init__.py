"""Face detection, with the boxes brought to the convention of this project: the bounds of 68 landmarks."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from flm.detect import blazeface, mtcnn
from flm.detect.box import Detection, overlap
from flm.errors import InputError

__all__ = ["DETECTORS", "Detection", "calibrate", "detect", "detect_near", "overlap"]

DETECTORS = {"mtcnn": mtcnn.find, "blazeface": blazeface.find}

VERSION = "3"
"""Of what finds faces, here and in flm.video: another one, and faces are searched anew."""

# Where the bounds of the 68 landmarks lie in a detector's boxes: left, top, right, bottom edge in its width and height,
# medians over 428 training faces of 300-W (see `calibrate`).
_EDGES = {
    "mtcnn": np.array([0.004, 0.249, 1.026, 1.018]),
    "blazeface": np.array([0.078, 0.162, 0.957, 1.029]),
}


def detect(image: np.ndarray, by: str = "mtcnn") -> list[Detection]:
    """Faces in a picture (h, w, 3) uint8 RGB, the surest first.

    Their boxes are where the bounds of their 68 landmarks should be. Raises InputError for an unknown detector.
    """
    if by not in DETECTORS:
        raise InputError(f"unknown detector {by!r}: choose one of {', '.join(DETECTORS)}")
    faces = [replace(face, box=_landmark_box(face.box, by)) for face in DETECTORS[by](image)]
    return sorted(faces, key=lambda face: -face.score)


def detect_near(image: np.ndarray, box: np.ndarray, by: str = "mtcnn") -> np.ndarray | None:
    """The detected box that overlaps `box` (4,) the most, or None where every overlap is below 0.3: a missed face.

    Evaluation needs to know which face of a picture is meant; it takes no more than that from the truth.
    """
    overlaps = {overlap(face.box, box): face.box for face in detect(image, by=by)}
    return overlaps[max(overlaps)] if overlaps and max(overlaps) >= 0.3 else None


def calibrate(images_and_boxes: Iterable[tuple[np.ndarray, np.ndarray]], by: str) -> np.ndarray:
    """The constant of `_EDGES`, (4,), from pictures with landmark boxes: run it again when a detector changes."""
    edges = []
    for image, box in images_and_boxes:
        for face in DETECTORS[by](image):
            if overlap(face.box, box) > 0.4:
                corner, size = face.box[:2], face.box[2:] - face.box[:2]
                edges.append(((box.reshape(2, 2) - corner) / size).ravel())
    return np.median(edges, axis=0)


def _landmark_box(box: np.ndarray, by: str) -> np.ndarray:
    corner, size = box[:2], box[2:] - box[:2]
    return (corner + _EDGES[by].reshape(2, 2) * size).ravel().astype(np.float32)
