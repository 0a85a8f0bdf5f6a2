"""How wrong a prediction is: NME in four normalisations, its distribution, and how sure we may be of the mean.

Definitions follow the 300-W protocol (Sagonas et al. 2016); every error is in per cent of the normalising distance.
"""

from dataclasses import asdict, dataclass

import numpy as np

from flm.errors import InputError
from flm.markup import Markup

NORMALISATIONS = ("interocular", "interpupil", "box", "diagonal")


def normaliser(truth: np.ndarray, markup: Markup, by: str = "interocular") -> np.ndarray:
    """The distance that errors are divided by, (count,), of true landmarks (count, n, 2).

    interocular: between the outer eye corners. interpupil: between the eye centres.
    box: square root of width x height of the landmarks' bounds. diagonal: of the same bounds.
    """
    width, height = np.moveaxis(truth.max(1) - truth.min(1), -1, 0)
    if by == "interocular":
        left, right = (truth[:, corner] for corner in markup.eye_corners)
        return np.linalg.norm(left - right, axis=-1)
    if by == "interpupil":
        left, right = (truth[:, eye].mean(1) for eye in markup.eyes)
        return np.linalg.norm(left - right, axis=-1)
    if by == "box":
        return np.sqrt(width * height)
    if by == "diagonal":
        return np.hypot(width, height)
    raise InputError(f"unknown normalisation {by!r}: choose one of {', '.join(NORMALISATIONS)}")


def point_errors(predicted: np.ndarray, truth: np.ndarray, markup: Markup, by: str = "interocular") -> np.ndarray:
    """Error of every point, (count, n), % of the normaliser; landmarks are (count, n, 2).

    A missed face, predicted as NaN, has infinite error.
    """
    distance = np.linalg.norm(predicted - truth, axis=-1)
    errors = 100 * distance / normaliser(truth, markup, by)[:, None]
    return np.where(np.isnan(errors), np.inf, errors)


def nme(predicted: np.ndarray, truth: np.ndarray, markup: Markup, by: str = "interocular") -> np.ndarray:
    """Normalised mean error of each face, (count,), %."""
    return point_errors(predicted, truth, markup, by).mean(1)


def ced(errors: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Cumulative error distribution: the share of faces whose error is at most each threshold."""
    return np.searchsorted(np.sort(errors), thresholds, side="right") / len(errors)


def auc(errors: np.ndarray, at: float) -> float:
    """Area under the CED from 0 to `at`, divided by `at`: in [0, 1], exact, without a grid."""
    return float(np.maximum(0, 1 - errors / at).mean())


def failure_rate(errors: np.ndarray, at: float) -> float:
    """Share of faces whose error is above `at`, %."""
    return float(100 * (errors > at).mean())


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds of its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def bootstrap(values: np.ndarray, seed: int = 0, draws: int = 10_000) -> Interval:
    """The mean of `values` (count,) with its 95 % percentile bootstrap interval over faces."""
    rng = np.random.default_rng(seed)
    means = np.array([rng.choice(values, len(values)).mean() for _ in range(draws)])
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(float(values.mean()), float(low), float(high))


def paired_difference(ours: np.ndarray, theirs: np.ndarray, seed: int = 0) -> Interval:
    """Mean of `ours - theirs` on the same faces, with its 95 % interval; below 0 where ours are better."""
    return bootstrap(ours - theirs, seed)


def summary(predicted: np.ndarray, truth: np.ndarray, markup: Markup) -> dict:
    """Everything a results table needs, of landmarks (count, n, 2), as plain numbers for JSON.

    NME, its median and parts are over detected faces, so that one missed face does not make them infinite, and None
    where no face was detected; AUC and FR count a missed face as a failure.
    """
    points = point_errors(predicted, truth, markup)
    errors = points.mean(1)
    found = np.isfinite(errors)
    counts = {
        "faces": len(errors),
        "missed": int((~found).sum()),
        "auc8": auc(errors, 8),
        "auc10": auc(errors, 10),
        "fr8": failure_rate(errors, 8),
        "fr10": failure_rate(errors, 10),
    }
    if not found.any():
        return counts | {"nme": dict.fromkeys(NORMALISATIONS), "median": None, "parts": {}, "points": []}
    return counts | {
        "nme": {by: asdict(bootstrap(nme(predicted[found], truth[found], markup, by))) for by in NORMALISATIONS},
        "median": float(np.median(errors[found])),
        "parts": {part: float(points[found][:, list(of)].mean()) for part, of in markup.groups.items()},
        "points": points[found].mean(0).round(4).tolist(),
    }


def show(interval: dict | None) -> str:
    """An interval of a summary as text: "3.40 [3.31, 3.50]", or a dash where there is none."""
    return str(Interval(**interval)) if interval else "-"
