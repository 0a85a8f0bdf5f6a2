"""What lights a face: pictures of the whole surroundings, made up or photographed."""

import numpy as np

HEIGHT, WIDTH = 64, 128


def sample_light(rng: np.random.Generator, photographed: list[np.ndarray]) -> np.ndarray:
    """An environment map (HEIGHT, WIDTH, 3) float32, linear RGB, row 0 straight up, with mean brightness near 1.

    photographed: environment maps of that size to choose from, possibly none.
    """
    if photographed and rng.random() < 0.6:
        surroundings = np.roll(photographed[rng.integers(len(photographed))], rng.integers(WIDTH), axis=1)
        surroundings = surroundings * np.exp(rng.normal(0, 0.08, 3))
        if rng.random() < 0.4:
            surroundings = surroundings + _lamps(rng, int(rng.integers(1, 3)))
    else:
        surroundings = (_sky if rng.random() < 0.5 else _room)(rng)
    mean = (surroundings.mean(2) * _solid_angle()).sum()
    return (surroundings / max(mean, 1e-6)).astype(np.float32)


def plain_sky() -> np.ndarray:
    """The light of an overcast day, as `sample_light` gives it."""
    sky = np.where(_directions()[..., 1:2] > 0, [1.0, 1.0, 1.0], [0.25, 0.25, 0.25])
    return (sky / (sky.mean(2) * _solid_angle()).sum()).astype(np.float32)


def _sky(rng: np.random.Generator) -> np.ndarray:
    up = _directions()[..., 1:2]
    zenith = np.array([0.25, 0.45, 0.9]) * rng.uniform(0.3, 1) + rng.uniform(0, 0.6)
    horizon = np.array([0.9, 0.85, 0.8]) * rng.uniform(0.6, 1.3)
    ground = rng.uniform(0.03, 0.3) * np.array([1, 0.9, 0.75]) * np.exp(rng.normal(0, 0.15, 3))
    sky = np.where(up > 0, zenith * up.clip(0) + horizon * (1 - up.clip(0)), ground)
    height, around = np.radians(rng.uniform(5, 75)), rng.uniform(-np.pi, np.pi)
    warm = np.array([1, 0.75, 0.45]) if height < 0.35 else np.array([1, 0.95, 0.88])
    strength = rng.uniform(0, 1.5) if rng.random() < 0.6 else 0.0  # of the sun, overcast: none
    return sky + strength * _lobe(around, height, rng.uniform(0.04, 0.25)) * warm


def _room(rng: np.random.Generator) -> np.ndarray:
    up = _directions()[..., 1:2]
    wall = rng.uniform(0.1, 0.6) * np.exp(rng.normal(0, 0.15, 3))
    room = wall * np.where(up > 0, 1 + 0.6 * up, 1 + 0.6 * up * rng.uniform(0, 1.3))
    return room.clip(0.01) + _lamps(rng, int(rng.integers(1, 5)))


def _lamps(rng: np.random.Generator, count: int) -> np.ndarray:
    lamps = np.zeros((HEIGHT, WIDTH, 3))
    for _ in range(count):
        height = np.radians(np.clip(rng.normal(25, 25), -30, 85))
        around = rng.normal(0, 1.2)  # mostly from the front
        tint = np.array([1, rng.uniform(0.7, 1), rng.uniform(0.5, 1.1)])
        if rng.random() < 0.08:
            tint = rng.uniform(0.1, 1, 3)
        lamps += _lobe(around, height, rng.uniform(0.1, 0.7)) * tint * np.exp(rng.normal(-1.2, 0.8))
    return lamps


def _lobe(around: float, height: float, width: float) -> np.ndarray:
    """A round light (HEIGHT, WIDTH, 1) of unit mean; around: from straight ahead of the face, radians."""
    axis = np.array([np.sin(around) * np.cos(height), np.sin(height), np.cos(around) * np.cos(height)])
    lobe = np.exp((_directions() @ axis - 1) / (width * width))
    return (lobe / (lobe * _solid_angle()).sum())[..., None]


def _directions() -> np.ndarray:
    """Direction (x, y, z) of each texel, as mitsuba maps them: the middle column is -z turned to +z by our sensor."""
    polar = (np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi
    around = (np.arange(WIDTH) + 0.5) / WIDTH * 2 * np.pi
    x = np.sin(polar)[:, None] * np.sin(around)
    z = -np.sin(polar)[:, None] * np.cos(around)
    y = np.broadcast_to(np.cos(polar)[:, None], x.shape)
    return np.stack([x, y, z], -1)


def _solid_angle() -> np.ndarray:
    """Share of the sphere that each texel covers, (HEIGHT, WIDTH), summing to 1."""
    row = np.sin((np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi)
    return np.broadcast_to((row / row.sum() / WIDTH)[:, None], (HEIGHT, WIDTH))
