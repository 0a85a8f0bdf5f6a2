import numpy as np
import pytest

from flm import metrics
from flm.errors import InputError
from flm.markup import IBUG68
from flm.shape import mean_shape


@pytest.fixture
def truth() -> np.ndarray:
    """One face (1, 68, 2): bounds 0..80 x 0..60, outer eye corners 50 apart, eye centres 30 apart."""
    face = np.full((68, 2), [40.0, 30.0])
    face[0], face[16] = [0, 0], [80, 60]
    face[36], face[45] = [15, 20], [65, 20]
    face[37:42], face[[42, 43, 44, 46, 47]] = [27, 20], [53, 20]
    return face[None]


def test_normalisers_by_hand(truth):
    by = {name: metrics.normaliser(truth, IBUG68, name)[0] for name in metrics.NORMALISATIONS}
    left, right = (15 + 5 * 27) / 6, (65 + 5 * 53) / 6
    assert by == pytest.approx(
        {"interocular": 50, "interpupil": right - left, "box": np.sqrt(80 * 60), "diagonal": 100}
    )


def test_nme_by_hand(truth):
    predicted = truth + [3, 4]  # every point is 5 pixels off
    assert metrics.nme(predicted, truth, IBUG68)[0] == pytest.approx(10)
    assert metrics.nme(predicted, truth, IBUG68, "diagonal")[0] == pytest.approx(5)
    half = np.where(np.arange(68)[:, None] % 2 == 0, truth + [3, 4], truth)
    assert metrics.nme(half, truth, IBUG68)[0] == pytest.approx(5)


def test_nme_does_not_depend_on_the_picture_s_size(truth):
    predicted = truth + np.random.default_rng(0).normal(size=truth.shape)
    for by in metrics.NORMALISATIONS:
        small, large = (metrics.nme(predicted * s, truth * s, IBUG68, by) for s in (1, 3))
        np.testing.assert_allclose(small, large)


def test_one_pixel_at_100_pixels_inter_ocular_is_worth_1_4(truth):
    assert metrics.nme(truth * 2 + 1, truth * 2, IBUG68)[0] == pytest.approx(np.sqrt(2))


def test_eye_centres_are_nearer_than_outer_corners():
    face = mean_shape()[None, :, :2]
    ratio = metrics.normaliser(face, IBUG68, "interpupil") / metrics.normaliser(face, IBUG68, "interocular")
    assert 0.66 < ratio[0] < 0.76


def test_auc_is_the_area_under_the_ced():
    errors = np.random.default_rng(0).gamma(4, 1, 500)
    thresholds = np.linspace(0, 8, 100_001)
    assert metrics.auc(errors, 8) == pytest.approx(
        np.trapezoid(metrics.ced(errors, thresholds), thresholds) / 8, abs=1e-4
    )


def test_ced_and_failures_by_hand():
    errors = np.array([1.0, 2, 3, 20])
    np.testing.assert_array_equal(metrics.ced(errors, np.array([0.5, 2, 100])), [0, 0.5, 1])
    assert metrics.failure_rate(errors, 8) == 25
    assert metrics.failure_rate(np.array([8.0]), 8) == 0
    assert metrics.auc(errors, 10) == pytest.approx((0.9 + 0.8 + 0.7) / 4)


def test_a_missed_face_is_a_failure_and_not_in_the_mean(truth):
    three = np.repeat(truth, 3, axis=0)
    predicted = three + [3, 4]
    predicted[1] = np.nan
    summary = metrics.summary(predicted, three, IBUG68)
    assert (summary["faces"], summary["missed"]) == (3, 1)
    assert summary["nme"]["interocular"]["mean"] == pytest.approx(10)
    assert summary["fr10"] == pytest.approx(100 / 3)
    assert set(summary["parts"]) == set(IBUG68.groups)


def test_no_face_at_all_has_no_mean(truth):
    summary = metrics.summary(np.full_like(truth, np.nan), truth, IBUG68)
    assert summary["missed"] == 1 and summary["nme"]["interocular"] is None and summary["auc8"] == 0
    assert metrics.show(None) == "-"


def test_intervals_hold_the_mean_and_narrow_with_more_faces():
    values = np.random.default_rng(0).normal(3, 1, 1600)
    few, many = metrics.bootstrap(values[:100]), metrics.bootstrap(values)
    assert few.low < few.mean < few.high
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.2)
    # Of a mean of n values, 95 % lie within 1.96 standard deviations / sqrt(n).
    assert many.high - many.low == pytest.approx(2 * 1.96 * values.std() / 40, rel=0.05)


def test_paired_differences_cancel_what_is_common():
    hard = np.random.default_rng(0).gamma(2, 2, 300)
    difference = metrics.paired_difference(hard + 0.1, hard)
    assert (difference.low, difference.high) == pytest.approx((0.1, 0.1))
    assert str(metrics.Interval(3.4, 3.314, 3.5)) == "3.40 [3.31, 3.50]"


def test_an_unknown_normalisation_says_so(truth):
    with pytest.raises(InputError, match="unknown normalisation 'pupil'"):
        metrics.nme(truth, truth, IBUG68, "pupil")
