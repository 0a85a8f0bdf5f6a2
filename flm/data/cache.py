"""The pixel cache: every face decoded and cropped once, then read from a memory-mapped array.

Each face is kept with room around it, so that augmentation can turn and shift the crop without decoding again.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from flm import paths
from flm.data import crop
from flm.data.sample import Sample, landmark_box
from flm.errors import InputError

cv2.setNumThreads(0)  # One picture is too small to share out; the pool below and the loaders run in parallel.

ROOM, FINER = 1.6, 2
"""Cached square over crop: in what it shows, and in pixels a side (so 1.25 cached pixels to each one of the crop)."""
_FORMAT = "3"
_TAIL = 4096
_UNCOMPRESSED = {".bmp", ".tif", ".tiff"}  # two of these may well have as many bytes, and the same last ones
_CHUNK = 256


@dataclass(frozen=True)
class PixelCache:
    """Faces ready for training.

    pixels: (count, side, side, 3) uint8 RGB, memory-mapped.
    landmarks: (count, n, 2) float32 in the pixels of those squares.
    boxes: (count, 4) float32 face boxes in the same pixels.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    boxes: np.ndarray

    def relabelled(self, landmarks: np.ndarray) -> "PixelCache":
        """The same pictures with other landmarks (count, n, 2), whose bounds are the new boxes."""
        return replace(self, landmarks=landmarks, boxes=np.stack([landmark_box(one) for one in landmarks]))


def fingerprint(samples: Sequence[Sample]) -> str:
    """Digest of the samples' names, labels, boxes and pictures, the same on every machine.

    Of a picture it takes the length and the last 4 kB: a JPEG or PNG with other pixels differs in one of them,
    and hashing every byte of 100,000 pictures would take minutes at each start.
    """
    return paths.digest(part for sample in samples for part in _identity(sample))


def _identity(sample: Sample) -> list[bytes | str]:
    pixels = picture_identity(sample.image, sample.frame)
    return [sample.name, *pixels, sample.landmarks.tobytes(), sample.box.tobytes()]


def shown(samples: Sequence[Sample]) -> Iterator[bytes | str]:
    """What decides the samples' crops, for a digest: pictures and boxes, whatever the labels are."""
    for sample in samples:
        yield from picture_identity(sample.image, sample.frame)
        yield sample.box.tobytes()


def picture_identity(image: Path, frame: int | None) -> list[bytes | str]:
    """What tells a picture from others, wherever it lies. Raises InputError where it is missing."""
    try:
        with image.open("rb") as file:
            length = file.seek(0, 2)
            whole = image.suffix.lower() in _UNCOMPRESSED
            file.seek(0 if whole else max(0, length - _TAIL))
            return [str(frame), str(length), file.read()]
    except OSError as error:
        raise InputError(f"{image}: {error.strerror}; expected the picture of a labelled face") from None


def build(samples: Sequence[Sample], size: int, scale: float = crop.SCALE) -> PixelCache:
    """What crops of `size` pixels, `scale` x the face box wide, can be cut from.

    Pixels are made if they are not there yet, and shared by all landmark sets of the same faces. The cached squares are
    ROOM x as wide as those crops, and finer, since cutting from them interpolates again.

    A file appears whole or not at all, and two processes may make the same one at once.
    Raises InputError for a picture that cannot be decoded.
    """
    matrices = [square_matrix(sample, size, scale) for sample in samples]
    corners = [crop.transform(m, s.box.reshape(2, 2)).ravel() for m, s in zip(matrices, samples, strict=True)]
    landmarks = [crop.transform(m, s.landmarks) for m, s in zip(matrices, samples, strict=True)]
    return PixelCache(_pixels(samples, size, scale), np.stack(landmarks), np.stack(corners))


def _pixels(samples: Sequence[Sample], size: int, scale: float) -> np.ndarray:
    path = paths.cache_dir() / f"pixels-{paths.digest([_FORMAT, str(size), str(scale), *shown(samples)])}.npy"
    if not path.exists():
        with paths.atomic_path(path) as temporary:
            _write(samples, size, scale, temporary)
    return np.load(path, mmap_mode="r")


def _write(samples: Sequence[Sample], size: int, scale: float, path: Path) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(samples), FINER * size, FINER * size, 3)}
    with path.open("wb") as file, ThreadPoolExecutor() as pool:
        np.lib.format.write_array_header_2_0(file, header)
        # Written in order through the file, not through a memory map: a full disk is then an error, not a crash.
        for start in tqdm(range(0, len(samples), _CHUNK), "cropping", unit=f"x{_CHUNK} faces", disable=None):
            part = slice(start, start + _CHUNK)
            file.writelines(pool.map(lambda sample: square(sample, size, scale).tobytes(), samples[part]))


def square(sample: Sample, size: int, scale: float) -> np.ndarray:
    """What the cache keeps of a face, (FINER * size, FINER * size, 3) uint8."""
    return crop.cut(sample.read(), square_matrix(sample, size, scale), FINER * size)


def square_matrix(sample: Sample, size: int, scale: float) -> np.ndarray:
    """From the picture of a sample to its cached square, (2, 3)."""
    return crop.crop_matrix(sample.box, FINER * size, ROOM * scale)
