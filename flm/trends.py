"""How errors fall with the number of training faces: a power law, down to a floor."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from flm.metrics import Interval

_DRAWS = 2000
_EXPONENTS = np.linspace(0.02, 2, 199)


@dataclass(frozen=True)
class PowerLaw:
    """Error, in %, of a network trained on so many faces: floor + factor * faces ** -exponent."""

    floor: float
    factor: float
    exponent: float

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """The error for each number of faces."""
        return self.floor + self.factor * np.asarray(faces, float) ** -self.exponent


def power_law(errors: Mapping[int, np.ndarray]) -> PowerLaw:
    """The law that fits best. errors: of each test face, (count,) %, by the number of training faces.

    Least squares in the mean errors' relative difference, with no floor below zero.
    """
    means = np.array([values.mean() for values in errors.values()])
    return PowerLaw(*(float(value[0]) for value in _fitted(np.array([*errors]), means[:, None])))


def intervals(errors: Mapping[int, np.ndarray]) -> dict[str, Interval]:
    """95 % bootstrap intervals, over test faces, of the law's `floor` and `exponent`."""
    rng = np.random.default_rng(0)
    stacked = np.stack(list(errors.values()))  # (k, count)
    drawn = rng.integers(stacked.shape[1], size=(_DRAWS, stacked.shape[1]))
    means = np.stack([stacked[:, chosen].mean(1) for chosen in drawn], 1)  # (k, draws)
    floor, _, exponent = _fitted(np.array([*errors]), means)
    law = power_law(errors)
    bounds = {"floor": (law.floor, floor), "exponent": (law.exponent, exponent)}
    return {
        name: Interval(value, *(float(end) for end in np.percentile(spread, (2.5, 97.5))))
        for name, (value, spread) in bounds.items()
    }


def _fitted(faces: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Floors, factors and exponents, each (m,), of the curves (k, m) over numbers of faces (k,).

    For a given exponent the law is linear; of the exponents on a grid, the one with the least residue is taken.
    """
    relative = 1 / means
    best = np.full(means.shape[1], np.inf)
    floor, factor, exponent = (np.zeros(means.shape[1]) for _ in range(3))
    for e in _EXPONENTS:
        ones, falling = relative, faces[:, None] ** -e * relative
        a, b, c = (ones**2).sum(0), (ones * falling).sum(0), (falling**2).sum(0)
        p, q = ones.sum(0), falling.sum(0)
        lowest = np.maximum(0, (p * c - q * b) / (a * c - b * b))
        slope = (q - lowest * b) / c
        residue = ((lowest * ones + slope * falling - 1) ** 2).sum(0)
        better = residue < best
        best = np.where(better, residue, best)
        floor, factor = np.where(better, lowest, floor), np.where(better, slope, factor)
        exponent = np.where(better, e, exponent)
    return floor, factor, exponent
