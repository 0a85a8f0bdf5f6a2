import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flm.data import crop

BOX = np.array([40, 30, 100, 80], np.float32)
boxes = st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(4, 900), st.floats(4, 900))


@given(boxes, st.integers(64, 256), st.floats(-180, 180), st.booleans(), st.floats(-0.3, 0.3), st.floats(0.5, 3))
def test_crop_and_back_is_identity(box, size, rotation, mirror, shift, scale):
    left, top, width, height = box
    box = np.array([left, top, left + width, top + height])
    matrix = crop.crop_matrix(box, size, scale, rotation=rotation, shift=(shift, -shift), mirror=mirror)
    points = np.array([[left, top], [left + width / 3, top + height], [0, 0]])
    back = crop.transform(crop.invert(matrix), crop.transform(matrix, points).astype(np.float64))
    np.testing.assert_allclose(back, points, atol=1e-3 * max(1, width, height, abs(left), abs(top)) / 4)


def test_centre_and_side_by_hand():
    matrix = crop.crop_matrix(BOX, 100, scale=1.25)  # 75 picture pixels on 100 crop pixels
    np.testing.assert_allclose(
        crop.transform(matrix, np.array([[70, 55], [100, 80]])), [[49.5, 49.5], [89.5, 82.833]], atol=1e-3
    )


def test_pixels_and_points_move_together():
    image = np.zeros((120, 160, 3), np.uint8)
    cv2.circle(image, (80, 60), 5, (255, 255, 255), -1)
    for options in ({}, {"rotation": 30}, {"shift": (0.1, -0.05)}, {"mirror": True}, {"mirror": True, "rotation": -20}):
        matrix = crop.crop_matrix(BOX, 96, **options)
        np.testing.assert_allclose(
            centroid(crop.cut(image, matrix, 96)), crop.transform(matrix, np.array([80, 60])), atol=0.1
        )


def test_a_large_picture_is_averaged_and_stays_in_place():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 2, (1200, 1600, 1), dtype=np.uint8).repeat(3, 2) * 255
    matrix = crop.crop_matrix(np.array([200, 100, 1200, 1100]), 64)
    assert crop.cut(image, matrix, 64)[8:-8, 8:-8].std() < 15, "noise of single pixels should average out"
    dot = np.zeros((1200, 1600, 3), np.uint8)
    cv2.circle(dot, (713, 591), 60, (255, 255, 255), -1)
    np.testing.assert_allclose(
        centroid(crop.cut(dot, matrix, 64)), crop.transform(matrix, np.array([713, 591])), atol=0.05
    )


def test_mirror_is_a_flipped_crop():
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    straight, mirrored = (crop.cut(image, crop.crop_matrix(BOX, 64, mirror=m), 64) for m in (False, True))
    np.testing.assert_allclose(mirrored.astype(int), straight[:, ::-1].astype(int), atol=2)


def test_rotation_is_clockwise():
    matrix = crop.crop_matrix(BOX, 100, rotation=90)
    right_of_centre = crop.transform(matrix, np.array([90, 55]))
    assert right_of_centre[0] == pytest.approx(49.5, abs=1e-3) and right_of_centre[1] > 60


def test_beyond_the_border_is_black_not_stretched():
    image = np.full((100, 100, 3), 200, np.uint8)
    square = crop.cut(image, crop.crop_matrix(np.array([60, 20, 120, 80]), 80, scale=1.0), 80)
    assert (square[:, :50] == 200).all() and (square[:, 56:] == 0).all()


def centroid(image: np.ndarray) -> np.ndarray:
    weight = image.astype(float).sum(2)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
