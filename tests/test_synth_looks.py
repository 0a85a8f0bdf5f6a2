from dataclasses import replace

import numpy as np
import pytest

from flm.synth import eyes, hair, light, occluders, photo, skin, wear
from flm.synth.mesh import normals
from flm.synth.render import Picture
from flm.synth.solid import merge, ribbons, solid, tube
from flm.synth.surface import mean_head, surface


def test_a_layer_lies_over_the_skin():
    skin, s = surface().mean, surface()
    depth = np.where(s.face, skin[:, 1] - 8.0, -1)
    vertices, faces, of_skin = wear.shell(skin, depth, 0.1, folds=0)
    within = depth[of_skin] > 0
    assert (vertices - skin[of_skin])[within] == pytest.approx(0.1 * normals(skin, s.faces)[of_skin][within])
    assert faces.max() == len(vertices) - 1


def test_a_layer_ends_in_a_smooth_line():
    skin, s = surface().mean, surface()
    vertices, _, of_skin = wear.shell(skin, np.where(s.face, skin[:, 1] - 8.0, -1), 0.0, folds=0)
    border = (skin[of_skin, 1] < 8.0) & s.face[of_skin]
    assert border.sum() > 20
    assert vertices[border, 1] == pytest.approx(np.full(border.sum(), 8.0), abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_hats_cover_the_top_and_leave_the_face_free(seed):
    skin = surface().mean
    hat = wear.sample_hat(np.random.default_rng(seed), skin)
    mouth = int(np.linalg.norm(skin - [0, 6.68, 1.5], axis=1).argmin())
    assert hat.covered.any()
    assert not hat.covered[mouth]
    assert np.isfinite(hat.solid.vertices).all()
    assert hat.solid.faces.max() < len(hat.solid.vertices)


@pytest.mark.parametrize("seed", range(4))
def test_glasses_sit_before_the_eyes(seed):
    left, right = (eyes.eyeball(mean_head(), side, (0, 0), 0.4) for side in ("left", "right"))
    worn = wear.glasses(np.random.default_rng(seed), left, right)
    near_an_eye = np.abs(np.abs(worn.vertices[:, 0]) - left[:, 0].mean()) < 0.1
    assert worn.vertices[near_an_eye, 2].min() > left[:, 2].max()
    assert worn.vertices[:, 0].mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("seed", range(12))
def test_occluders_are_before_the_face(seed):
    thing = occluders.sample_occluder(np.random.default_rng(seed), mean_head(), surface().mean, np.full(3, 0.3))
    assert thing.vertices[:, 2].max() > 1.0
    assert np.isfinite(thing.normals).all()


def test_merged_solids_keep_their_faces():
    one = solid(np.eye(3), np.array([[0, 1, 2]]), [1, 0, 0], 0.5, 3)
    both = merge([one, one])
    assert both.faces.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert both.vertices[both.faces[1]] == pytest.approx(np.eye(3))
    assert both.classes.tolist() == [3, 3]


def test_ribbons_follow_their_paths_and_taper():
    path = np.array([[[0, 0, 0], [0, 1, 0], [0, 2, 0.0]]])
    strip = ribbons(path, np.array([[0, 0, 1.0]]), np.array([0.2]), np.ones((1, 3)), 0.5, 13)
    across = strip.vertices.reshape(3, 2, 3)
    assert across.mean(1) == pytest.approx(path[0])
    width = np.linalg.norm(across[:, 0] - across[:, 1], axis=1)
    assert width == pytest.approx([0.2, 0.125, 0.05])
    assert strip.faces.shape == (4, 3)


def test_a_tube_is_as_thick_as_asked():
    path = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0.0]])
    vertices, faces = tube(path, 0.3, sides=8)
    assert np.linalg.norm(vertices[:, 1:], axis=1) == pytest.approx(np.full(24, 0.3))
    assert len(faces) == 2 * 8 * 2


def test_age_writes_wrinkles_into_the_skin():
    look = skin.sample_skin(np.random.default_rng(0), (0.3, 0.3, 0.4), male=1.0, age=0.9)
    old, young = (skin.relief(np.random.default_rng(1), replace(look, wear=wear)) for wear in (1.0, 0.0))
    assert old.shape == (skin.SIZE, skin.SIZE)
    assert np.abs(old).max() > 5 * np.abs(young).max()
    assert old.min() < -0.01, "dm: folds go inwards"
    assert np.abs(old).max() < 0.1, "dm"


def test_strands_of_a_lock_meet_at_their_tips():
    rng = np.random.default_rng(0)
    path = rng.normal(size=(40, 5, 3))
    lock = np.repeat([0, 1], 20)
    gathered = hair._gathered(path, lock)
    assert gathered[:, 0] == pytest.approx(path[:, 0]), "roots stay"
    assert gathered[:20, -1].mean(0) == pytest.approx(path[:20, -1].mean(0)), "and so does the lock"
    assert gathered[:20, -1].std(0) == pytest.approx((1 - hair._CLUMPING) * path[:20, -1].std(0))


@pytest.mark.parametrize("seed", range(10))
def test_light_is_finite_and_of_unit_mean(seed):
    photographed = [np.random.default_rng(9).random((light.HEIGHT, light.WIDTH, 3))]
    surroundings = light.sample_light(np.random.default_rng(seed), photographed if seed % 2 else [])
    assert surroundings.shape == (light.HEIGHT, light.WIDTH, 3)
    assert surroundings.min() >= 0
    assert (surroundings.mean(2) * light._solid_angle()).sum() == pytest.approx(1, rel=1e-3)


def test_a_photograph_is_exposed_for_the_face():
    rng, size = np.random.default_rng(0), 64
    grey = np.full((size, size, 3), 0.3, np.float32)
    brightness = []
    for strength in (0.01, 1.0, 100.0):
        picture = Picture(grey * strength, np.ones((size, size), np.float32), grey)
        shots = [photo.develop(rng, picture, grey, faults=0.0).mean() for _ in range(30)]
        brightness.append(np.mean(shots))
    assert max(brightness) - min(brightness) < 12, "the camera makes up for the light"
    assert 90 < np.mean(brightness) < 190


def test_backgrounds_fill_the_picture_without_surroundings_and_with():
    rng = np.random.default_rng(0)
    for surroundings in ([], [np.random.default_rng(1).random((64, 128, 3)).astype(np.float32)]):
        for _ in range(20):
            behind = photo.background(rng, 48, light.sample_light(rng, []), surroundings, [])
            assert behind.shape == (48, 48, 3)
            assert np.isfinite(behind).all()
            assert behind.min() >= 0


def test_faults_leave_a_picture_a_picture():
    rng, size = np.random.default_rng(0), 48
    scene = np.random.default_rng(1).random((size, size, 3)).astype(np.float32)
    picture = Picture(scene, np.ones((size, size), np.float32), np.full_like(scene, 0.5))
    for _ in range(60):
        shot = photo.develop(rng, picture, scene)
        assert shot.shape == (size, size, 3)
        assert shot.dtype == np.uint8
        assert shot.std() > 3
