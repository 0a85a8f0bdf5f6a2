"""The pixel cache: every face decoded and cropped once, then read from a memory-mapped array.

Each face is kept with room around it, so that augmentation can turn and shift the crop without decoding again.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from flm import paths
from flm.data import crop
from flm.data.sample import Sample

cv2.setNumThreads(0)  # One picture is too small to share out; the pool below and the loaders run in parallel.

MARGIN = 2.0
"""Side of a cached square over the longer side of its face box."""
_FORMAT = "1"
_TAIL = 4096
_CHUNK = 256


@dataclass(frozen=True)
class PixelCache:
    """Faces ready for training.

    pixels: (count, size, size, 3) uint8 RGB, memory-mapped.
    landmarks: (count, n, 2) float32 in the pixels of those squares.
    boxes: (count, 4) float32 face boxes in the same pixels.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    boxes: np.ndarray


def fingerprint(samples: Sequence[Sample]) -> str:
    """Digest of the samples' names, labels, boxes and pictures, the same on every machine.

    Of a picture it takes the length and the last 4 kB: a JPEG or PNG with other pixels differs in one of them,
    and hashing every byte of 100,000 pictures would take minutes at each start.
    """
    return paths.digest(part for sample in samples for part in _identity(sample))


def _identity(sample: Sample) -> list[bytes | str]:
    with sample.image.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - _TAIL))
        tail = file.read()
    return [
        sample.name,
        str(sample.frame),
        str(length),
        tail,
        sample.landmarks.tobytes(),
        sample.box.tobytes(),
    ]


def build(samples: Sequence[Sample], size: int) -> PixelCache:
    """The cache of `samples` with squares of `size` pixels, made if it is not there yet.

    It appears whole or not at all, and two processes may make the same one at once.
    Raises InputError for a picture that cannot be decoded.
    """
    folder = paths.cache_dir() / f"pixels-{paths.digest([_FORMAT, fingerprint(samples), str(size), str(MARGIN)])}"
    if not folder.is_dir():
        with paths.atomic_dir(folder) as temporary:
            _write(samples, size, temporary)
    return PixelCache(
        np.load(folder / "pixels.npy", mmap_mode="r"),
        np.load(folder / "landmarks.npy"),
        np.load(folder / "boxes.npy"),
    )


def _write(samples: Sequence[Sample], size: int, folder: Path) -> None:
    matrices = [crop.crop_matrix(sample.box, size, MARGIN) for sample in samples]
    corners = [crop.transform(m, s.box.reshape(2, 2)).ravel() for m, s in zip(matrices, samples, strict=True)]
    landmarks = [crop.transform(m, s.landmarks) for m, s in zip(matrices, samples, strict=True)]
    np.save(folder / "boxes.npy", np.stack(corners))
    np.save(folder / "landmarks.npy", np.stack(landmarks))
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(samples), size, size, 3)}
    with (folder / "pixels.npy").open("wb") as file, ThreadPoolExecutor() as pool:
        np.lib.format.write_array_header_2_0(file, header)
        # Written in order through the file, not through a memory map: a full disk is then an error, not a crash.
        for start in tqdm(range(0, len(samples), _CHUNK), "cropping", unit=f"x{_CHUNK} faces", disable=None):
            part = slice(start, start + _CHUNK)
            file.writelines(pool.map(lambda sample: square(sample, size).tobytes(), samples[part]))


def square(sample: Sample, size: int) -> np.ndarray:
    """What the cache keeps of a face: (size, size, 3) uint8, MARGIN x its box wide."""
    return crop.cut(sample.read(), crop.crop_matrix(sample.box, size, MARGIN), size)
