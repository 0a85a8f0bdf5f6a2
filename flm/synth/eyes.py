"""Eyeballs: spheres with a cornea and a painted iris, set into the sockets and turned to where the eyes look."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from flm.synth import mesh
from flm.synth.head import vertex_groups

RINGS, SPOKES = 26, 48
_IRIS = np.radians(25.5)  # from the optical axis to the rim of the iris, as seen from the middle of the eyeball
_PUPIL_RING, _IRIS_RING = 4, 12  # rings at which pupil and iris end
_BULGE = 0.055  # of the cornea over the sphere, in radii

# Linear RGB of the inner and the outer iris.
_IRIDES = {
    "dark brown": ((0.035, 0.016, 0.008), (0.018, 0.009, 0.005)),
    "brown": ((0.11, 0.05, 0.018), (0.045, 0.021, 0.010)),
    "hazel": ((0.16, 0.085, 0.03), (0.07, 0.065, 0.03)),
    "green": ((0.14, 0.12, 0.05), (0.06, 0.09, 0.055)),
    "blue": ((0.16, 0.20, 0.22), (0.06, 0.11, 0.18)),
    "grey": ((0.20, 0.22, 0.22), (0.10, 0.12, 0.14)),
}
_COMMON = (0.55, 0.45, 0, 0, 0, 0)  # chances of each, where ancestors had little light skin
_PALE = (0.1, 0.22, 0.18, 0.12, 0.26, 0.12)


@dataclass(frozen=True)
class EyeLook:
    """pupil: its radius over that of the iris. colours: linear RGB of each vertex of an eyeball, (v, 3)."""

    pupil: float
    colours: np.ndarray


@cache
def faces() -> np.ndarray:
    """Triangles of an eyeball: vertex 0 is its pole, ring r has vertices 1 + r * SPOKES onwards."""
    spoke = np.arange(SPOKES)
    cap = np.stack([np.zeros(SPOKES, int), 1 + spoke, 1 + (spoke + 1) % SPOKES], 1)
    rings = [1 + r * SPOKES for r in range(RINGS - 1)]
    quads = [np.stack([a + spoke, a + SPOKES + spoke, a + SPOKES + (spoke + 1) % SPOKES, a + (spoke + 1) % SPOKES], 1)
             for a in rings]  # fmt: skip
    return np.concatenate([cap, mesh.triangles(np.concatenate(quads))])


def iris_points() -> np.ndarray:
    """Vertices of an eyeball on the rim of the iris, 8 of them, counter-clockwise from its outermost to the left."""
    return 1 + (_IRIS_RING - 1) * SPOKES + np.arange(0, SPOKES, SPOKES // 8)


def eyeball(base: np.ndarray, side: str, gaze: tuple[float, float], pupil: float) -> np.ndarray:
    """Vertices of the left or right (`side`) eyeball of a body whose base mesh, not looking anywhere, is `base`."""
    socket = base[vertex_groups()[f"helper-{side[0]}-eye"]]
    low, high = socket.min(0), socket.max(0)
    radius = (high - low)[:2].mean() / 2
    centre = np.array([*(low + high)[:2] / 2, low[2] + radius])
    return centre + radius * _unit_eyeball(pupil) @ mesh.rotation(*gaze).T


def _unit_eyeball(pupil: float) -> np.ndarray:
    """Vertices of an eyeball of radius 1 that looks along z."""
    inner = np.linspace(0, pupil * _IRIS, _PUPIL_RING + 1)[1:]
    iris = np.linspace(pupil * _IRIS, _IRIS, _IRIS_RING - _PUPIL_RING + 1)[1:]
    white = np.linspace(_IRIS, np.radians(115), RINGS - _IRIS_RING + 1)[1:]
    angle = np.concatenate([inner, iris, white])  # from the axis, (rings,)
    around = 2 * np.pi * np.arange(SPOKES) / SPOKES
    radius = 1 + _BULGE * np.clip(1 - (angle / (1.15 * _IRIS)) ** 2, 0, 1)
    x = (radius * np.sin(angle))[:, None] * np.cos(around)
    y = (radius * np.sin(angle))[:, None] * np.sin(around)
    z = np.broadcast_to((radius * np.cos(angle))[:, None], x.shape)
    return np.concatenate([[[0, 0, 1 + _BULGE]], np.stack([x, y, z], 2).reshape(-1, 3)])


def sample_eyes(rng: np.random.Generator, fairness: float) -> EyeLook:
    """How both eyes look; fairness: 0 where nearly all irides are brown, 1 where half of them are light."""
    chances = (1 - fairness) * np.array(_COMMON) + fairness * np.array(_PALE)
    inner, outer = (np.array(c) for c in list(_IRIDES.values())[rng.choice(len(chances), p=chances / chances.sum())])
    tone = np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.08, 3))
    along = np.linspace(0, 1, _IRIS_RING - _PUPIL_RING)[:, None, None]  # pupil to rim
    streaks = np.exp(0.35 * _smooth(rng.normal(size=(_IRIS_RING - _PUPIL_RING, SPOKES)))[..., None])
    iris = (inner * (1 - along) + outer * along) * streaks * tone
    iris[-2:] *= 0.35  # the limbal ring
    angle = np.linspace(0, 1, RINGS - _IRIS_RING)[:, None, None]
    white = np.array([0.85, 0.80, 0.77]) * rng.uniform(0.8, 1.05) * (1 - angle * rng.uniform(0, 0.5) * [0, 0.5, 0.5])
    white = np.broadcast_to(white, (RINGS - _IRIS_RING, SPOKES, 3)).copy()
    white[0] = 0.5 * (white[0] + iris[-1])
    pupil = np.full((_PUPIL_RING, SPOKES, 3), 0.003)
    colours = np.concatenate([pupil, iris, white]).reshape(-1, 3)
    return EyeLook(float(rng.uniform(0.28, 0.6)), np.concatenate([[[0.003] * 3], colours]))


def _smooth(noise: np.ndarray) -> np.ndarray:
    return (noise + np.roll(noise, 1, 1) + np.roll(noise, 1, 0)) / np.sqrt(3)
