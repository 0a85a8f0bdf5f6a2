"""FaceSynthetics: rendered faces, 512 x 512, with 70 landmarks and a segmentation (Wood et al. 2021), official layout.

NNNNNN.png, NNNNNN_ldmks.txt (rows `x y` from 0) and NNNNNN_seg.png lie in one folder; there is a folder of 100,
one of 1,000 and one of 100,000 faces. They have no official parts: train and val are ours.

The publisher does not say in which order the last two rows, the pupils, come. In all 100 faces of the smallest set
the first one lies in the eye of points 36-41 and the second in that of 42-47, which is the order of flm.markup.
So is the naming of sides: the class right_eye covers points 42-47, the eye on the right of the picture.
"""

from pathlib import Path

import numpy as np

from flm.data.image import read_image
from flm.data.pts import read_text_landmarks
from flm.data.sample import Sample, part
from flm.errors import InputError
from flm.markup import IBUG70

NAME = "face_synthetics"

CLASSES = (
    *("background", "skin", "nose", "right_eye", "left_eye", "right_brow", "left_brow", "right_ear", "left_ear"),
    *("mouth_interior", "top_lip", "bottom_lip", "neck", "hair", "beard", "clothing", "glasses", "headwear"),
    "facewear",
)
"""Name of each value in a segmentation."""
IGNORE = 255
"""Value of the pixels that belong to no class."""
_LABELS = "_ldmks.txt"


def count(root: Path, split: str) -> int:
    """Number of labelled faces under `root`."""
    return sum(1 for _ in root.glob(f"*{_LABELS}"))


def read(root: Path, split: str) -> list[Sample]:
    """Faces in the folder `root`, sorted by name; split: all, train or val.

    Raises InputError for another split, an empty folder, a broken label file, and a pupil outside its eye.
    """
    samples = [_read_face(labels) for labels in sorted(root.glob(f"*{_LABELS}"))]
    if not samples:
        raise InputError(f"{root}: no FaceSynthetics faces; expected NNNNNN{_LABELS} files (run `flm data status`)")
    return part(samples, split)


def _read_face(labels: Path) -> Sample:
    landmarks = read_text_landmarks(labels, IBUG70.n)
    _check_pupils(labels, landmarks)
    stem = labels.name.removesuffix(_LABELS)
    return Sample(labels.with_name(f"{stem}.png"), landmarks, IBUG70.name, stem, NAME, "all")


def _check_pupils(labels: Path, landmarks: np.ndarray) -> None:
    # In the smallest set a pupil is at most 0.32 eye widths from the middle of its own eye, closed eyes included.
    # In profile an eye has next to no width and lies over the other: the order of the pupils can no longer be told.
    eyes = [landmarks[list(eye)] for eye in IBUG70.eyes]
    centres = np.stack([eye.mean(0) for eye in eyes])  # (2, 2)
    size = max(*(np.ptp(eye, axis=0).max() for eye in eyes), np.ptp(landmarks, axis=0).max() / 10)
    own, other = (np.linalg.norm(landmarks[68:] - c, axis=1) for c in (centres, centres[::-1]))  # (2,) each
    if (own > size).any() or own.sum() > other.sum() + size / 4:
        raise InputError(
            f"{labels}: rows 69-70 are {landmarks[68:].tolist()}, expected the pupil of the eye around "
            f"{centres[0].tolist()}, then that of the eye around {centres[1].tolist()}; download the file again"
        )


def read_segmentation(sample: Sample) -> np.ndarray:
    """Class of each pixel, (h, w) uint8: a place in CLASSES, or IGNORE.

    Raises InputError for a missing or undecodable file and for a value that is no class.
    """
    path = sample.image.with_name(f"{sample.image.stem}_seg.png")
    segmentation = read_image(path)[..., 0]
    if unknown := set(np.unique(segmentation).tolist()) - {*range(len(CLASSES)), IGNORE}:
        raise InputError(f"{path}: found the values {sorted(unknown)}, expected 0-{len(CLASSES) - 1} or {IGNORE}")
    return segmentation
