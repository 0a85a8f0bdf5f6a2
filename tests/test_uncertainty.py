from dataclasses import replace

import numpy as np
import pytest
from test_fit import TINY

from flm.errors import InputError
from flm.training import fit
from flm.uncertainty import Judged, judge


def said_and_done(wrong_by: float) -> Judged:
    """Gaussian errors in x and y whose spread is told, but for a factor."""
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.5, 4, (200, 68))
    distance = np.linalg.norm(spread[..., None] * rng.standard_normal((200, 68, 2)), axis=2)
    return Judged(distance, spread / wrong_by)


def test_who_knows_their_errors_needs_no_factor():
    judged = said_and_done(1.0)
    assert judged.factor == pytest.approx(1, abs=0.02)
    table = judged.reliability()
    np.testing.assert_allclose(table["error"], table["spread"], rtol=0.06)
    assert table["spread"].is_monotonic_increasing


def test_who_is_too_sure_needs_a_larger_one():
    assert said_and_done(3.0).factor == pytest.approx(3, abs=0.06)


def test_spreads_follow_what_the_network_does():
    run = fit(replace(TINY, train="synthetic-40/train", val="synthetic-40/val", markup="dense243", head="anchored"))
    judged = judge(run, "synthetic-40/val")
    assert judged.distance.shape == judged.spread.shape == (2, 243)
    assert (judged.spread > 0).all()
    with pytest.raises(InputError, match="gives landmarks no spread"):
        judge(fit(TINY), "stand-in/val")
