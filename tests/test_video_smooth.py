import numpy as np
import pytest

from flm.errors import InputError
from flm.video.measure import jitter, lag, shaking
from flm.video.smooth import OneEuro, Smoothing, Steady

POINTS = np.random.default_rng(0).uniform(0, 100, (68, 2))


def path(frames: int, noise: float = 0.0, speed: float = 30.0) -> np.ndarray:
    """Landmarks (t, 68, 2) of a face that swings from side to side, found with noise of so many pixels."""
    across = speed * np.sin(np.arange(frames) / 12)[:, None, None] * [1, 0.3]
    return POINTS + across + np.random.default_rng(1).normal(0, noise, (frames, 68, 2)) if noise else POINTS + across


def smoothed(found: np.ndarray, smoothing: Smoothing, rate: float = 30.0) -> np.ndarray:
    follow = Steady(smoothing)
    return np.stack([follow(landmarks, i / rate) for i, landmarks in enumerate(found)])


def test_a_face_that_stands_still_stays_and_noise_is_steadied():
    still = np.repeat(POINTS[None], 60, 0)
    np.testing.assert_allclose(smoothed(still, Smoothing()), still, rtol=1e-6)
    noisy = still + np.random.default_rng(0).normal(0, 1, still.shape)
    size = np.full(60, 60.0)
    assert jitter(smoothed(noisy, Smoothing()), still, size) < 0.3 * jitter(noisy, still, size)


def test_a_fast_face_is_followed_closer_the_more_agile():
    true = path(120)
    lags = [lag(smoothed(true, Smoothing(agility=agility)), true) for agility in (0.0, 2.0, 20.0)]
    assert lags[0] > lags[1] > lags[2] > 0


def test_a_head_that_moves_keeps_its_shape_and_is_followed_closer_than_its_landmarks_one_by_one():
    """It turns and nears without a change of its shape: so does what is made of it."""
    t = np.arange(90) / 30
    there = (
        np.exp(0.2 * np.sin(5 * t) + 0.4j * np.sin(4 * t))[:, None] * (POINTS @ np.array([1, 1j]))
        + 90 * np.sin(9 * t)[:, None]
    )
    true = np.stack([there.real, there.imag], axis=2)
    found = smoothed(true, Smoothing())
    shapes = found @ np.array([1, 1j])
    shapes = shapes - shapes.mean(1, keepdims=True)
    np.testing.assert_allclose(
        shapes / shapes[:, :1], np.broadcast_to(shapes[0] / shapes[0, 0], shapes.shape), atol=1e-3
    )
    each = OneEuro(1.0, 3.0)
    alone = np.array([each(landmarks, 1 / 30, unit=40.0) for landmarks in there])
    assert np.linalg.norm(found - true, axis=2).mean() < 0.5 * np.abs(alone - there).mean()


def test_neither_frame_rate_nor_distance_changes_what_is_seen():
    """Twice the frames a second, or half the size, and the face is where it was at the same time."""
    true = path(121)
    whole = smoothed(true, Smoothing(), rate=60)
    half = smoothed(true[::2], Smoothing(), rate=30)
    np.testing.assert_allclose(whole[::2], half, atol=1.5)
    np.testing.assert_allclose(smoothed(true / 2, Smoothing()), smoothed(true, Smoothing()) / 2, rtol=1e-5)


@pytest.mark.parametrize("frames", [0, 1, 3, -2])
def test_lag_is_the_shift_in_time(frames):
    true = path(100)
    late = np.roll(true, frames, axis=0)[10:-10]
    assert lag(late, true[10:-10]) == pytest.approx(frames, abs=0.05)


def test_lag_to_a_fraction_of_a_frame():
    true, next_one = path(101)[1:], path(101)[:-1]
    assert lag(0.5 * true + 0.5 * next_one, true) == pytest.approx(0.5, abs=0.05)


def test_what_stands_still_has_no_lag():
    assert lag(path(50, noise=1), np.repeat(POINTS[None], 50, 0)) is None


@pytest.mark.parametrize("settings", [{"steadiness": 0}, {"steadiness": -1}, {"agility": -1}])
def test_smoothing_that_would_run_away_is_refused(settings):
    with pytest.raises(InputError, match="expected more than 0, and 0 or more"):
        Smoothing(**settings)


def test_a_face_found_in_single_frames_alone_has_neither_jitter_nor_lag():
    found = np.full((60, *POINTS.shape), np.nan)
    found[[20, 40]] = path(60)[[20, 40]]
    assert jitter(found, path(60), np.full(60, 50.0)) is None
    assert lag(found, path(60)) is None


def test_jitter_by_hand():
    """A point that is off by one pixel to and fro moves two pixels too much each frame, of a size of 50: 4 %."""
    true = np.zeros((6, 1, 2))
    found = true.copy()
    found[1::2, 0, 0] = 1
    found[0::2, 0, 0] = -1
    size = np.full(6, 50.0)
    assert jitter(found, true, size) == pytest.approx(4)
    assert jitter(true + 7, true, size) == 0
    assert shaking(found, size) == pytest.approx(8)
    assert shaking(path(50), np.full(50, 50.0)) < 0.6
