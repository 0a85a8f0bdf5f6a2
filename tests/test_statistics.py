import cv2
import numpy as np
import pytest

from flm.data.image import write_image
from flm.data.sample import Sample
from flm.data.statistics import picture_statistics, sharpness


def statistics_of(picture: np.ndarray, path) -> dict[str, float]:
    write_image(path, picture)
    corners = np.array([[0, 0], [127, 127]], np.float32)
    landmarks = np.resize(corners, (68, 2)).astype(np.float32)
    return picture_statistics(Sample(path, landmarks, "ibug68", "a", "test", "all"))


def test_a_grey_picture_has_neither_colour_nor_contrast(tmp_path):
    found = statistics_of(np.full((128, 128, 3), 51, np.uint8), tmp_path / "grey.png")
    assert found["brightness"] == pytest.approx(0.2, abs=0.01)
    assert found["contrast"] == pytest.approx(0, abs=1e-3)
    assert found["saturation"] == 0


def test_blur_takes_sharpness_and_leaves_brightness(tmp_path):
    sharp = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    before = statistics_of(sharp, tmp_path / "sharp.png")
    after = statistics_of(cv2.GaussianBlur(sharp, (0, 0), 2), tmp_path / "blurred.png")
    assert after["sharpness"] < 0.5 * before["sharpness"]
    assert after["brightness"] == pytest.approx(before["brightness"], abs=0.02)


def test_half_the_light_leaves_sharpness():
    picture = np.random.default_rng(0).integers(60, 180, (128, 128, 3), dtype=np.uint8)
    assert sharpness((0.5 * picture).astype(np.uint8)) == pytest.approx(sharpness(picture), rel=0.05)
