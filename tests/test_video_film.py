from dataclasses import replace

import cv2
import numpy as np
import pytest

from flm.video.film import Camera, shoot

SPOTS = np.array([[200.0, 150.0], [400.0, 160.0], [300.0, 420.0]], np.float32)
CAMERA = Camera((640, 360), face=120, noise=0)


def photograph() -> np.ndarray:
    """Black, with a white spot at each landmark."""
    image = np.zeros((600, 700, 3), np.uint8)
    for x, y in SPOTS:
        cv2.circle(image, (int(x), int(y)), 9, (255, 255, 255), -1, cv2.LINE_AA)
    return image


def film(camera: Camera = CAMERA, count: int = 90, seed: int = 0):
    frames, truth = zip(*shoot(photograph(), SPOTS, camera, count, seed), strict=True)
    return frames, np.stack(truth)


def test_landmarks_are_where_the_picture_shows_them():
    frames, truth = film()
    for frame, points in list(zip(frames, truth, strict=True))[::9]:
        bright = frame.image[..., 0].astype(float)
        for x, y in points:
            left, top = round(float(x)) - 12, round(float(y)) - 12
            part = bright[max(0, top) : top + 25, max(0, left) : left + 25]
            rows, columns = np.indices(part.shape)
            centre = [(columns * part).sum() / part.sum() + left, (rows * part).sum() / part.sum() + top]
            np.testing.assert_allclose(centre, [x, y], atol=0.3)


def test_the_camera_rests_and_moves_and_time_goes_on():
    frames, truth = film()
    moved = np.abs(np.diff(truth, axis=0)).max((1, 2))
    assert (moved < 1e-3).mean() > 0.4 and moved.max() > 3
    np.testing.assert_allclose(np.diff([frame.time for frame in frames]), 1 / 30)


def test_a_shaking_hand_never_rests_and_noise_moves_nothing():
    _, steady = film()
    _, shaken = film(replace(CAMERA, shake=0.01))
    noisy_frames, noisy = film(replace(CAMERA, noise=5))
    assert np.abs(np.diff(shaken, axis=0)).max((1, 2)).min() > 0
    offset = (shaken - steady)[:, 0] / CAMERA.face
    assert 0.005 < offset.std() < 0.02
    np.testing.assert_array_equal(noisy, steady)
    # Half of it is clipped at black: a half-normal distribution.
    assert noisy_frames[0].image[:40, :40].astype(float).std() == pytest.approx(5 * np.sqrt(0.5 - 0.5 / np.pi), abs=0.3)


def test_the_same_seed_is_the_same_film():
    assert all(np.array_equal(a.image, b.image) for a, b in zip(film(count=5)[0], film(count=5)[0], strict=True))
    assert not np.allclose(film()[1], film(seed=1)[1])
