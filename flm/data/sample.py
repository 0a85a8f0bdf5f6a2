"""One labelled face: what every reader yields and everything else takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flm import markup
from flm.data.image import read_image
from flm.errors import InputError


@dataclass(frozen=True)
class Sample:
    """A face in a picture.

    image: picture file, or video file when `frame` is given (counted from 0).
    landmarks: (n, 2) float32, pixels, x right, y down, pixel centres at integers; NaN where unknown, see
        markup.BOTH and flm.data.unlabelled.
    box: (4,) float32 left, top, right, bottom in the same pixels; the landmarks' own bounds unless given.
    markup: name of the landmark set, see flm.markup.
    name: unique within its data set, the same on every machine.
    source, split: data set and part of it.
    visible: (n,) bool, or None where the set does not say.
    attributes: whatever else the set says of the face, for example {"pose": True}.
    """

    image: Path
    landmarks: np.ndarray
    markup: str
    name: str
    source: str
    split: str
    box: np.ndarray = None  # type: ignore[assignment]
    frame: int | None = None
    visible: np.ndarray | None = None
    attributes: dict = field(default_factory=dict)

    def __post_init__(self):
        n = markup.get(self.markup).n
        known = np.isfinite(self.landmarks)
        unlabelled = self.box is not None and not known.any()
        if self.landmarks.shape != (n, 2) or not (known.all() or unlabelled or self.markup in markup.BOTH):
            raise InputError(
                f"{self.image}: found landmarks of shape {self.landmarks.shape}, "
                f"expected {n} finite x y pairs for markup {self.markup}"
            )
        if self.box is None:
            object.__setattr__(self, "box", landmark_box(self.landmarks))
        if not (self.box[2:] > self.box[:2]).any():
            raise InputError(
                f"{self.image}: the box of face {self.name} is {self.box.tolist()}, expected one with an inside; "
                "mend or remove its labels"
            )

    def read(self) -> np.ndarray:
        """The picture, (h, w, 3) uint8 RGB. Raises InputError when it cannot be decoded."""
        return read_image(self.image, self.frame)


def landmark_box(landmarks: np.ndarray) -> np.ndarray:
    """Bounds of landmarks (n, 2) as (4,) float32 left, top, right, bottom."""
    return np.concatenate([landmarks.min(0), landmarks.max(0)]).astype(np.float32)


_HELD_OUT = 20  # every 20th face is for validation


def part(samples: Sequence[Sample], split: str) -> list[Sample]:
    """A split of a set that its makers did not divide: all, or train and val, which share no face.

    Raises InputError for another split.
    """
    if split not in ("all", "train", "val"):
        raise InputError(f"unknown split {split!r}: choose one of all, train, val")
    return [s for i, s in enumerate(samples) if split == "all" or (i % _HELD_OUT == 0) == (split == "val")]
