"""The colour of skin: melanin and blood by region, lips, stubble, freckles, make-up, as one texture."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy import sparse
from scipy.spatial import Delaunay

from flm.synth.surface import MARGIN, surface

SIZE = 512  # of the texture, texels a side
# Reflectance of skin without pigment, and what a unit of melanin and of blood absorbs, in linear RGB. Chosen by eye
# so that the range of both covers photographed skin; the form is Beer and Lambert's.
_BARE = np.array([0.90, 0.74, 0.58], np.float32)
_MELANIN = np.array([0.85, 1.15, 1.35], np.float32)
_BLOOD = np.array([0.10, 0.75, 0.60], np.float32)
_OCTAVES = (1.0, 2.5, 8.0, 30.0)  # sigma of the noise bank, texels


@dataclass(frozen=True)
class SkinLook:
    """melanin 0.1 (pale) to 2.6 (dark). blood 0.15 to 0.6. roughness 0 to 1. patches, freckles, wear: 0 to 1.

    lips: linear RGB to paint them with, and how much. shadow: the same for the upper lids. stubble: 0 to 1.
    """

    melanin: float
    blood: float
    roughness: float
    patches: float
    freckles: float
    wear: float
    lips: tuple[np.ndarray, float]
    shadow: tuple[np.ndarray, float]
    stubble: float

    @property
    def fairness(self) -> float:
        """0 for skin that keeps the sun out, 1 for pale skin."""
        return float(np.clip(1.15 - self.melanin, 0, 1))


def sample_skin(rng: np.random.Generator, ancestry: tuple[float, float, float], male: float, age: float) -> SkinLook:
    """The skin of a person of these shares of African, Asian and European ancestry."""
    african, asian, european = (rng.normal(mean, sigma) for mean, sigma in ((1.75, 0.45), (0.6, 0.22), (0.28, 0.15)))
    melanin = np.clip(np.dot(ancestry, [african, asian, european]), 0.1, 2.6)
    made_up = male < 0.5 and age > 0.35 and rng.random() < 0.45
    lipstick = np.array([rng.uniform(0.15, 0.5), rng.uniform(0.01, 0.12), rng.uniform(0.03, 0.15)])
    powder = rng.uniform(0.02, 0.35, 3)
    return SkinLook(
        melanin=float(melanin),
        blood=float(np.clip(rng.normal(0.29, 0.07), 0.12, 0.6)),
        roughness=float(rng.uniform(0.38, 0.62)),
        patches=float(rng.beta(2, 3)),
        freckles=float(rng.beta(1, 3)) if melanin < 0.5 and rng.random() < 0.3 else 0.0,
        wear=float(np.clip(2 * (age - 0.5), 0, 1) * rng.uniform(0.5, 1)),
        lips=(lipstick, float(made_up * rng.uniform(0.2, 0.9))),
        shadow=(powder, float(made_up * rng.uniform(0, 0.6))),
        stubble=float(rng.beta(1, 1.5)) if male > 0.5 and age > 0.4 and rng.random() < 0.7 else 0.0,
    )


def albedo(
    rng: np.random.Generator, look: SkinLook, hair: np.ndarray, scalp: np.ndarray, beard: np.ndarray
) -> np.ndarray:
    """The skin's texture, (SIZE, SIZE, 3) float32 linear RGB, row 0 at the top.

    hair: linear RGB of it; scalp, beard: where it grows, density at each vertex of the skin.
    """
    fine, small, middle, wide = (_noise(rng, octave) for octave in range(len(_OCTAVES)))
    regions = _regions()
    melanin = look.melanin * (1 + 0.05 * wide + 0.03 * middle * look.patches + 0.04 * small)
    melanin += (0.12 + 0.25 * look.wear) * (0.3 + look.melanin) * regions["under_eyes"]
    blood = look.blood * (1 + 0.09 * look.patches * middle + 0.05 * wide + 0.06 * fine)
    blood += look.blood * (0.5 * regions["cheeks"] + 0.6 * regions["nose"] + 0.9 * regions["ears"])
    if look.freckles:
        spots = cv2.GaussianBlur((small * regions["freckled"] > 1.6).astype(np.float32), (0, 0), 0.8)
        melanin += 0.7 * look.freckles * spots
    if look.wear:
        melanin += 0.5 * look.wear * cv2.GaussianBlur((middle > 2.2).astype(np.float32), (0, 0), 2.0)
    blood += 0.75 * regions["lips"]
    melanin += 0.25 * look.melanin * regions["lips"]
    colour = _BARE * np.exp(-melanin[..., None] * _MELANIN - blood[..., None] * _BLOOD)
    colour *= (1 + 0.05 * fine + 0.03 * small)[..., None]  # pores
    colour = _painted(colour, regions["lips"], *look.lips)
    colour = _painted(colour, regions["lids"], *look.shadow)
    grown = np.clip(_to_texture(scalp), 0, 1) * 0.85
    colour = _painted(colour, grown, hair * 0.6 + 0.1 * mean_colour(colour), 1.0)
    shaved = np.clip(_to_texture(beard) * (0.75 + 0.35 * fine), 0, 1)
    colour = _painted(colour, shaved, 0.35 * hair + 0.35 * mean_colour(colour), 0.55 * look.stubble)
    border = round(SIZE * (1 - MARGIN))
    body = mean_colour(colour[:border])
    colour[border:] = body
    colour[border:, : SIZE // 2] = [0.16, 0.035, 0.03]
    return np.clip(colour, 0.002, 0.95).astype(np.float32)


def relief(rng: np.random.Generator, look: SkinLook) -> np.ndarray:
    """Height of the skin over its smooth mesh, (SIZE, SIZE) float32, dm: pores, unevenness, and wrinkles with age."""
    fine, small, middle, _ = (_noise(rng, octave) for octave in range(len(_OCTAVES)))
    pores = 0.0004 * fine + (0.0005 + 0.0004 * look.patches) * small + 0.0015 * look.wear * middle
    folds = sum(rng.uniform(0.3, 1) * depth for depth in _wrinkles().values())
    return (pores - look.wear * folds * (1 + 0.3 * middle)).astype(np.float32)


@cache
def _wrinkles() -> dict[str, np.ndarray]:
    """Depth of the folds of an old face by kind, each (SIZE, SIZE) float32, dm."""
    x, y, z = (_to_texture(axis) for axis in surface().mean.T)
    ax, front = np.abs(x), z > 0.5

    def groove(distance: np.ndarray, width: float) -> np.ndarray:
        return np.exp(-((distance / width) ** 2)) * front

    def within(value: np.ndarray, low: float, high: float) -> np.ndarray:
        return np.clip((value - low) / 0.06 + 0.5, 0, 1) * np.clip((high - value) / 0.06 + 0.5, 0, 1)

    lines = np.cos(2 * np.pi * (y - 0.12 * ax**2) / 0.095).clip(0) ** 3
    rays = np.cos(16 * np.arctan2(y - 7.36, ax - 0.36)).clip(0) ** 3
    beside_nose = ax - np.interp(y, [6.62, 6.8, 7.0], [0.33, 0.27, 0.16])
    below_eye = y - 7.22 + 0.8 * (ax - 0.28) ** 2
    return {
        "forehead": 0.02 * lines * within(y, 7.62, 7.95) * within(ax, -1, 0.42) * front,
        "crow's feet": 0.015 * rays * within(ax, 0.46, 0.60) * within(y, 7.22, 7.50) * front,
        "beside the nose": 0.035 * groove(beside_nose, 0.025) * within(y, 6.66, 7.0),
        "below the eyes": 0.02 * groove(below_eye, 0.02) * within(ax, 0.15, 0.42),
    }


def mean_colour(picture: np.ndarray) -> np.ndarray:
    """The mean of a picture (h, w, 3), (3,)."""
    return np.array(cv2.mean(picture)[:3])


def _painted(colour: np.ndarray, where: np.ndarray, paint: np.ndarray, much: float) -> np.ndarray:
    if not much:
        return colour
    weight = (much * where)[..., None]
    return colour * (1 - weight) + np.asarray(paint, np.float32) * weight


@cache
def _regions() -> dict[str, np.ndarray]:
    """Where the parts of the face are, each (SIZE, SIZE) float32, 0 to 1."""
    x, y, z = (_to_texture(axis) for axis in surface().mean.T)
    ax = np.abs(x)

    def spot(cx: float, cy: float, rx: float, ry: float) -> np.ndarray:
        return np.exp(-(((ax - cx) / rx) ** 2) - ((y - cy) / ry) ** 2) * (z > 0.5)

    return {
        "cheeks": spot(0.40, 6.98, 0.20, 0.18),
        "nose": spot(0.0, 6.98, 0.13, 0.10),
        "ears": ((ax > 0.68) & (z < 0.65)).astype(np.float32),
        "under_eyes": spot(0.28, 7.24, 0.13, 0.05) + 0.6 * spot(0.17, 7.33, 0.05, 0.08),
        "lids": spot(0.29, 7.42, 0.14, 0.045),
        "freckled": 0.5 + spot(0.3, 7.05, 0.35, 0.25),
        "lips": cv2.GaussianBlur(_to_texture(surface().lips), (0, 0), 1.0),
    }


def _to_texture(values: np.ndarray) -> np.ndarray:
    """Values (v,) of the skin's vertices spread over its texture, (SIZE, SIZE) float32."""
    return (_spread() @ values).reshape(SIZE, SIZE).astype(np.float32)


@cache
def _spread() -> sparse.csr_matrix:
    """Matrix (SIZE * SIZE, v) of the weights with which three vertices make each texel."""
    members = np.flatnonzero(surface().face)
    mesh = Delaunay(surface().uv[members])
    centre = (np.arange(SIZE) + 0.5) / SIZE
    texels = np.stack(np.meshgrid(centre, 1 - centre), -1).reshape(-1, 2)
    simplex = mesh.find_simplex(texels)
    inside = simplex >= 0
    affine = mesh.transform[simplex[inside]]
    first = np.einsum("nij,nj->ni", affine[:, :2], texels[inside] - affine[:, 2])
    weights = np.concatenate([first, 1 - first.sum(1, keepdims=True)], 1)
    columns = members[mesh.simplices[simplex[inside]]]
    rows = np.repeat(np.flatnonzero(inside), 3)
    shape = (SIZE * SIZE, len(surface().mean))
    return sparse.csr_matrix((weights.ravel(), (rows, columns.ravel())), shape)


@cache
def _noise_bank() -> list[np.ndarray]:
    """One texture of smooth noise an octave, unit variance, that repeats seamlessly; the same in every process."""
    rng = np.random.default_rng(0)
    bank = []
    for sigma in _OCTAVES:
        white = rng.normal(size=(SIZE, SIZE)).astype(np.float32)
        pad = int(4 * sigma)
        smooth = cv2.GaussianBlur(np.pad(white, pad, mode="wrap"), (0, 0), sigma)[pad:-pad, pad:-pad]
        bank.append(smooth / smooth.std())
    return bank


def _noise(rng: np.random.Generator, octave: int) -> np.ndarray:
    shift = rng.integers(0, SIZE, 2)
    noise = np.roll(_noise_bank()[octave], tuple(shift), (0, 1))
    return noise.T if rng.random() < 0.5 else noise
