"""Drawn faces with exact landmarks: the stand-in where no data set is on disk.

A 3-D mean shape of the 68 iBUG points is deformed, turned, projected and coloured in with polygons. It is a cartoon:
enough to run every notebook and test on a fresh machine, not enough to learn what a face looks like.
"""

import inspect
import sys
from pathlib import Path

import cv2
import numpy as np

from flm import paths
from flm.data import folder
from flm.data.pts import write_pts
from flm.data.sample import Sample
from flm.errors import InputError

NAME = "drawn"
COUNTS = {"train": 200, "val": 40, "test": 60}
_SIDE = 192  # of a picture, pixels

# Left half of the mean face: x (right), y (down), z (towards the viewer), in half face widths from between the eyes.
_JAW = [(-1, -.25, -.75), (-.98, .02, -.7), (-.94, .28, -.65), (-.88, .53, -.55), (-.77, .76, -.35),
        (-.6, .95, -.1), (-.42, 1.1, .1), (-.22, 1.21, .25), (0, 1.25, .3)]  # fmt: skip
_BROW = [(-.82, -.53, .05), (-.68, -.64, .2), (-.51, -.66, .32), (-.34, -.63, .38), (-.18, -.56, .42)]  # fmt: skip
_BRIDGE = [(0, -0.36, 0.45), (0, -0.17, 0.58), (0, 0.02, 0.72), (0, 0.21, 0.85)]
_NOSTRILS = [(-0.21, 0.31, 0.5), (-0.11, 0.35, 0.58), (0, 0.38, 0.62)]
_EYE = [(-.62, -.34, .12), (-.51, -.41, .25), (-.37, -.41, .28), (-.26, -.32, .25), (-.38, -.28, .28),
        (-.51, -.28, .25)]  # fmt: skip
_UPPER_LIP = [(-.37, .66, .3), (-.23, .58, .42), (-.09, .54, .5), (0, .56, .52)]  # fmt: skip
_LOWER_LIP = [(0, 0.83, 0.48), (-0.1, 0.82, 0.46), (-0.24, 0.77, 0.4)]
_INNER_LIPS = [(-.31, .66, .32), (-.1, .63, .46), (0, .64, .48), (0, .71, .46), (-.1, .7, .44)]  # fmt: skip


def mean_shape() -> np.ndarray:
    """The 68 iBUG points of a mean face, (68, 3): x right, y down, z towards the viewer, mirror-symmetric."""
    mirror = np.array([-1, 1, 1])

    def both(left: list) -> list[np.ndarray]:
        """The points of a curve that ends on the middle line, from left to right."""
        points = [np.array(p) for p in left]
        return [*points, *(p * mirror for p in points[-2::-1])]

    brow, eye = np.array(_BROW), np.array(_EYE)
    corner, above, middle, below_middle, below = (np.array(p) for p in _INNER_LIPS)
    outer_below = [np.array(p) for p in _LOWER_LIP]
    return np.array(
        [
            *both(_JAW),
            *brow,
            *(brow * mirror)[::-1],
            *np.array(_BRIDGE),
            *both(_NOSTRILS),
            *eye,
            *(eye * mirror)[[3, 2, 1, 0, 5, 4]],
            *both(_UPPER_LIP),
            *(p * mirror for p in outer_below[:0:-1]),
            *outer_below,
            *(corner, above, middle, above * mirror, corner * mirror, below * mirror, below_middle, below),
        ]
    )


def read(_: Path, split: str) -> list[Sample]:
    """The drawn faces of `split`: train, val or test; drawn once, into the cache. Raises InputError for another one."""
    if split not in COUNTS:
        raise InputError(f"unknown split {split!r} of {NAME}: choose one of {', '.join(COUNTS)}")
    version = paths.digest([inspect.getsource(sys.modules[__name__])])
    home = paths.cache_dir() / f"{NAME}-{version}" / split
    if not home.is_dir():
        with paths.atomic_dir(home) as temporary:
            _write(split, temporary)
    return folder.read(home, "all")


def _write(split: str, home: Path) -> None:
    for number in range(COUNTS[split]):
        rng = np.random.default_rng((list(COUNTS).index(split), number))
        image, landmarks = draw_face(rng)
        cv2.imwrite(str(home / f"{number:06d}.png"), image[..., ::-1])
        write_pts(home / f"{number:06d}.pts", landmarks)


def draw_face(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A random face: picture (192, 192, 3) uint8 RGB and its landmarks (68, 2) float32."""
    head = np.concatenate([_deform(mean_shape(), rng), _outline()])
    points = _project(head, rng)
    landmarks, rim = points[:68], points[68:]
    canvas = _background(rng)
    _paint(canvas, landmarks, rim, rng)
    image = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.3, 1.2)).astype(np.float32)
    return np.clip(image + rng.normal(0, rng.uniform(1, 6), image.shape), 0, 255).astype(np.uint8), landmarks


def _outline() -> np.ndarray:
    """Forehead from the right temple over the top to the left one, then the hair around it: (2, 15, 3) flattened."""
    angle = np.linspace(0, np.pi, 15)
    arc = [np.stack([w * np.cos(angle), -0.25 - h * np.sin(angle), -0.75 + d * np.sin(angle)], 1)
           for w, h, d in ((1, 0.85, 0.8), (1.12, 1.05, 0.5))]  # fmt: skip
    return np.concatenate(arc)


def _deform(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another person with another expression."""
    shape = shape + rng.normal(0, 0.012, shape.shape)
    jaw, brows, nose, mouth = slice(0, 17), slice(17, 27), slice(31, 36), slice(48, 68)
    shape[jaw, 0] *= 1 + rng.normal(0, 0.06) * np.sin(np.linspace(0, np.pi, 17))
    shape[jaw, 1] *= 1 + rng.normal(0, 0.06)
    shape[brows, 1] += rng.normal(0, 0.05)
    shape[nose, 0] *= 1 + rng.normal(0, 0.15)
    for eye in (slice(36, 42), slice(42, 48)):
        middle = shape[eye].mean(0)
        shape[eye] = middle + (shape[eye] - middle) * [rng.normal(1, 0.08), rng.uniform(0.5, 1.5), 1]
    shape[mouth, 0] *= rng.normal(1, 0.12)
    shape[mouth, 1] -= rng.normal(0.3, 0.4) * shape[mouth, 0] ** 2  # corners up or down
    opening = max(0.0, rng.normal(0.05, 0.12))
    shape[[*range(55, 60), 65, 66, 67], 1] += opening
    shape[4:13, 1] += opening * np.sin(np.linspace(0, np.pi, 9))
    return shape


def _project(head: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Head (n, 3) turned and scaled into the picture: (n, 2) float32 pixels."""
    yaw, pitch, roll = np.deg2rad(rng.normal(0, (14, 8, 10)))
    about = [np.array(axis) * angle for axis, angle in (((0.0, 1, 0), yaw), ((1.0, 0, 0), pitch), ((0, 0, 1.0), roll))]
    turn = cv2.Rodrigues(about[2])[0] @ cv2.Rodrigues(about[1])[0] @ cv2.Rodrigues(about[0])[0]
    flat = (head @ turn.T)[:, :2] * rng.uniform(0.24, 0.32) * _SIDE
    return (flat + _SIDE * (np.array([0.5, 0.48]) + rng.uniform(-0.04, 0.04, 2))).astype(np.float32)


def _background(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.uniform(40, 220, 3) + rng.normal(0, 35, (4, 4, 3))
    return (
        cv2.resize(np.clip(coarse, 0, 255), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)
    )


def _paint(canvas: np.ndarray, landmarks: np.ndarray, rim: np.ndarray, rng: np.random.Generator) -> None:
    """Colour the face in, from back to front."""
    skin = np.array([255, 205, 170]) * np.array([1, 0.93, 0.86]) ** rng.uniform(0, 4) * rng.uniform(0.35, 1)
    hair = np.array([90, 60, 35]) * rng.uniform(0.2, 2.2) + rng.normal(0, 8, 3)
    lips = skin * [1, 0.68, 0.66]
    forehead, crown = rim[:15], rim[15:]
    below = landmarks[[4, 12]] + [0, 0.6 * _SIDE]
    _fill(canvas, np.concatenate([landmarks[[4, 12]], below[::-1]]), 0.8 * skin)  # neck
    _fill(canvas, np.concatenate([crown, landmarks[[2]], landmarks[[14]]]), hair)
    _fill(canvas, np.concatenate([landmarks[:17], forehead]), skin)
    fringe = 0.75 * forehead + 0.25 * landmarks[27]
    _fill(canvas, np.concatenate([forehead, fringe[::-1]]), hair)
    for brow in (range(17, 22), range(22, 27)):
        _stroke(canvas, landmarks[brow], 0.7 * hair, 3)
    for eye in (range(36, 42), range(42, 48)):
        _paint_eye(canvas, landmarks[eye], rng.uniform(30, 140, 3), 0.45 * skin)
    _stroke(canvas, landmarks[[27, 28, 29, 30]], 0.9 * skin, 2)
    _stroke(canvas, landmarks[31:36], 0.6 * skin, 2)
    _fill(canvas, landmarks[48:60], lips)
    _fill(canvas, landmarks[60:68], rng.choice([60, 225]) * np.array([1, 0.92, 0.9]))
    _stroke(canvas, landmarks[:17], 0.75 * skin, 1)


def _paint_eye(canvas: np.ndarray, lids: np.ndarray, iris: np.ndarray, line: np.ndarray) -> None:
    inside = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(inside, [_fixed(lids)], 255, cv2.LINE_AA, 4)
    eye = np.full_like(canvas, 240)
    centre, radius = _fixed(lids.mean(0)), float(np.ptp(lids[:, 0])) * 0.24
    cv2.circle(eye, (int(centre[0]), int(centre[1])), int(16 * radius), iris.tolist(), -1, cv2.LINE_AA, 4)
    cv2.circle(eye, (int(centre[0]), int(centre[1])), int(7 * radius), (15, 15, 15), -1, cv2.LINE_AA, 4)
    share = inside[..., None] / 255
    canvas[:] = (canvas * (1 - share) + eye * share).round()
    _stroke(canvas, lids[:4], line, 2)


def _fill(canvas: np.ndarray, polygon: np.ndarray, colour: np.ndarray) -> None:
    cv2.fillPoly(canvas, [_fixed(polygon)], np.clip(colour, 0, 255).tolist(), cv2.LINE_AA, 4)


def _stroke(canvas: np.ndarray, curve: np.ndarray, colour: np.ndarray, width: int) -> None:
    cv2.polylines(canvas, [_fixed(curve)], False, np.clip(colour, 0, 255).tolist(), width, cv2.LINE_AA, 4)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Pixels as OpenCV's fixed point with 4 fractional bits."""
    return (points * 16).round().astype(np.int32)
