"""What people wear: clothes and hats as shells around the skin, glasses bent from tubes."""

from dataclasses import dataclass

import numpy as np

from flm.synth import mesh
from flm.synth.roots import on_skin
from flm.synth.solid import Solid, merge, solid, tube
from flm.synth.surface import CLASS, surface


def clothes(rng: np.random.Generator, skin: np.ndarray) -> Solid:
    """A top: crew neck, V-neck, turtleneck or open collar, plain or patterned."""
    x, y, z = surface().mean.T
    kind = rng.choice(["crew", "v", "turtle", "collar"], p=[0.4, 0.2, 0.12, 0.28])
    round_neck = np.interp(z, [-0.5, 0.1, 0.7], [6.1, 6.0, 5.68])
    drop = {"crew": 0.0, "v": rng.uniform(0.3, 0.9), "turtle": 0.0, "collar": rng.uniform(0.1, 0.5)}[kind]
    edge = round_neck - drop * np.clip(1 - np.abs(x) / 0.45, 0, 1) * (z > 0)
    if kind == "turtle":
        edge = np.interp(z, [-0.5, 0.3, 0.9], [6.45, 6.25, 6.05])
    thickness = rng.uniform(0.05, 0.09) + 0.02 * np.sin(rng.uniform(3, 9) * x + rng.uniform(0, 6)) * np.sin(4 * y)
    if kind == "collar":
        thickness = thickness + 0.12 * np.clip(1 - (edge - y) / 0.35, 0, 1)
    vertices, faces, of_skin = shell(skin, edge - y, thickness, folds=2)
    return solid(vertices, faces, _cloth(rng, surface().mean[of_skin]), 0.85, CLASS["clothing"])


def _cloth(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """Colour (n, 3) of cloth at points of the mean body."""
    one, two = _dye(rng), _dye(rng)
    pattern = rng.choice(["plain", "stripes", "bars", "check"], p=[0.6, 0.15, 0.1, 0.15])
    # Wide and soft enough for the body's mesh, whose vertices carry the colour: narrower stripes have saw's teeth.
    across, along = (np.clip(0.5 + 1.5 * np.sin(rng.uniform(6, 12) * at[:, axis]), 0, 1) for axis in (0, 1))
    second = {"plain": np.zeros(len(at)), "stripes": along, "bars": across, "check": 0.5 * (across + along)}[pattern]
    return one + (two - one) * second[:, None]


def _dye(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.4:
        return np.full(3, np.exp(rng.uniform(np.log(0.015), np.log(0.75))))
    return rng.uniform(0.02, 0.5) * rng.dirichlet([5, 5, 5]) * 2.4


@dataclass(frozen=True)
class Hat:
    """solid: the hat. covered: vertices of the skin under it, where no hair stands, (v,) bool."""

    solid: Solid
    covered: np.ndarray


def sample_hat(rng: np.random.Generator, skin: np.ndarray) -> Hat:
    """A beanie, cap, brimmed hat, headband or headscarf."""
    kind = rng.choice(["beanie", "cap", "brim", "band", "scarf"], p=[0.27, 0.28, 0.15, 0.12, 0.18])
    x, y, z = surface().mean.T
    angle = np.abs(np.arctan2(x, z - 0.3))
    colour = _dye(rng)
    low = rng.uniform(-0.08, 0.12)
    rim = np.interp(angle, np.radians([0, 60, 100, 180]), [7.95, 7.85, 7.62, 7.3]) + low
    depth = y - rim + 0.1
    if kind == "band":
        depth = np.minimum(depth, rim + rng.uniform(0.15, 0.4) - y)
    if kind == "scarf":
        opening = 0.3 * (1 - (np.abs(x) / 0.66) ** 2.5 - np.abs((y - 7.15) / 0.9) ** 2.5)
        depth = np.minimum(-np.minimum(opening, z - 0.35), y - 5.4)
    depth = np.where(surface().face & ~surface().inside, depth, -0.1)
    thickness = rng.uniform(0.06, 0.14) + (0.1 if kind == "scarf" else 0)
    height = np.clip((y - 8.0) / 0.5, 0, 1)
    if kind in ("cap", "brim", "beanie"):
        thickness = thickness + rng.uniform(0.0, 0.35) * height
    vertices, faces, _ = shell(skin, depth, thickness, folds=6)
    parts = [solid(vertices, faces, colour, 0.9, CLASS["headwear"])]
    if kind in ("cap", "brim"):
        parts.append(_brim(rng, skin, low, colour, kind == "cap"))
    return Hat(merge(parts), depth > 0)


def _brim(rng: np.random.Generator, skin: np.ndarray, low: float, colour: np.ndarray, front_only: bool) -> Solid:
    half = np.radians(65 if front_only else 180)
    around = np.linspace(-half, half, 60)
    rim = np.interp(np.abs(around), np.radians([0, 60, 100, 180]), [7.97, 7.87, 7.64, 7.32]) + low
    inner = _rim_points(around, rim, skin)
    reach = rng.uniform(0.5, 0.8) * (np.cos(around / half * np.pi / 2) ** 0.5 if front_only else np.ones(60))
    out = np.stack([np.sin(around), np.full(60, rng.uniform(-0.5, 0.05)), np.cos(around)], 1)
    steps = np.linspace(0, 1, 5)[None, :, None]
    sag = np.array([0, -0.12, 0]) * steps**2 * np.abs(np.sin(around))[:, None, None]
    sheet = inner[:, None] + steps * reach[:, None, None] * out[:, None] + sag
    top, bottom = sheet + [0, 0.02, 0], sheet - [0, 0.02, 0]
    grid = np.arange(60 * 5).reshape(60, 5)
    quads = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], -1).reshape(-1, 4)
    vertices = np.concatenate([top.reshape(-1, 3), bottom.reshape(-1, 3)])
    faces = np.concatenate([mesh.triangles(quads), mesh.triangles(quads[:, ::-1]) + 300])
    return solid(vertices, faces, colour * rng.choice([1.0, 0.4]), 0.9, CLASS["headwear"])


def _rim_points(around: np.ndarray, height: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Points (n, 3) on the skull at these angles and heights."""
    outward = np.stack([np.sin(around), np.zeros_like(around), np.cos(around)], 1)
    return on_skin(np.array([0, 0, 0.3]) + outward * [0.72, 0, 1.0] + height[:, None] * [0, 1, 0], skin)


def shell(skin: np.ndarray, depth: np.ndarray, thickness, folds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A layer `thickness` dm over the skin where `depth`, at each of its vertices (v,), is above 0; it ends at 0.

    folds: rounds of smoothing, by which it spans what is small (ears, lids).
    Returns its vertices, its faces, and which vertex of the skin each of its vertices lies over.
    """
    s = surface()
    faces = s.faces[(depth > 0)[s.faces].any(1)]
    used, compact = np.unique(faces, return_inverse=True)
    faces = compact.reshape(faces.shape)
    raised = skin + np.broadcast_to(thickness, len(skin))[:, None] * mesh.normals(skin, s.faces)
    return _smoothed(_trimmed(raised[used], faces, depth[used]), faces, folds), faces, used


def _trimmed(vertices: np.ndarray, faces: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The vertices of depth below 0 drawn along their edges to where it is 0, so that the border is smooth."""
    pairs = np.concatenate([faces[:, [a, b]] for a in range(3) for b in range(3) if a != b])
    inner, outer = pairs[(depth[pairs[:, 0]] > 0) & (depth[pairs[:, 1]] <= 0)].T
    share = depth[inner] / (depth[inner] - depth[outer])
    border = vertices[inner] + share[:, None] * (vertices[outer] - vertices[inner])
    count = np.bincount(outer, minlength=len(vertices)).clip(1)
    moved = np.stack([np.bincount(outer, border[:, k], len(vertices)) / count for k in range(3)], 1)
    return np.where((depth > 0)[:, None], vertices, moved)


def _smoothed(vertices: np.ndarray, faces: np.ndarray, rounds: int) -> np.ndarray:
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    degree = np.bincount(ends.ravel(), minlength=len(vertices))[:, None].clip(1)
    for _ in range(rounds):
        total = np.zeros_like(vertices)
        for a, b in ((0, 1), (1, 0)):
            for axis in range(3):
                total[:, axis] += np.bincount(ends[:, a], vertices[ends[:, b], axis], minlength=len(vertices))
        vertices = 0.5 * vertices + 0.5 * total / degree
    return vertices


def glasses(rng: np.random.Generator, left_eye: np.ndarray, right_eye: np.ndarray) -> Solid:
    """Spectacles, or sunglasses with dark lenses, before eyeballs with these vertices."""
    centres = {1: left_eye.mean(0), -1: right_eye.mean(0)}
    apart = abs(centres[1][0] - centres[-1][0])
    front = max(left_eye[:, 2].max(), right_eye[:, 2].max()) + rng.uniform(0.12, 0.2)
    half_width, half_height = apart * rng.uniform(0.38, 0.46), rng.uniform(0.16, 0.27)
    squareness = rng.uniform(2, 4.5)
    thickness = float(np.exp(rng.uniform(np.log(0.008), np.log(0.035))))
    sunny = rng.random() < 0.35
    frame = _dye(rng) * 0.5 if rng.random() < 0.5 else np.full(3, 0.015)
    shade = np.array([0.012, 0.012, 0.014]) * np.exp(rng.normal(0, 0.4, 3))
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    parts = []
    for side, centre in centres.items():
        x = half_width * np.sign(cos) * np.abs(cos) ** (2 / squareness)
        y = half_height * np.sign(sin) * np.abs(sin) ** (2 / squareness)
        middle = np.array([side * max(abs(centre[0]), half_width + 0.05), centre[1] - 0.04, front])
        rim = middle + np.stack([x, y, -0.25 * (x * side).clip(0) ** 2 * 4 - 0.1 * np.abs(x)], 1)
        parts.append(solid(*tube(rim, thickness, closed=True), frame, 0.25, CLASS["glasses"]))
        if sunny:
            lens = np.concatenate([[rim.mean(0) + [0, 0, 0.03]], rim])
            fan = np.stack([np.zeros(40, int), 1 + np.arange(40), 1 + (np.arange(40) + 1) % 40], 1)
            parts.append(solid(lens, fan, shade, 0.06, CLASS["glasses"]))
        outer = middle + [side * half_width, 0.35 * half_height, -0.2]
        ear = np.array([side * (abs(centre[0]) + 0.42), centre[1] + 0.03, 0.35])
        temple = np.stack([outer, 0.5 * (outer + ear) + [side * 0.03, 0, 0], ear, ear + [0, -0.2, -0.12]])
        parts.append(solid(*tube(temple, 0.8 * thickness), frame, 0.25, CLASS["glasses"]))
    inner = max(abs(centres[1][0]), half_width + 0.05) - half_width
    level = centres[1][1] + 0.3 * half_height
    bridge = np.array([[x, level + 0.03 * (1 - (x / inner) ** 2), front - 0.02] for x in np.linspace(-inner, inner, 7)])
    parts.append(solid(*tube(bridge, thickness), frame, 0.25, CLASS["glasses"]))
    return merge(parts)
