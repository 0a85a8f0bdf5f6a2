"""Square face crops as one affine map, so that whatever goes in can come back.

A crop is a (2, 3) matrix from picture to crop pixels, both with pixel centres at integers: the crop of `size` pixels
that covers `side` picture pixels around `centre` sends x to (x - centre) * size / side + (size - 1) / 2.
"""

import cv2
import numpy as np

SCALE = 1.25
"""Side of a crop over the longer side of its face box, unless said otherwise."""


def crop_matrix(
    box: np.ndarray,
    size: int,
    scale: float = SCALE,
    *,
    rotation: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    mirror: bool = False,
) -> np.ndarray:
    """Matrix (2, 3) float64 of the square crop of `size` pixels around box (4,), `scale` x its longer side wide.

    rotation: degrees that the content turns clockwise; shift: of the crop's content, as fractions of the crop;
    mirror: left and right swapped, last.
    """
    left, top, right, bottom = box.astype(np.float64)
    zoom = size / (scale * max(right - left, bottom - top))
    angle = np.deg2rad(rotation)
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([left + right, top + bottom]) / 2
    middle = (size - 1) / 2
    offset = middle + np.multiply(shift, size) - linear @ centre
    matrix = np.column_stack([linear, offset])
    if mirror:
        matrix = np.array([[-1, 0], [0, 1]]) @ matrix + np.array([[0, 0, size - 1], [0, 0, 0]])
    return matrix


def transform(matrix: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (..., 2) through a matrix (2, 3), float32."""
    return (landmarks @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def invert(matrix: np.ndarray) -> np.ndarray:
    """The matrix (2, 3) from crop back to picture."""
    return cv2.invertAffineTransform(matrix)


def cut(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """The crop (size, size, 3) of a picture (h, w, 3) uint8; black where it reaches over the border.

    A picture much larger than its crop is first averaged down by a whole factor, so that nothing aliases.
    """
    factor = int(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if factor > 1:
        height, width = (side // factor for side in image.shape[:2])
        if height and width:
            image = cv2.resize(
                image[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA
            )
            # Small pixel x covers the big pixels factor * x ... factor * x + factor - 1.
            matrix = np.column_stack([matrix[:, :2] * factor, matrix @ [(factor - 1) / 2, (factor - 1) / 2, 1]])
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
