"""BlazeFace (Bazarevsky et al. 2019): many times faster than MTCNN, and less exact.

The network is face_detection_full_range.tflite of MediaPipe (Apache-2.0), converted once by tflite2onnx, with outputs
that differ by less than 1e-4.
"""

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
import onnxruntime

from flm import paths
from flm.detect.box import Detection, overlap

_SIDE, _CELL = 192, 4  # pixels of the square that the network sees, and of the cells that each look for a face
# Score from which a cell sees a face: of 856 training faces of 300-W, MediaPipe's 0.6 misses 36; 0.4 misses 4, and
# takes less else for faces than MTCNN does. Overlap from which two cells see the same face: as in MediaPipe.
_SURE, _SAME = 0.4, 0.3


def find(image: np.ndarray) -> list[Detection]:
    """Faces in a picture (h, w, 3) uint8 RGB.

    It is seen as a square of 192 pixels: faces below a twentieth of its longer side are not found.
    """
    scale = _SIDE / max(image.shape[:2])
    height, width = (max(1, round(scale * side)) for side in image.shape[:2])
    square = np.zeros((_SIDE, _SIDE, 3), np.float32)
    square[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    boxes, scores = _seen(square / 127.5 - 1)
    return [Detection(((box + 0.5) / scale - 0.5).astype(np.float32), score) for box, score in _merged(boxes, scores)]


def _seen(square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (k, 4), pixels of the square (s, s, 3) in [-1, 1], and scores (k,) of the cells that see a face."""
    logits, places = _network().run(None, {"input": square.transpose(2, 0, 1)[None]})
    scores = 1 / (1 + np.exp(-logits[0, :, 0]))
    sure = np.flatnonzero(scores >= _SURE)
    row, column = np.divmod(sure, _SIDE // _CELL)
    centre = places[0, sure, :2] + _CELL * (np.stack([column, row], 1) + 0.5) - 0.5
    half = places[0, sure, 2:4] / 2
    return np.concatenate([centre - half, centre + half], 1), scores[sure]


def _merged(boxes: np.ndarray, scores: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """Each face once: the mean of the boxes that overlap its best one, weighted by their scores."""
    left = np.argsort(-scores)
    while len(left):
        same = np.array([overlap(boxes[left[0]], boxes[i]) >= _SAME for i in left])
        yield np.average(boxes[left[same]], axis=0, weights=scores[left[same]]), float(scores[left[0]])
        left = left[~same]


@cache
def _network() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(paths.SHIPPED / "blazeface.onnx", providers=["CPUExecutionProvider"])
