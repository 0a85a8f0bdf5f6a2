from dataclasses import replace

import numpy as np
import pytest
from test_fit import TINY

from flm import data, gap
from flm.errors import InputError
from flm.training import fit


def cloud(count: int, shift: float, seed: int) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((count, 20))
    points[:, 3] += shift
    return points


def test_what_is_alike_cannot_be_told_apart_and_what_is_not_can():
    assert gap.told_apart(cloud(400, 0, 0), cloud(200, 0, 1)) == pytest.approx(0.5, abs=0.05)
    assert gap.told_apart(cloud(400, 2, 0), cloud(200, 0, 1)) == pytest.approx(0.84, abs=0.03)  # Φ(1)
    assert gap.told_apart(cloud(40, 9, 0), cloud(20, 0, 1)) == 1


def test_the_plane_shows_what_varies_most():
    first, second = gap.plane(cloud(50, 30, 0), cloud(30, -30, 1))
    assert first.shape == (50, 2) and second.shape == (30, 2)
    assert abs(first[:, 0].mean() - second[:, 0].mean()) == pytest.approx(60, rel=0.05)


def test_features_are_one_vector_a_face():
    faces = data.load("stand-in/val")[:7]
    assert gap.features(fit(TINY), faces).shape == (7, 64)
    with pytest.raises(InputError, match="reads no feature maps"):
        gap.features(fit(replace(TINY, head="regression")), faces)
