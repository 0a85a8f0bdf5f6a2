import numpy as np
import pytest

from flm.synth import head
from flm.synth.surface import ibug68, mean_head, surface


def test_the_head_is_makehumans():
    model = head.head_model()
    assert model.base.vertices.shape == (19158, 3)
    assert sum(name.startswith("action/") for name in model.names) == 52


def test_no_weights_leave_the_base_mesh_and_weights_add_up():
    model = head.head_model()
    assert model.vertices({}) == pytest.approx(model.base.vertices)
    one, two = ({name: 0.5} for name in ("action/jawOpen", "nose/nose-hump-incr"))
    both = model.vertices(one) + model.vertices(two) - model.base.vertices
    assert model.vertices(one | two) == pytest.approx(both, abs=1e-5)


def test_opening_the_jaw_lowers_the_chin_and_not_the_brows():
    model, matrix = head.head_model(), surface().matrix
    moved = matrix @ (model.vertices({"action/jawOpen": 1.0}) - model.base.vertices)
    near = [int(np.linalg.norm(surface().mean - point, axis=1).argmin()) for point in ibug68()]
    assert moved[near[8], 1] < -0.2
    assert np.abs(moved[near[17:27]]).max() < 0.05


def test_a_closed_lid_lies_near_the_other():
    model, matrix = head.head_model(), surface().matrix
    upper, lower = (int(np.linalg.norm(surface().mean - ibug68()[i], axis=1).argmin()) for i in (43, 47))

    def gap(weight: float) -> float:
        vertices = matrix @ model.vertices({"action/eyeBlinkLeft": weight})
        return vertices[upper, 1] - vertices[lower, 1]

    assert abs(gap(1.0)) < 0.35 * gap(0.0)


def test_the_surface_is_symmetric_and_has_every_part():
    s = surface()
    classes = set(s.classes.tolist())
    assert {1, 2, 7, 8, 9, 10, 11, 12} <= classes
    left, right = s.mean[s.mean[:, 0] > 0.01], s.mean[s.mean[:, 0] < -0.01]
    assert len(left) == pytest.approx(len(right), rel=0.01)
    assert np.asarray(s.matrix.sum(1)).ravel() == pytest.approx(1, abs=1e-9)
    assert s.uv.min() >= 0
    assert s.uv.max() <= 1


def test_the_mean_head_is_of_human_size():
    eyes = [mean_head()[head.vertex_groups()[f"helper-{side}-eye"]].mean(0) for side in "lr"]
    assert 0.5 < np.linalg.norm(eyes[0] - eyes[1]) < 0.75, "dm between the eyes' middles; people have 0.54 to 0.74"
