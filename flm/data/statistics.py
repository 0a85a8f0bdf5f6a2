"""What a picture is like, in four numbers: enough to see how rendered faces differ from photographed ones."""

import cv2
import numpy as np

from flm.data import crop
from flm.data.sample import Sample

_SIDE = 128


def picture_statistics(sample: Sample) -> dict[str, float]:
    """Brightness, contrast, saturation (0 to 1) and sharpness of a face, cut out at 128 pixels as a network sees it."""
    face = crop.cut(sample.read(), crop.crop_matrix(sample.box, _SIDE, 1.0), _SIDE)
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    saturation = cv2.cvtColor(face, cv2.COLOR_RGB2HSV)[..., 1] / 255
    return {
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "saturation": float(saturation.mean()),
        "sharpness": sharpness(face),
    }


def sharpness(image: np.ndarray) -> float:
    """Standard deviation of the Laplacian of a crop (s, s, 3) uint8, over that of its brightness: high for detail and
    for noise.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F).std() / (grey.std() + 1e-6))
