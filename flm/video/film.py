"""Films with exact truth: a photograph before a camera whose every movement is known."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from flm import markup, paths
from flm.data import crop
from flm.data.image import read_image
from flm.data.sample import landmark_box
from flm.predict import Predictor
from flm.video.frames import Frame

_MOVE, _REST = 0.5, 0.7  # seconds
_PORTRAIT = paths.ROOT / "notebooks" / "images" / "eileen_collins.jpg"


@dataclass(frozen=True)
class Camera:
    """How a film is shot.

    size: of its pictures, (width, height). face: side of the face in the picture, pixels. rate: frames a second.
    reach: farthest that the face moves from the middle, in face sizes; turn: degrees it rolls at most; zoom: how much
    nearer or farther it gets, logarithm. shake: of a hand, standard deviation in face sizes. noise: of the sensor,
    standard deviation in grey levels.
    """

    size: tuple[int, int] = (1280, 720)
    face: float = 240.0
    rate: float = 30.0
    reach: float = 0.5
    turn: float = 12.0
    zoom: float = 0.15
    shake: float = 0.0
    noise: float = 3.0


def shoot(
    image: np.ndarray, landmarks: np.ndarray, camera: Camera, count: int, seed: int = 0
) -> Iterator[tuple[Frame, np.ndarray]]:
    """`count` frames of a photograph (h, w, 3) uint8 RGB, and where its landmarks (n, 2) are in each.

    The camera moves, rests, and moves on, so that a film has still stretches and fast ones.
    """
    rng = np.random.default_rng(seed)
    times = np.arange(count) / camera.rate
    x, y, roll, nearer = _wander(times, rng).T
    shake = camera.shake * _smooth_noise(count, rng)
    image, landmarks, side = _shrunk(image, landmarks, camera.face)
    box = landmark_box(landmarks)
    middle = (box[:2] + box[2:]) / 2
    for number, time in enumerate(times):
        zoom = camera.face / side * np.exp(camera.zoom * nearer[number])
        angle = np.deg2rad(camera.turn * roll[number])
        linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        place = camera.face * (camera.reach * np.array([x[number], y[number]]) + shake[number])
        matrix = np.column_stack([linear, np.array(camera.size) / 2 + place - linear @ middle])
        picture = cv2.warpAffine(image, matrix, camera.size, borderMode=cv2.BORDER_REPLICATE)
        noisy = picture + camera.noise * rng.standard_normal(picture.shape, np.float32)
        yield Frame(number, time, noisy.clip(0, 255).astype(np.uint8)), crop.transform(matrix, landmarks)


def portrait_film(predictor: Predictor, count: int, camera: Camera | None = None) -> Iterator[tuple[Frame, np.ndarray]]:
    """A film of the portrait in notebooks/images; the 68 landmarks that are found there count as true."""
    portrait = read_image(_PORTRAIT)
    people = markup.convert(predictor.faces(portrait)[0], predictor.markup.name, "ibug68")
    return shoot(portrait, people, camera or Camera(), count)


def _shrunk(image: np.ndarray, landmarks: np.ndarray, face: float) -> tuple[np.ndarray, np.ndarray, float]:
    """A photograph not much larger than the film shows it, so that nothing aliases, its landmarks, its face's side."""
    box = landmark_box(landmarks)
    side = float(np.max(box[2:] - box[:2]))
    scale = min(1.0, 1.3 * face / side)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    exact = np.array(small.shape[1::-1]) / image.shape[1::-1]  # whole pixels
    return small, ((landmarks + 0.5) * exact - 0.5).astype(np.float32), side * scale


def _wander(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Four numbers in -1 to 1, (t, 4): from one random place to the next, with a rest at each."""
    stops = rng.uniform(-1, 1, (int(times[-1] / (_MOVE + _REST)) + 2, 4)) if len(times) else np.zeros((2, 4))
    stops[0] = 0
    leg, since = np.divmod(times, _MOVE + _REST)
    done = np.clip((since - _REST) / _MOVE, 0, 1)[:, None]
    eased = done**2 * (3 - 2 * done)
    here = leg.astype(int)
    return stops[here] + eased * (stops[here + 1] - stops[here])


def _smooth_noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """A hand's tremor, (count, 2), of unit variance."""
    noise = rng.standard_normal((count + 8, 2))
    kernel = np.hanning(11)[1:-1]
    return np.stack([np.convolve(column, kernel / np.linalg.norm(kernel), "valid") for column in noise.T], 1)
