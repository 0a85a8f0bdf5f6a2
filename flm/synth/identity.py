"""Who a face belongs to: ancestry, sex, age, build and the local shape of each feature."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from flm.synth.head import HeadModel

_ANCESTRIES = ("african", "asian", "caucasian")
_OPPOSITES = (
    ("-decr", "-incr"),
    ("-down", "-up"),
    ("-in", "-out"),
    ("-backward", "-forward"),
    ("-concave", "-convex"),
    ("-compress", "-uncompress"),
)
_OUTLINES = ("oval", "round", "square", "rectangular", "triangular", "diamond", "invertedtriangular")
# Targets that move a feature where it would look misshapen long before they reach their end.
_DELICATE = ("trans", "back-scale", "angle", "push", "ear-shape", "corner", "epicanthus", "neck", "prognathism", "age")
_SIGMA, _DELICATE_SIGMA, _MOST = 0.3, 0.12, 0.8
_LEFT_RIGHT_SIGMA = 0.04


@dataclass(frozen=True)
class Identity:
    """ancestry: weights of african, asian, caucasian. male, age, muscle, weight: 0 to 1.

    Ages of 0, 0.1875, 0.5 and 1 are 1, 10, 25 and 90 years. shape: weight of each local target.
    """

    ancestry: tuple[float, float, float]
    male: float
    age: float
    muscle: float
    weight: float
    shape: dict[str, float]

    def targets(self) -> dict[str, float]:
        """Weights of the head model's targets."""
        return _macro_targets(self) | self.shape


def sample_identity(rng: np.random.Generator, model: HeadModel) -> Identity:
    """A person as one might meet one: mostly adult, features varying independently of ancestry, sex and age."""
    ancestry = rng.dirichlet([0.4] * 3)
    male = float(rng.random() < 0.5)
    if rng.random() < 0.3:
        male = abs(male - rng.uniform(0, 0.5))
    age = rng.uniform(0.15, 0.4) if rng.random() < 0.08 else 0.45 + 0.5 * rng.beta(1.2, 2)
    muscle, weight = rng.beta(3, 3), rng.beta(3, 3)
    return Identity(tuple(ancestry), male, age, muscle, weight, _sample_shape(rng, model))


def _sample_shape(rng: np.random.Generator, model: HeadModel) -> dict[str, float]:
    shape = {}
    for feature, sides in _features(model).items():
        sigma = _DELICATE_SIGMA if any(word in feature for word in _DELICATE) else _SIGMA
        common = rng.normal(0, sigma)
        for lower, upper in sides:
            value = np.clip(common + (rng.normal(0, _LEFT_RIGHT_SIGMA) if len(sides) == 2 else 0), -_MOST, _MOST)
            shape[upper if value > 0 else lower] = abs(float(value))
    for outline in rng.choice(_OUTLINES, 2, replace=False):
        shape[f"head/head-{outline}"] = 0.5 * float(rng.random())
    for target in rng.choice(_asymmetries(model), 6, replace=False):
        shape[str(target)] = 0.3 * float(rng.random())
    return shape


@cache
def _features(model: HeadModel) -> dict[str, list[tuple[str, str]]]:
    """Pairs of opposite targets by feature, named by the upper one; one with a left and a right side has two pairs."""
    features: dict[str, list[tuple[str, str]]] = {}
    for name in model.names:
        if name.startswith(("macro/", "action/", "asym/")):
            continue
        for low, high in _OPPOSITES:
            lower = name.removesuffix(high) + low
            if name.endswith(high) and lower in model:
                feature = name.replace("/l-", "/").replace("/r-", "/")
                features.setdefault(feature, []).append((lower, name))
    return features


@cache
def _asymmetries(model: HeadModel) -> list[str]:
    return [name for name in model.names if name.startswith("asym/asym-")]


def _macro_targets(identity: Identity) -> dict[str, float]:
    sexes = {"male": identity.male, "female": 1 - identity.male}
    ages = _between(identity.age, {"baby": 0.0, "child": 0.1875, "young": 0.5, "old": 1.0})
    muscles = _between(identity.muscle, {"minmuscle": 0.0, "averagemuscle": 0.5, "maxmuscle": 1.0})
    weights = _between(identity.weight, {"minweight": 0.0, "averageweight": 0.5, "maxweight": 1.0})
    targets = {}
    for sex, of_sex in sexes.items():
        for age, of_age in ages.items():
            for ancestry, of_ancestry in zip(_ANCESTRIES, identity.ancestry, strict=True):
                targets[f"macro/{ancestry}-{sex}-{age}"] = of_sex * of_age * of_ancestry
            for muscle, of_muscle in muscles.items():
                for weight, of_weight in weights.items():
                    name = f"macro/universal-{sex}-{age}-{muscle}-{weight}"
                    targets[name] = of_sex * of_age * of_muscle * of_weight
    return {name: float(value) for name, value in targets.items() if value > 0}


def _between(value: float, at: dict[str, float]) -> dict[str, float]:
    """Weights of the two of the ascending positions `at` that `value` lies between, linear, summing to 1."""
    positions = list(at.values())
    return {name: float(np.interp(value, positions, np.eye(len(at))[i])) for i, name in enumerate(at)}
