import cv2
import numpy as np
import pytest

from flm.pose import head_pose
from flm.shape import align, align_to, mean_shape

FACE = mean_shape()[:, :2]


def moved(shape: np.ndarray, angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * shape @ turn.T + shift


def test_the_same_shape_anywhere_aligns_to_itself():
    faces = np.stack([moved(FACE, a, 10 + 5 * a, (a, 7)) for a in np.linspace(-0.7, 0.7, 9)])
    aligned, mean = align(faces)
    np.testing.assert_allclose(aligned, np.broadcast_to(mean, aligned.shape), atol=1e-9)
    assert (mean**2).sum(1).mean() == pytest.approx(1)
    np.testing.assert_allclose(mean.mean(0), 0, atol=1e-12)


def test_spread_is_what_was_put_in():
    rng = np.random.default_rng(0)
    faces = np.repeat(FACE[None], 3000, axis=0)
    faces[:, 33] += rng.normal(0, 0.05, (3000, 2))
    aligned, _ = align(faces)
    unit = np.sqrt(((FACE - FACE.mean(0)) ** 2).sum(1).mean())
    spread = aligned.std(0).mean(1) * unit
    assert spread[33] == pytest.approx(0.05, rel=0.05)
    assert np.delete(spread, 33).max() < 0.005


def test_align_to_undoes_a_move():
    np.testing.assert_allclose(align_to(moved(FACE, 0.4, 30, (100, 50)), FACE), FACE, atol=1e-9)


@pytest.mark.parametrize(
    ("axis", "place"),
    [((0, 1, 0), 0), ((1, 0, 0), 1), ((0, 0, 1), 2)],
    ids=["yaw", "pitch", "roll"],
)
@pytest.mark.parametrize("angle", [-50, -10, 0, 25, 60])
def test_a_turned_head_is_read_back(axis, place, angle):
    turn = cv2.Rodrigues(np.array(axis, float) * np.deg2rad(angle))[0]
    seen = 80 * (mean_shape() @ turn.T)[:, :2] + [200, 100]
    expected = np.zeros(3)
    expected[place] = angle
    np.testing.assert_allclose(head_pose(seen[None])[0], expected, atol=1e-6)


def test_who_looks_right_has_the_nose_to_the_right():
    turn = cv2.Rodrigues(np.array([0, np.deg2rad(30), 0]))[0]
    seen = (mean_shape() @ turn.T)[:, :2]
    assert seen[30, 0] > seen[[36, 45], 0].mean() and head_pose(seen[None])[0, 0] > 0


def test_who_looks_up_has_the_nose_high():
    def nose(face: np.ndarray) -> float:
        return face[30, 1] - face[27, 1]

    turn = cv2.Rodrigues(np.array([np.deg2rad(20), 0, 0]))[0]
    up = (mean_shape() @ turn.T)[:, :2]
    assert nose(up) < nose(FACE) and head_pose(up[None])[0, 1] > 0
