import numpy as np
import pytest
from scipy.spatial import cKDTree

from flm.markup import IBUG68
from flm.synth import eyes, landmarks
from flm.synth.face import sample_face
from flm.synth.preset import PRESETS
from flm.synth.surface import ibug68, mean_head, surface


@pytest.fixture(scope="module")
def placed() -> landmarks.Places:
    return landmarks.places(sample_face(np.random.default_rng(0), PRESETS["default"]))


def test_attached_points_lie_where_they_were_put():
    assert landmarks.attach(ibug68()) @ surface().mean == pytest.approx(ibug68(), abs=5e-4)


def test_a_point_off_the_surface_is_attached_to_the_nearest_place():
    corners = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[5, 5, 5], [6, 5, 5], [5, 6, 5]]], float)
    best, weights = landmarks._closest(np.array([0.25, 0.25, 2]), corners)
    assert best == 0
    assert weights == pytest.approx([0.5, 0.25, 0.25])


def test_the_68_points_are_symmetric():
    mirrored = ibug68()[IBUG68.flip] * [-1, 1, 1]
    assert np.abs(mirrored - ibug68()).max() < 0.02, "dm"


def test_the_dense_points_are_all_different(placed):
    assert placed.points.shape == (1001, 3)
    assert len(np.unique(landmarks._dense_matrix().toarray().round(6), axis=0)) == 1001


@pytest.mark.parametrize("count", landmarks.DENSE)
def test_each_dense_set_is_its_own_mirror_image(count):
    eyeballs = [eyes.eyeball(mean_head(), side, (0.0, 0.0), 0.4) for side in ("left", "right")]
    points = (landmarks._dense_matrix() @ np.concatenate([surface().mean, *eyeballs]))[:count]
    distance, partner = cKDTree(points).query(points * [-1, 1, 1])
    assert distance.max() < 0.002, "dm"
    assert (partner[partner] == np.arange(count)).all()


def test_the_landmarks_of_a_face_are_in_order(placed):
    points = placed.points
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0], "eye corners, from the picture's left"
    assert points[27, 1] > points[30, 1] > points[33, 1] > points[51, 1] > points[57, 1] > points[8, 1], "downwards"
    assert points[19, 1] > points[37, 1] > points[41, 1], "brow, upper lid, lower lid"
    assert placed.pupils[0, 0] < placed.pupils[1, 0], "the one on the picture's left first"


def round_jaw() -> np.ndarray:
    """A jawline whose points are evenly spaced, (17, 2)."""
    angle = np.linspace(-1.5, 1.5, 17)
    return 50 * np.stack([np.sin(angle), np.cos(angle)], 1)


def test_the_contour_of_a_face_seen_from_the_front_is_the_jaw():
    jaw = round_jaw()
    inwards = jaw[:, None] * np.linspace(1, 0.3, 24)[None, :, None]
    assert landmarks.visible_contour(jaw, inwards, np.array([0.0, -1.0])) == pytest.approx(jaw)


def test_where_the_cheek_hides_the_jaw_the_cheek_is_the_contour():
    jaw = round_jaw()
    candidates = np.repeat(jaw[:, None], 24, 1)
    candidates[0, 7] = [-58, 2]  # bulges out on the picture's left
    contour = landmarks.visible_contour(jaw, candidates, np.array([0.0, -1.0]))
    assert contour[0] == pytest.approx([-58, 2])
    assert contour[8:] == pytest.approx(jaw[8:])


def test_annotators_space_the_jaw_evenly_on_either_half():
    jaw = round_jaw()
    jaw[3] = 0.9 * jaw[2] + 0.1 * jaw[3]
    contour = landmarks.visible_contour(jaw, jaw[:, None] * np.ones((1, 24, 1)), np.array([0.0, -1.0]))
    gaps = np.linalg.norm(np.diff(contour, axis=0), axis=1)
    assert contour[[0, 8, 16]] == pytest.approx(jaw[[0, 8, 16]])
    assert gaps[:8] == pytest.approx(np.full(8, gaps[0]), rel=0.02)


def test_denser_sets_have_points_nearer_to_ibugs():
    residuals = []
    for count in landmarks.DENSE:
        nearest, residual = landmarks.nearest_dense(count)
        assert nearest.min() >= 68 and nearest.max() < count
        residuals.append(residual.mean())
    assert residuals == sorted(residuals, reverse=True)
    assert residuals[-1] < 8, "% of the inter-ocular distance"
