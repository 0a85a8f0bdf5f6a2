"""Landmarks drawn on pictures."""

from collections.abc import Iterable

import cv2
import numpy as np

from flm.markup import Markup

_GREEN = (64, 224, 128)
_FRACTION_BITS = 4  # OpenCV draws at 1/16 of a pixel


def draw_landmarks(image: np.ndarray, landmarks: np.ndarray, markup: Markup) -> np.ndarray:
    """A copy of a picture (h, w, 3) uint8 RGB with landmarks (n, 2) as dots joined by the markup's curves.

    Dots and lines grow with the face, so that they read alike on a thumbnail and on a photograph.
    """
    canvas = np.ascontiguousarray(image).copy()
    face = float(np.ptp(landmarks, axis=0).max())
    radius, width = max(1.0, face / 110), max(1, round(face / 250))
    for curve in markup.curves:
        cv2.polylines(canvas, [_fixed(landmarks[list(curve)])], False, _GREEN, width, cv2.LINE_AA, _FRACTION_BITS)
    for x, y in _fixed(landmarks):
        centre = (int(x), int(y))
        cv2.circle(canvas, centre, int(radius * 2**_FRACTION_BITS), (255, 255, 255), -1, cv2.LINE_AA, _FRACTION_BITS)
    return canvas


def draw_faces(image: np.ndarray, faces: Iterable[np.ndarray], markup: Markup) -> np.ndarray:
    """A picture (h, w, 3) uint8 RGB with the landmarks (n, 2) of each face, see `draw_landmarks`."""
    for landmarks in faces:
        image = draw_landmarks(image, landmarks, markup)
    return image


def _fixed(points: np.ndarray) -> np.ndarray:
    return (points * 2**_FRACTION_BITS).round().astype(np.int32)
