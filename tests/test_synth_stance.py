import numpy as np
import pytest

from flm.synth.render import Camera
from flm.synth.stance import Stance, frame, head_rotation, pose, sample_stance

FACE = np.array([[0.5, 7.4, 1.2], [-0.5, 7.4, 1.2], [0, 7.0, 1.6], [0, 6.4, 1.3]])


def test_a_person_who_looks_ahead_stays_as_they_are():
    assert pose(FACE, Stance(0, 0, 0, 0)) == pytest.approx(FACE)


@pytest.mark.parametrize(
    ("stance", "axis", "sign"),
    [
        (Stance(0.5, 0, 0, 0), 0, 1),  # to the subject's left, which is +x
        (Stance(0, 0.5, 0, 0), 1, 1),  # up
    ],
)
def test_the_nose_goes_where_the_head_turns(stance, axis, sign):
    moved = pose(FACE, stance)[2] - FACE[2]
    assert moved[axis] * sign > 0.3


def test_the_head_turns_as_one_and_the_shoulders_with_the_body():
    stance = Stance(0.6, 0.2, -0.1, 0.3)
    moved = pose(FACE, stance)
    assert np.linalg.norm(moved[0] - moved[3]) == pytest.approx(np.linalg.norm(FACE[0] - FACE[3]))
    shoulder = np.array([[1.5, 5.0, 0.0]])
    assert pose(shoulder, stance) == pytest.approx(pose(shoulder, Stance(0, 0, 0, 0.3)))
    assert head_rotation(stance) @ head_rotation(stance).T == pytest.approx(np.eye(3))


def test_a_point_is_projected_where_a_pinhole_camera_sees_it():
    camera = Camera(distance=10, centre=(1.0, 2.0), field=4.0)
    points = np.array([[1.0, 2.0, 0.0], [2.0, 2.0, 0.0], [1.0, 3.0, 5.0]])
    # 100 pixels show 4 dm at z = 0: 25 a dm, and twice that half way to the camera; y points down.
    assert camera.project(points, 100) == pytest.approx(np.array([[49.5, 49.5], [74.5, 49.5], [49.5, -0.5]]))


def test_rays_go_through_the_centres_of_pixels():
    camera = Camera(distance=8, centre=(0.3, -0.2), field=3.0)
    origin, directions = camera.rays(16)
    x, y = np.meshgrid(np.arange(16), np.arange(16))
    assert camera.project(origin + 5 * directions, 16) == pytest.approx(np.stack([x.ravel(), y.ravel()], 1), abs=1e-9)


def test_the_face_is_in_the_picture():
    rng = np.random.default_rng(0)
    for _ in range(200):
        points = pose(FACE, sample_stance(rng))
        camera, shift = frame(rng, points)
        seen = camera.project(points + shift, 128)
        assert seen.min() > 0
        assert seen.max() < 127
        assert 0.4 * 128 < np.ptp(seen, axis=0).max() < 0.7 * 128


def test_fewer_are_seen_in_profile_where_sideways_is_less():
    yaws = {s: [abs(sample_stance(np.random.default_rng(i), s).yaw) for i in range(2000)] for s in (45, 22)}
    assert np.degrees(max(yaws[22])) < 75 < np.degrees(max(yaws[45]))
    assert np.median(yaws[22]) == pytest.approx(np.median(yaws[45]), rel=0.1)
