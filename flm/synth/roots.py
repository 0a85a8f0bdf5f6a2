"""Places on the skin: scattered by density, or carried over from the mean head."""

from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from flm.synth.mesh import normals, unit
from flm.synth.surface import surface


def on_skin(points: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Points (n, 3) near the mean head's skin, carried to another face's."""
    near = mean_tree().query(points)[1]
    return skin[near] + points - surface().mean[near]


@cache
def mean_tree() -> cKDTree:
    """The skin's vertices on the mean head, to be searched."""
    return cKDTree(surface().mean)


def scatter(rng: np.random.Generator, skin: np.ndarray, density: np.ndarray, count: int):
    """Roots (count, 3) on the skin by density, with its normals there and the same points on the mean head."""
    s = surface()
    a, b, c = skin[s.faces].transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * density[s.faces].mean(1)
    chosen = s.faces[rng.choice(len(area), count, p=area / area.sum())]
    weights = rng.dirichlet([1, 1, 1], count)[:, :, None]
    outward = normals(skin, s.faces)[chosen]
    return (skin[chosen] * weights).sum(1), unit((outward * weights).sum(1)), (s.mean[chosen] * weights).sum(1)
