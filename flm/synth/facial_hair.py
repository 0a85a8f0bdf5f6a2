"""Facial hair: brows, lashes and beard, grown as ribbons from roots on the skin."""

from dataclasses import dataclass

import numpy as np

from flm.synth.mesh import unit
from flm.synth.roots import on_skin, scatter
from flm.synth.solid import Solid, ribbons
from flm.synth.surface import CLASS, ibug68, surface


@dataclass(frozen=True)
class BrowLook:
    """thickness (dm), density (0 to 1), arch and height (dm, added to the middle and to the whole)."""

    thickness: float
    density: float
    arch: float
    height: float


def sample_brows(rng: np.random.Generator, male: float) -> BrowLook:
    """Brows of a person, both sides alike."""
    thickness = rng.uniform(0.06, 0.13) if male > 0.5 else rng.uniform(0.04, 0.1)
    return BrowLook(thickness, float(rng.beta(3, 1.5)), float(rng.normal(0, 0.015)), float(rng.normal(0, 0.015)))


# The middle line of the brow left of the subject, inner end first, on the mean head: where 300-W's training faces
# have it on average.
_BROW = np.array(
    [[0.105, 7.48, 1.43], [0.226, 7.52, 1.42], [0.356, 7.538, 1.385], [0.484, 7.52, 1.28], [0.573, 7.447, 1.13]]
)


def brow_points(look: BrowLook, skin: np.ndarray, along: np.ndarray, across: np.ndarray, side: int) -> np.ndarray:
    """Points (n, 3) of a brow on `skin`: along 0 (inner end) to 1, across -0.5 to 0.5; side: 1 left, -1 right."""
    knots = np.linspace(0, 1, len(_BROW))
    line = np.stack([np.interp(along, knots, _BROW[:, k]) for k in range(3)], 1)
    thickness = look.thickness * np.interp(along, [0, 0.15, 0.5, 1], [0.8, 1, 0.9, 0.45])
    line[:, 1] += look.height + look.arch * np.sin(np.pi * along) + across * thickness
    line[:, 0] *= side
    return on_skin(line, skin)


def brow_hair(rng: np.random.Generator, look: BrowLook, colour: np.ndarray, skin: np.ndarray) -> list[Solid]:
    """Both eyebrows."""
    solids = []
    for side, name in ((1, "right_brow"), (-1, "left_brow")):
        count = int(150 + 450 * look.density)
        along, across = rng.uniform(0, 1, count), rng.triangular(-0.5, 0, 0.5, count)
        roots = brow_points(look, skin, along, across, side)
        ahead = brow_points(look, skin, np.minimum(along + 0.08, 1.06), across * 0.8, side)
        out = np.array([0.25 * side, 0.1, 1])
        lean = unit(ahead - roots + 1e-6) + np.stack(
            [np.zeros(count), 1.1 * (1 - along) ** 2 - 0.25 * np.sign(across), np.zeros(count)], 1
        )
        direction = unit(unit(lean) + 0.12 * rng.normal(size=(count, 3)) + 0.12 * out)
        length = (rng.uniform(0.04, 0.085, count) * (1 - 0.2 * along))[:, None, None]
        path = roots[:, None] + 0.006 * out + direction[:, None] * length * np.linspace(0, 1, 3)[None, :, None]
        shade = np.exp(rng.normal(0, 0.3, (count, 1)))
        width = rng.uniform(0.004, 0.008, count)
        solids.append(ribbons(path, np.broadcast_to(unit(out), (count, 3)), width, colour * shade, 0.6, CLASS[name]))
    return solids


# Landmarks along each lid's margin, from the inner corner to the outer, by side and lid.
_LIDS = {
    (1, 1): (42, 43, 44, 45), (1, -1): (42, 47, 46, 45), (-1, 1): (39, 38, 37, 36), (-1, -1): (39, 40, 41, 36),
}  # fmt: skip


def lashes(rng: np.random.Generator, colour: np.ndarray, skin: np.ndarray, length: float) -> list[Solid]:
    """Lashes of both eyes, upper and lower."""
    solids = []
    for (side, up), margin in _LIDS.items():
        count, share = (46, 1.0) if up > 0 else (16, 0.35)
        along = rng.uniform(0.15, 0.93, count)
        at = along * 3
        margin_points = ibug68()[list(margin)]
        roots = on_skin(np.stack([np.interp(at, np.arange(4), margin_points[:, k]) for k in range(3)], 1), skin)
        aside = (along - 0.45) * side
        direction = unit(np.stack([aside, np.full(count, 0.25 * up), np.ones(count)], 1))
        direction += 0.12 * rng.normal(size=direction.shape)
        t = np.linspace(0, 1, 4)[None, :, None]
        reach = (share * length * rng.uniform(0.7, 1.1, count))[:, None, None]
        path = roots[:, None] + reach * (t * direction[:, None] + t**2 * np.array([0, 0.45 * up, 0]))
        outward = np.broadcast_to(np.array([0.0, up, 0.3]), roots.shape)
        shades = np.tile(colour * 0.4, (count, 1))
        class_ = CLASS["right_eye" if side > 0 else "left_eye"]
        solids.append(ribbons(path, outward, np.full(count, 0.004), shades, 0.5, class_))
    return solids


def beard_density(moustache: float, cheeks: float, chin: float) -> np.ndarray:
    """Density of beard roots, 0 to 1, at each vertex of the skin; each of the three areas in its weight."""
    x, y, z = surface().mean.T
    ax = np.abs(x)
    lip = _bump((y - 6.84) / 0.055) * (ax < 0.26) * (z > 1.2)
    low = np.clip((6.60 - 0.1 * np.clip(0.15 - ax, 0, 1) - y) / 0.08, 0, 1) * (ax < 0.3) * (y > 6.1) * (z > 0.75)
    corner = _bump((ax - 0.31) / 0.06) * (y > 6.4) * (y < 6.85) * (z > 1.05)
    edge = 6.55 + 0.75 * np.clip((ax - 0.30) / 0.35, 0, 1)  # upper edge of the beard, rising to the sideburn
    side = np.clip((edge - y) / 0.12, 0, 1) * (ax > 0.28) * (y > 6.15) * (z > 0.45)
    density = np.maximum.reduce([moustache * lip, chin * np.maximum(low, corner * min(1, moustache)), cheeks * side])
    allowed = surface().face & (surface().lips < 0.3) & ~surface().inside & (z > 0.4) & (ax < 0.66)
    return np.where(allowed, density, 0)


def beard_hair(
    rng: np.random.Generator, density: np.ndarray, length: float, colour: np.ndarray, skin: np.ndarray
) -> Solid:
    """A beard of hairs about `length` dm long."""
    count = int(5000 * min(1.0, density.sum() / 1500 + 0.1))
    roots, outward, _ = scatter(rng, skin, density, count)
    down = np.stack([0.25 * np.sign(roots[:, 0]), np.full(count, -1.0), np.full(count, 0.15)], 1)
    along = unit(down - (down * outward).sum(1, keepdims=True) * outward)
    direction = unit(along + 0.5 * outward + 0.3 * rng.normal(size=(count, 3)))
    t = np.linspace(0, 1, 4)[None, :, None]
    reach = (length * rng.uniform(0.6, 1.2, count))[:, None, None]
    path = roots[:, None] + reach * (t * direction[:, None] + 0.3 * t**2 * np.array([0, -1, 0]))
    shade = np.exp(rng.normal(0, 0.25, (count, 1)))
    width = rng.uniform(0.010, 0.018, count)
    return ribbons(path, outward, width, colour * shade, 0.55, CLASS["beard"])


def _bump(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2))
