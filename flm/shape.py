"""Landmark sets as shapes: what is left when position, size and roll are taken away."""

from collections.abc import Iterable

import numpy as np

from flm import markup
from flm.errors import InputError
from flm.synth.landmarks import mean_points
from flm.synth.surface import ibug68


def mean_shape(name: str = "ibug68") -> np.ndarray:
    """The landmarks of the generator's mean head, (n, 3): x right, y down, z towards the viewer, mirror-symmetric.

    name: ibug68 or a dense markup. The origin lies between the outer eye corners, which are one apart.
    Raises InputError for another markup, whose points are not known on the head.
    """
    if name != "ibug68" and name not in markup.DENSE:
        known = ", ".join(["ibug68", *markup.DENSE])
        raise InputError(f"markup {name}: its places on the head are not known, those of {known} are")
    points = markup.get(name)
    shape = (ibug68() if points is markup.IBUG68 else mean_points()[: points.n]) * [1, -1, 1]
    shape = (shape + shape[points.flip] * [-1, 1, 1]) / 2
    left, right = shape[36], shape[45]
    return (shape - (left + right) / 2) / np.linalg.norm(right - left)


def align(landmarks: np.ndarray, rounds: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Generalised Procrustes alignment (Gower 1975) of landmarks (count, n, 2).

    Returns the aligned shapes (count, n, 2) and their mean (n, 2), centred and of unit root-mean-square size.
    As complex numbers x + iy, turning and scaling a shape is one multiplication.
    """
    shapes = _unit(landmarks @ np.array([1, 1j]))  # (count, n)
    mean = _unit(shapes.mean(0, keepdims=True))
    for _ in range(rounds):
        aligned = shapes * (shapes.conj() * mean).mean(1, keepdims=True)
        mean = _unit(aligned.mean(0, keepdims=True))
    return _pairs(aligned), _pairs(mean[0])


def align_to(landmarks: np.ndarray, target: np.ndarray, points: Iterable[int] | None = None) -> np.ndarray:
    """Landmarks (n, 2) moved, turned and scaled so that `points` of them (all where None) lie nearest to target's."""
    chosen = slice(None) if points is None else list(points)
    shape, goal = landmarks @ np.array([1, 1j]), target @ np.array([1, 1j])
    here, there = shape[chosen].mean(), goal[chosen].mean()
    shape, centred = shape - here, goal - there
    turn = (shape[chosen].conj() @ centred[chosen]) / (shape[chosen].conj() @ shape[chosen])
    return _pairs(shape * turn + there)


def _unit(shapes: np.ndarray) -> np.ndarray:
    centred = shapes - shapes.mean(1, keepdims=True)
    return centred / np.sqrt((np.abs(centred) ** 2).mean(1, keepdims=True))


def _pairs(shapes: np.ndarray) -> np.ndarray:
    return np.stack([shapes.real, shapes.imag], axis=-1)
