from itertools import pairwise

import numpy as np
import pytest

from flm.errors import InputError
from flm.video import acted
from flm.video.acted import ACTS, Moment, act, filmed

LIP, LEFT_EYE = (62, 66), (43, 47)  # inner lips and lids: upper and lower


def truth(name: str, monkeypatch, moments: list[Moment]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and landmarks (t, 68, 2) of an act made of these moments."""
    script = iter(moments)
    monkeypatch.setitem(ACTS, name, lambda _: next(script))
    frames, landmarks = zip(*act(name, len(moments), 48, person=2), strict=True)
    return np.stack([frame.image for frame in frames]), np.stack(landmarks)


def opening(landmarks: np.ndarray, points: tuple[int, int]) -> np.ndarray:
    upper, lower = points
    return landmarks[:, lower, 1] - landmarks[:, upper, 1]


def test_a_person_does_what_the_act_says(monkeypatch):
    """Opens the mouth, closes the eyes, turns to their left, which is the picture's right."""
    moments = [Moment(), Moment(actions={"jawOpen": 0.8}), Moment(actions={"eyeBlink": 1.0}), Moment(yaw=0.5)]
    _, landmarks = truth("test", monkeypatch, moments)
    still, shouting, blinking, turned = landmarks
    assert opening(landmarks, LIP)[1] > opening(landmarks, LIP)[0] + 2
    assert opening(landmarks, LEFT_EYE)[2] < 0.5 * opening(landmarks, LEFT_EYE)[0]
    assert turned[30, 0] > still[30, 0] + 3
    np.testing.assert_allclose(shouting[27:31], still[27:31], atol=0.3)
    np.testing.assert_allclose(blinking[48:], still[48:], atol=0.1)


def test_the_camera_shakes_picture_and_truth_alike(monkeypatch):
    """By two pixels at the eyes, more at the nose, which is nearer."""
    moments = [Moment(), Moment(shake=(2 / 48, -1 / 48))]
    (still, moved), (before, after) = truth("test", monkeypatch, moments)
    np.testing.assert_allclose(after, before + [-2, -1], atol=0.3)
    here, there = still[8:-8, 8:-8].astype(int), moved[7:-9, 6:-10].astype(int)
    assert np.abs(here - there).mean() < 0.5 * np.abs(here - moved[8:-8, 8:-8]).mean()


def test_light_and_hand_change_the_picture_and_not_the_truth(monkeypatch):
    moments = [Moment(), Moment(light=0.5), Moment(passing=0.0)]
    pictures, landmarks = truth("test", monkeypatch, moments)
    np.testing.assert_allclose(landmarks, np.broadcast_to(landmarks[0], landmarks.shape), atol=1e-3)
    assert all(np.abs(a.astype(int) - b).mean() > 8 for a, b in pairwise(pictures))


def test_every_act_goes_on_without_jumps():
    for name, script in ACTS.items():
        moments = [script(t / 240) for t in range(480)]
        assert max(abs(b.yaw - a.yaw) for a, b in pairwise(moments)) < 0.05, name
        assert max(np.hypot(b.shake[0] - a.shake[0], b.shake[1] - a.shake[1]) for a, b in pairwise(moments)) < 0.01


def test_a_film_is_made_once(monkeypatch):
    first = filmed("blinking", 2, 32, person=3)
    monkeypatch.setattr(acted, "act", None)
    again = filmed("blinking", 2, 32, person=3)
    for (frame, landmarks), (other, others) in zip(first, again, strict=True):
        assert (frame.number, frame.time) == (other.number, other.time)
        np.testing.assert_array_equal(frame.image, other.image)
        np.testing.assert_array_equal(landmarks, others)


def test_an_unknown_act_is_named():
    with pytest.raises(InputError, match=r"unknown act 'dancing': choose one of turning"):
        next(act("dancing", 1))
