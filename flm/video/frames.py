"""Frames with their times, from a video file, a camera, a folder of pictures or a stream."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from flm.data import folder
from flm.data.image import read_image
from flm.errors import InputError

log = logging.getLogger(__name__)

FOLDER_RATE = 25.0  # pictures of a folder a second


@dataclass(frozen=True)
class Frame:
    """One picture of a video: image (h, w, 3) uint8 RGB, turned as it is meant to be seen; time in seconds."""

    number: int
    time: float
    image: np.ndarray


def frames(source: str) -> Iterator[Frame]:
    """The frames of a source, each when it is asked for, with times that only grow.

    source: a video file, the number of a camera, a folder of pictures (sorted by name, FOLDER_RATE a second), or the
    address of a stream. Files and streams have the times that they state, cameras those at which they are read.
    A file that is cut off, and a camera that goes away, end with a warning.
    Raises InputError where there is nothing to open, or not one frame in it.
    """
    if Path(source).is_dir():
        pictures = folder.pictures(Path(source), folder.SPLIT)
        yield from (Frame(i, i / FOLDER_RATE, read_image(path)) for i, path in enumerate(pictures))
        return
    is_camera = source.isdigit()
    if not is_camera and "://" not in source and not Path(source).is_file():
        raise InputError(f"{source}: no such file or folder, and neither a camera's number nor a stream's address")
    with _opened(int(source) if is_camera else source) as capture:
        if not capture.isOpened():
            what = "camera" if is_camera else "video that OpenCV can decode"
            raise InputError(f"{source}: no {what}")
        yield from _captured(capture, source, is_camera)


def rate(source: str) -> float:
    """Frames a second that a video file states; FOLDER_RATE where it states none, and for all other sources."""
    if not Path(source).is_file():
        return FOLDER_RATE
    with _opened(source) as capture:
        stated = capture.get(cv2.CAP_PROP_FPS)
        return round(stated, 2) if stated > 0 else FOLDER_RATE  # MPEG-4 has no finer fractions for fast films


@contextmanager
def _opened(source: str | int) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(source)
    try:
        yield capture
    finally:
        capture.release()


def _captured(capture: cv2.VideoCapture, source: str, is_camera: bool) -> Iterator[Frame]:
    stated_rate = capture.get(cv2.CAP_PROP_FPS)
    shortest = 0.5 / stated_rate if stated_rate > 0 else 1e-3
    number, last, start = 0, -np.inf, time.monotonic()
    while True:
        found, image = capture.read()
        if not found:
            break
        stated = time.monotonic() - start if is_camera else capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        last = max(stated, last + shortest)  # some files state the same time twice, or none
        yield Frame(number, last, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        number += 1
    expected = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    if not number:
        raise InputError(f"{source}: not one frame in it")
    if is_camera:
        log.warning("camera %s gave no more pictures after %d", source, number)
    elif number < 0.98 * expected:
        log.warning("%s: ends after %d of %d frames; it may be cut off", source, number, expected)
