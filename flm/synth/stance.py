"""How a person stands before the camera: the head turned on the neck, the body partly with it, and the framing."""

from dataclasses import dataclass

import numpy as np

from flm.synth.mesh import rotation
from flm.synth.render import Camera

_NECK = np.array([0, 5.95, 0.1])  # where the head turns, dm
_MOST = np.radians([88, 45, 50])


@dataclass(frozen=True)
class Stance:
    """Yaw (to the subject's left), pitch (up) and roll of the head, yaw of the body, radians."""

    yaw: float
    pitch: float
    roll: float
    body: float


def sample_stance(rng: np.random.Generator, sideways: float = 45.0) -> Stance:
    """Mostly towards the camera, as in photographs; one in seven from the side, by some `sideways` degrees."""
    sigma = np.radians([17, 9, 8]) if rng.random() < 0.85 else np.radians([sideways, 15, 14])
    yaw, pitch, roll = np.clip(rng.normal(0, sigma), -_MOST, _MOST)
    return Stance(float(yaw), float(pitch), float(roll), float(yaw * rng.uniform(0.2, 1) + rng.normal(0, 0.12)))


def pose(points: np.ndarray, stance: Stance, rest: np.ndarray | None = None) -> np.ndarray:
    """Points (n, 3) of an upright person, turned; those below the jaw turn with the body, those between partly."""
    rest = points if rest is None else rest
    lifted = rest[:, 1] + 0.35 * rest[:, 2].clip(0, 1)
    share = np.clip((lifted - 5.95) / 0.5, 0, 1)
    share = (share * share * (3 - 2 * share))[:, None]
    offset = points - _NECK
    with_head, with_body = offset @ head_rotation(stance).T, offset @ rotation(stance.body, 0, 0).T
    return _NECK + share * with_head + (1 - share) * with_body


def head_rotation(stance: Stance) -> np.ndarray:
    """The head's rotation matrix (3, 3)."""
    return rotation(stance.yaw, stance.pitch, stance.roll)


def frame(rng: np.random.Generator, landmarks: np.ndarray) -> tuple[Camera, np.ndarray]:
    """A camera for a face whose landmarks are (n, 3), and what to add to all points so that it looks at them.

    The face fills 50 to 70 % of the picture and lies near its middle.
    """
    middle = (landmarks.min(0) + landmarks.max(0)) / 2
    distance = float(np.exp(rng.uniform(np.log(5), np.log(25))))
    near = distance / (distance - (landmarks - middle)[:, 2])
    flat = (landmarks - middle)[:, :2] * near[:, None]
    extent = (flat.max(0) - flat.min(0)).max()
    field = extent / rng.uniform(0.5, 0.7)
    centre = (flat.max(0) + flat.min(0)) / 2 + rng.uniform(-0.06, 0.06, 2) * field
    return Camera(distance, (float(centre[0]), float(centre[1])), float(field)), -middle
