"""Your own faces: a folder of pictures, each with its 68 iBUG points in a text file of the same name beside it.

face.jpg goes with face.pts, which counts pixels from 1, or with face.csv, rows `x,y` that count from 0.
"""

from pathlib import Path

from flm.data.image import SUFFIXES
from flm.data.pts import read_pts, read_text_landmarks
from flm.data.sample import Sample
from flm.errors import InputError

SPLIT = "all"
_READERS = {".pts": read_pts, ".csv": read_text_landmarks}


def read(root: Path, split: str) -> list[Sample]:
    """Faces in the folder `root`, sorted by name; `split` must be "all".

    Raises InputError for another split, a folder without pictures, a picture without labels and a broken label file.
    """
    return [_read_face(picture) for picture in pictures(root, split)]


def pictures(root: Path, split: str) -> list[Path]:
    """The picture files in `root`, sorted by name. Raises InputError as `read` does, labels aside."""
    if split != SPLIT:
        raise InputError(f"unknown split {split!r} of the folder {root}: there is only {SPLIT!r}")
    found = sorted(path for path in root.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise InputError(f"{root}: no pictures; expected files ending in {', '.join(SUFFIXES)}")
    return found


def _read_face(picture: Path) -> Sample:
    for suffix, read_labels in _READERS.items():
        if (labels := picture.with_suffix(suffix)).exists():
            return Sample(picture, read_labels(labels, 68), "ibug68", picture.name, picture.parent.name, SPLIT)
    raise InputError(f"{picture}: no labels beside it; expected {picture.stem}.pts or {picture.stem}.csv")
