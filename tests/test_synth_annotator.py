import numpy as np
import pytest

from flm.shape import mean_shape
from flm.synth.annotator import annotate

FACE = 100 * mean_shape()[:, :2]


def test_annotators_err_by_a_percent_or_two_and_more_along_the_jaw():
    errors = np.stack([annotate(np.random.default_rng(i), FACE) - FACE for i in range(400)])
    size = np.linalg.norm(errors, axis=2).mean(0)
    assert 1.0 < size[17:].mean() < 2.5, "% of the inter-ocular distance"
    assert size[:17].mean() > 1.5 * size[17:].mean()
    assert errors.mean(0) == pytest.approx(np.zeros((68, 2)), abs=0.6)


def test_errors_grow_with_the_face():
    small, large = (annotate(np.random.default_rng(0), scale * FACE) - scale * FACE for scale in (1, 3))
    assert large == pytest.approx(3 * small)
