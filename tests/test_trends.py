import numpy as np
import pytest

from flm.trends import PowerLaw, intervals, power_law

COUNTS = np.array([100, 300, 1000, 3000, 10_000])


def measured(law: PowerLaw, noise: float = 0.0, faces: int = 500) -> dict[int, np.ndarray]:
    """Test faces of different difficulty, whose errors follow a law on average."""
    rng = np.random.default_rng(0)
    hardness = rng.lognormal(-0.08, 0.4, faces)
    hardness /= hardness.mean()
    return {int(n): law(n) * hardness + noise * rng.standard_normal(faces) for n in COUNTS}


@pytest.mark.parametrize("law", [PowerLaw(3.5, 40, 0.6), PowerLaw(0, 12, 0.2)])
def test_a_law_is_found_again(law):
    found = power_law(measured(law))
    assert (found.floor, found.exponent) == pytest.approx((law.floor, law.exponent), abs=0.03)
    np.testing.assert_allclose(found(COUNTS), law(COUNTS), rtol=0.01)


def test_intervals_hold_what_they_estimate():
    law = PowerLaw(3.5, 40, 0.6)
    found = intervals(measured(law, noise=0.5))
    assert found["exponent"].low < 0.6 < found["exponent"].high
    assert found["floor"].low < found["floor"].mean < found["floor"].high
