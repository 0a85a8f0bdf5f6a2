"""From rendered light to a photograph: background, exposure, and the faults of cameras and files."""

from pathlib import Path

import cv2
import numpy as np

from flm.data.image import read_image
from flm.synth.render import Picture


def background(
    rng: np.random.Generator, size: int, light: np.ndarray, surroundings: list[np.ndarray], pictures: list[Path]
) -> np.ndarray:
    """What is behind the person, (size, size, 3) linear RGB: a picture, the surroundings, the light, or things made up.

    surroundings: environment maps (h, w, 3), linear RGB, possibly none. pictures: files, possibly none.
    Raises InputError for a picture that cannot be read.
    """
    choice = rng.random()
    if pictures and rng.random() < 0.7:
        view = _part(rng, size, read_image(pictures[rng.integers(len(pictures))]))
    elif surroundings and choice < 0.6:
        picture = surroundings[rng.integers(len(surroundings))]
        side = int(len(picture) * rng.uniform(0.2, 0.5))
        top = int((len(picture) - side) * np.clip(rng.normal(0.5, 0.15), 0, 1))
        left = int(rng.integers(0, picture.shape[1] - side))
        crop = np.minimum(picture[top : top + side, left : left + side], 8 * picture.mean())
        view = cv2.GaussianBlur(cv2.resize(crop, (size, size)), (0, 0), 0.6 * size / side)  # or windows have steps
    elif choice < 0.75:
        view = _clutter(rng, size)
    else:
        width = int(rng.uniform(16, 48))
        rows, column = slice(32 - width // 2, 32 + width // 2), int(rng.integers(0, light.shape[1] - width))
        view = cv2.resize(light[rows, column : column + width], (size, size), interpolation=cv2.INTER_LINEAR)
    blur = size * rng.choice([0, rng.uniform(0.002, 0.05)])
    view = cv2.GaussianBlur(view, (0, 0), blur) if blur > 0.3 else view
    return view * np.exp(rng.normal(-0.3, 0.5)) / max(view.mean(), 1e-3) * 0.5


def _part(rng: np.random.Generator, size: int, picture: np.ndarray) -> np.ndarray:
    """A square part of a picture (h, w, 3) uint8, (size, size, 3) linear RGB."""
    side = max(1, int(min(picture.shape[:2]) * rng.uniform(0.4, 1)))
    top, left = (int(rng.integers(0, extent - side + 1)) for extent in picture.shape[:2])
    crop = cv2.resize(picture[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_AREA)
    return (crop / 255.0) ** 2.2


def _clutter(rng: np.random.Generator, size: int) -> np.ndarray:
    """A wall with things before it: gradients, blocks, discs and lines."""
    ramp = np.linspace(0, 1, size)[:, None, None]
    one, two = rng.uniform(0.02, 0.9, (2, 1)) * rng.dirichlet([10, 10, 10], 2) * 3
    view = np.broadcast_to(one * ramp + two * (1 - ramp), (size, size, 3)).copy()
    for _ in range(rng.integers(0, 25)):
        colour = (rng.uniform(0.01, 1.0) * rng.dirichlet([8, 8, 8]) * 2.5).tolist()
        a, b = rng.integers(-size // 4, size * 5 // 4, (2, 2)).tolist()
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(view, a, b, colour, -1)
        elif kind == 1:
            cv2.circle(view, a, int(rng.uniform(0.02, 0.2) * size), colour, -1, cv2.LINE_AA)
        else:
            cv2.line(view, a, b, colour, int(rng.uniform(1, 0.06 * size + 1)), cv2.LINE_AA)
    grain = cv2.resize(rng.normal(0, 0.15, (size // 8, size // 8, 1)), (size, size), interpolation=cv2.INTER_CUBIC)
    return (view * np.exp(grain[..., None])).clip(0)


def develop(rng: np.random.Generator, picture: Picture, behind: np.ndarray, faults: float = 1.0) -> np.ndarray:
    """The photograph, (s, s, 3) uint8 RGB; faults: strength of those of cameras and files, 0 to 2."""
    covered = picture.alpha > 0.5
    received = np.median(picture.colour[covered] / picture.albedo[covered].clip(0.02), axis=0).clip(1e-4)
    exposure = 0.75 / received.mean() * np.exp(rng.normal(0, 0.3 * faults))
    balance = (received.mean() / received) ** rng.uniform(0.4, 1)  # a camera takes back most of the light's tint
    alpha = picture.alpha[..., None]
    linear = (picture.colour * exposure * balance + (1 - alpha) * behind).astype(np.float32)
    contrast = rng.uniform(0, 1)
    if not faults:
        return _encoded(_curve(linear, contrast))
    linear = _lens(rng, linear, faults) * np.exp(rng.normal(0, 0.06 * faults, 3))
    return _file(rng, _encoded(_sensor(rng, _curve(linear, contrast), faults)), faults)


def _curve(linear: np.ndarray, contrast: float) -> np.ndarray:
    """Film's answer: a soft shoulder, the display's gamma, and an S that deepens shadows; contrast: 0 to 1."""
    display = ((1 - np.exp(-1.2 * linear.clip(0))) / (1 - np.exp(-3))) ** (1 / 2.2)
    return display + contrast * (display * display * (3 - 2 * display) - display)


def _encoded(display: np.ndarray) -> np.ndarray:
    return (display.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _lens(rng: np.random.Generator, linear: np.ndarray, faults: float) -> np.ndarray:
    size = len(linear)
    if rng.random() < 0.2 * faults:
        linear = cv2.GaussianBlur(linear, (0, 0), size * rng.uniform(0.002, 0.009))
    if rng.random() < 0.08 * faults:
        length, angle = size * rng.uniform(0.01, 0.04), rng.uniform(0, np.pi)
        reach = int(np.ceil(length / 2))
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        offset = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        (x, y) = np.round(offset).astype(int).tolist()
        cv2.line(kernel, (reach - x, reach - y), (reach + x, reach + y), 1.0)
        linear = cv2.filter2D(linear, -1, kernel / kernel.sum())
    return linear


def _sensor(rng: np.random.Generator, display: np.ndarray, faults: float) -> np.ndarray:
    grain = faults * np.exp(rng.uniform(np.log(0.003), np.log(0.035)))
    noise = rng.normal(0, grain, display.shape).astype(np.float32)
    if rng.random() < 0.5:
        noise = noise.mean(2, keepdims=True) * 1.5
    display = display + noise * np.sqrt(display.clip(0.02))
    if rng.random() < 0.10:
        display = np.repeat(display @ np.array([0.3, 0.59, 0.11], np.float32)[:, None], 3, axis=2)
    saturation = rng.uniform(0.8, 1.4)
    grey = display.mean(2, keepdims=True)
    return grey + (display - grey) * saturation


def _file(rng: np.random.Generator, encoded: np.ndarray, faults: float) -> np.ndarray:
    size = len(encoded)
    if rng.random() < 0.15 * faults:
        small = max(24, int(size * rng.uniform(0.3, 0.8)))
        encoded = cv2.resize(cv2.resize(encoded, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    if rng.random() < 0.6:
        quality = int(min(95, rng.uniform(35, 95) / faults**0.5))
        _, packed = cv2.imencode(".jpg", encoded, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return encoded
