"""The hair of the head: cut and combed in a style, grown as ribbons from roots on the scalp."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from flm.synth.mesh import unit
from flm.synth.roots import mean_tree, scatter
from flm.synth.solid import Solid, ribbons
from flm.synth.surface import CLASS, surface

_CENTRE = np.array([0, 7.45, 0.3])  # within the skull of the mean head, dm
# Height of the hairline over the angle from straight ahead, on the mean head.
_LINE_ANGLE = np.radians([0, 30, 48, 62, 75, 95, 112, 130, 180])
_LINE_HEIGHT = np.array([8.1, 8.06, 7.85, 7.45, 7.2, 7.5, 7.35, 6.85, 6.6])

# Linear RGB of hair, and how often people of little and of much light skin have it.
_COLOURS = {
    "black": ((0.012, 0.010, 0.009), 0.55, 0.08),
    "dark brown": ((0.028, 0.018, 0.012), 0.30, 0.24),
    "brown": ((0.065, 0.038, 0.022), 0.12, 0.26),
    "light brown": ((0.13, 0.08, 0.045), 0.03, 0.18),
    "blond": ((0.30, 0.20, 0.11), 0.0, 0.16),
    "red": ((0.17, 0.055, 0.022), 0.0, 0.08),
}
_LOCKS, _CLUMPING = 150, 0.6  # how many locks hair falls into, and how far the tips of each meet
_GREY = np.array([0.42, 0.41, 0.40])


@dataclass(frozen=True)
class HairStyle:
    """How the scalp's hair is cut and worn; lengths in dm.

    top, sides, back: lengths. recession: how far the front hairline has moved up. parting: its x.
    fringe: length of the hair combed over the forehead; 0: combed aside and back. lift: how far hair stands off.
    curl: radius of curls. coil: curls a dm.
    """

    top: float
    sides: float
    back: float
    recession: float = 0.0
    parting: float = 0.0
    fringe: float = 0.0
    lift: float = 0.3
    curl: float = 0.0
    coil: float = 1.5


@dataclass(frozen=True)
class _Cut:
    """Ranges that styles of one name are drawn from, lengths of sides and back as shares of the top's.

    male, female: how often it is worn. wave: radius of the waves that half of them have.
    """

    male: float
    female: float
    top: tuple[float, float]
    sides: tuple[float, float]
    back: tuple[float, float]
    lift: tuple[float, float]
    fringe: bool = True
    wave: float = 0.0
    curl: tuple[float, float] = (0.0, 0.0)
    coil: tuple[float, float] = (0.8, 2.5)


_CUTS = {
    "buzz": _Cut(0.20, 0.02, (0.03, 0.12), (0.4, 1), (0.8, 0.8), (1, 1), fringe=False),
    "short": _Cut(0.36, 0.10, (0.25, 0.6), (0.2, 0.6), (0.4, 0.8), (0.3, 0.9), wave=0.035),
    "swept": _Cut(0.20, 0.10, (0.6, 1.1), (0.15, 0.6), (0.35, 0.6), (0.2, 0.7), wave=0.07),
    "curly": _Cut(0.12, 0.14, (0.3, 1.6), (0.9, 0.9), (1, 1), (0.6, 1.2), curl=(0.05, 0.14), coil=(2, 6)),
    "bob": _Cut(0.03, 0.20, (1.3, 2.0), (1, 1), (0.9, 0.9), (0.2, 0.3), wave=0.07),
    "long": _Cut(0.07, 0.30, (2.2, 4.0), (1, 1), (1, 1), (0.15, 0.3), wave=0.1),
    "tied": _Cut(0.02, 0.14, (1.2, 1.2), (0.75, 0.75), (0.6, 0.6), (0.1, 0.1), fringe=False, wave=0.035),
    "crop": _Cut(0.45, 0.08, (0.12, 0.25), (0.5, 0.9), (0.8, 0.8), (0.7, 1), fringe=False),
    "undercut": _Cut(0.30, 0.12, (0.8, 1.4), (0.05, 0.1), (0.1, 0.2), (0.3, 0.6), wave=0.05),
    "afro": _Cut(0.15, 0.15, (0.6, 1.2), (0.8, 1), (0.8, 1), (1.4, 2), fringe=False, curl=(0.03, 0.06), coil=(6, 9)),
    "shoulder": _Cut(0.08, 0.45, (1.9, 2.6), (0.8, 1), (0.8, 1), (0.2, 0.35), wave=0.09),
    "bun": _Cut(0.02, 0.20, (0.9, 1.1), (0.8, 0.9), (0.6, 0.7), (0.05, 0.08), fringe=False),
}


def sample_style(rng: np.random.Generator, names: tuple[str, ...], male: float, age: float) -> HairStyle | None:
    """One of the named styles, as a person of this sex and age may wear it; None: bald."""
    recedes = male > 0.5 and rng.random() < 0.2 + 0.6 * age
    recession = float(rng.beta(1.2, 3) * 0.35) if recedes else 0.0
    if not names or (male > 0.5 and rng.random() < 0.06 + 0.15 * age):
        return None
    chances = np.array([_CUTS[name].male if male > 0.5 else _CUTS[name].female for name in names])
    cut = _CUTS[str(rng.choice(names, p=chances / chances.sum()))]
    top = rng.uniform(*cut.top)
    fringed = cut.fringe and recession < 0.1 and rng.random() < 0.35
    waved = cut.wave * rng.uniform(0.15, 1) * (rng.random() < 0.5)
    return HairStyle(
        top=top,
        sides=top * rng.uniform(*cut.sides),
        back=top * rng.uniform(*cut.back),
        recession=recession,
        parting=float(rng.choice([0, rng.uniform(-0.4, 0.4)])),
        fringe=float(rng.uniform(0.25, 0.7)) if fringed else 0.0,
        lift=float(rng.uniform(*cut.lift)),
        curl=float(waved + rng.uniform(*cut.curl)),
        coil=float(rng.uniform(*cut.coil)),
    )


def sample_colour(rng: np.random.Generator, fairness: float, age: float) -> np.ndarray:
    """Linear RGB of someone's hair, greyed by age, now and then dyed."""
    chances = np.array([(1 - fairness) * rare + fairness * common for _, rare, common in _COLOURS.values()])
    colour = np.array(list(_COLOURS.values())[rng.choice(len(chances), p=chances / chances.sum())][0])
    if rng.random() < 0.04:
        colour = rng.uniform(0.02, 0.4, 3)
    grey = np.clip(rng.normal(2.6 * (age - 0.72), 0.25), 0, 1)
    return (colour * (1 - grey) + _GREY * grey) * np.exp(rng.normal(0, 0.15))


def scalp_hair(
    rng: np.random.Generator, style: HairStyle, colour: np.ndarray, skin: np.ndarray, line: np.ndarray
) -> Solid:
    """Hair on a head whose skin has vertices `skin`; line: roots' density, see `scalp_density`."""
    longest = max(style.top, style.sides, style.back)
    count, steps = (7000, 4) if longest < 0.7 else (4500, 8)
    roots, outward, rest = scatter(rng, skin, line, count)
    length = _lengths(style, rest) * rng.uniform(0.75, 1.1, count)
    flow = _flow(style, rest, outward)
    limit = _radius_table(skin)
    lock = _nearest_lock(rng, rest)
    lean = rng.normal(size=(_LOCKS, 3))[lock]  # neighbours lean the same way
    direction = unit(flow + style.lift * outward + 0.25 * lean + 0.1 * rng.normal(size=(count, 3)))
    step = (length / (steps - 1))[:, None]
    paths = [roots - 0.01 * outward]
    weight = np.clip(length / 1.2, 0.05, 1)[:, None] * 6 / steps
    for k in range(1, steps):
        pull = weight * (k / steps + 0.3)
        # Down, and below the ears inwards too: hair hangs from the head, it does not stand around it like a tent.
        low = np.clip((7.3 - paths[-1][:, 1:2]) / 0.6, 0, 1)
        inward = -low * (paths[-1] - [0, 0, 0.2]) * [0.5, 0, 0.5]
        direction = unit(direction + pull * (np.array([0, -1, 0]) + inward))
        paths.append(_outside(paths[-1] + step * direction, limit, 0.02 + 0.05 * rng.random(count)))
    path = np.stack(paths, 1)
    path = path + _curls(rng, style, path, length)
    path = _gathered(path, lock)
    kept = ~_over_face(path, skin, lowest=0.12 if style.fringe else 0.45)
    path, count = path[kept], int(kept.sum())
    away = unit(path - _CENTRE)
    shade = np.exp(rng.normal(0, 0.22, (count, 1)))
    widths = rng.uniform(0.02, 0.05, count) * (0.62 if longest < 0.7 else 1.0)
    return ribbons(path, away, widths, colour * shade, 0.5, CLASS["hair"])


def scalp_density(recession: float = 0.0) -> np.ndarray:
    """Density of hair roots, 0 to 1, at each vertex of the skin, (v,); the same for every face."""
    x, y, z = surface().mean.T
    angle = np.abs(np.arctan2(x, z - _CENTRE[2]))
    height = np.interp(angle, _LINE_ANGLE, _LINE_HEIGHT)
    height = height + recession * np.exp(-((angle / 0.9) ** 2)) * (1 + 0.8 * np.exp(-(((angle - 0.6) / 0.25) ** 2)))
    ears = (np.abs(x) > 0.69) & (y < 7.6) & (z > -0.05) & (z < 0.6)
    density = np.clip((y - height) / 0.12 + 0.5, 0, 1) * (~ears) * (~surface().inside)
    return np.where(surface().face, density, 0)


def _over_face(path: np.ndarray, skin: np.ndarray, lowest: float) -> np.ndarray:
    """Which strands hang before the face, further down than `lowest` dm above the brows: people put them aside."""
    left, right, brow = skin[mean_tree().query([[0.5, 7.4, 1.2], [-0.5, 7.4, 1.2], [0, 7.5, 1.4]])[1]]
    x, y, z = np.moveaxis(path, -1, 0)
    before = (x < left[0]) & (x > right[0]) & (z > left[2] - 0.35)
    beside = (x < 1.6 * left[0]) & (x > 1.6 * right[0]) & (z > left[2] - 0.1)
    return ((before | beside) & (y < brow[1] + lowest)).any(1)


def _lengths(style: HairStyle, rest: np.ndarray) -> np.ndarray:
    top, front = _top(rest), _front(rest)
    back = np.clip(-(rest[:, 2] - _CENTRE[2]) / 0.5, 0, 1) * (1 - top)
    length = style.top * top + style.back * back + style.sides * (1 - top - back)
    return np.where(front > 0.55, np.minimum(length, style.fringe), length) if style.fringe else length


def _flow(style: HairStyle, rest: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Direction along the skin in which hair is combed, (n, 3)."""
    top, front = _top(rest), _front(rest)
    aside = np.tanh((rest[:, 0] - style.parting) / 0.25)
    forward = front * (1.0 if style.fringe else -0.5) - 0.5 * (1 - front)
    direction = np.stack([(0.3 if style.fringe else 1.0) * aside * top, -1.5 * (1 - top), forward], 1)
    return unit(direction - (direction * outward).sum(1, keepdims=True) * outward)


def _top(rest: np.ndarray) -> np.ndarray:
    """How much a place of the mean head belongs to the top of it, 0 to 1."""
    return np.clip((rest[:, 1] - _CENTRE[1] - 0.35) / 0.35, 0, 1)


def _front(rest: np.ndarray) -> np.ndarray:
    """How much it belongs to the front, 0 to 1."""
    return np.clip((rest[:, 2] - _CENTRE[2]) / 0.6, 0, 1) * _top(rest)


def _curls(rng: np.random.Generator, style: HairStyle, path: np.ndarray, length: np.ndarray) -> np.ndarray:
    if not style.curl:
        return np.zeros_like(path)
    n, s, _ = path.shape
    travelled = np.linspace(0, 1, s) * length[:, None]
    phase = 2 * np.pi * (style.coil * travelled + rng.random((n, 1)))
    along = unit(np.gradient(path, axis=1))
    across = unit(np.cross(along, [0.3, 0.2, 1.0]))
    growing = np.clip(travelled / 0.3, 0, 1)
    offset = np.cos(phase)[..., None] * across + np.sin(phase)[..., None] * np.cross(along, across)
    return style.curl * growing[..., None] * offset


def _radius_table(skin: np.ndarray) -> np.ndarray:
    """How far the head reaches from its centre in each direction, (rows, columns) by height and azimuth."""
    relevant = skin[(surface().mean[:, 1] > 6.2) & surface().face] - _CENTRE
    distance = np.linalg.norm(relevant, axis=1)
    table = np.zeros((24, 48))
    np.maximum.at(table, _direction_bins(relevant, distance), distance)
    filled = maximum_filter(table, size=3, mode=("nearest", "wrap"))
    return np.where(table > 0, table, filled)


def _direction_bins(offsets: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    row = (np.arccos(np.clip(offsets[..., 1] / distance.clip(1e-6), -1, 1)) / np.pi * 24).astype(int).clip(0, 23)
    column = ((np.arctan2(offsets[..., 0], offsets[..., 2]) / (2 * np.pi) + 0.5) * 48).astype(int).clip(0, 47)
    return row, column


def _outside(points: np.ndarray, table: np.ndarray, gap: np.ndarray) -> np.ndarray:
    offset = points - _CENTRE
    distance = np.linalg.norm(offset, axis=1)
    reach = table[_direction_bins(offset, distance)]
    needed = np.where(reach > 0, reach + gap, 0)
    return _CENTRE + offset * np.maximum(1, needed / distance.clip(1e-6))[:, None]


def _nearest_lock(rng: np.random.Generator, rest: np.ndarray) -> np.ndarray:
    return cKDTree(rest[rng.choice(len(rest), _LOCKS, replace=False)]).query(rest)[1]


def _gathered(path: np.ndarray, lock: np.ndarray) -> np.ndarray:
    """Strands (n, s, 3) drawn towards the mean of their lock (n,), the more the nearer to their tips."""
    count = np.bincount(lock, minlength=_LOCKS).clip(1)[:, None, None]
    mean = np.zeros((_LOCKS, *path.shape[1:]))
    np.add.at(mean, lock, path)
    share = _CLUMPING * np.linspace(0, 1, path.shape[1])[:, None]
    return path + share * ((mean / count)[lock] - path)
