"""Pictures from files, whatever their depth, channels or orientation."""

from pathlib import Path

import cv2
import numpy as np

from flm.errors import InputError

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what cannot be read, InputError says

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def read_image(path: Path, frame: int | None = None) -> np.ndarray:
    """Picture at `path`, or frame number `frame` (from 0) of a video, as (h, w, 3) uint8 RGB.

    Grey becomes three equal channels, alpha is dropped, 16 bits are scaled to 8, EXIF rotation is applied.
    Raises InputError for a missing, empty, cut-off or undecodable file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    return _decode(path) if frame is None else _read_frame(path, frame)


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture, (h, w, 3) uint8 RGB or (h, w) uint8, as a PNG. Raises OSError, for one when the disk is full."""
    # Encoded first and written by Python, because cv2.imwrite does not tell when the disk is full.
    colour = image if image.ndim == 2 else image[..., ::-1]
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(colour))[1].tobytes())


def _decode(path: Path) -> np.ndarray:
    raw = path.read_bytes()
    if _is_cut_off(raw):
        raise InputError(f"{path}: the picture is cut off after {len(raw)} bytes; copy or download it again")
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB) if raw else None
    except cv2.error:  # of more pixels than it takes
        image = None
    if image is None:
        raise InputError(
            f"{path}: {len(raw)} bytes that are no picture OpenCV can decode; expected JPEG, PNG, BMP, TIFF or WebP"
        )
    return image


def _is_cut_off(raw: bytes) -> bool:
    # OpenCV decodes the first part of a truncated file and fills the rest with grey: only the end marker tells.
    if raw.startswith(b"\xff\xd8"):
        return raw.find(b"\xff\xd9", _jpeg_scan(raw)) < 0
    if raw.startswith(b"\x89PNG"):
        return b"IEND" not in raw
    return False


def _jpeg_scan(raw: bytes) -> int:
    """Where the compressed pixels of a JPEG begin: behind its headers, one of which may hold a whole thumbnail."""
    place = 2
    while place + 4 < len(raw) and raw[place + 1] != 0xDA:
        filled = raw[place + 1] == 0xFF  # any number of these may come before a marker
        place += 1 if filled else 2 + int.from_bytes(raw[place + 2 : place + 4], "big")
    return place


def _read_frame(path: Path, frame: int) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    try:
        video.set(cv2.CAP_PROP_POS_FRAMES, frame)
        found, image = video.read()
    finally:
        video.release()
    if not found:
        raise InputError(f"{path}: no frame {frame}; the video is shorter, broken, or not a video")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
