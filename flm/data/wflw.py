"""WFLW: faces in the wild with 98 landmarks, a face box and six attributes (Wu et al. 2018), in its official layout.

WFLW_images/ holds the pictures, WFLW_annotations/list_98pt_rect_attr_train_test/ a text file for train and one for
test. A line is a face: 98 x y pairs, box left top right bottom, six 0/1 attributes, picture. A picture may show many.
"""

from pathlib import Path

import numpy as np

from flm.data.sample import Sample
from flm.errors import InputError

NAME = "wflw"
COUNTS = {
    "train": 7500,
    "test": 2500,
    "pose": 326,
    "expression": 314,
    "illumination": 698,
    "make-up": 206,
    "occlusion": 736,
    "blur": 773,
}
"""Official number of faces in each split; the last six are those faces of test that have the attribute."""
ATTRIBUTES = tuple(COUNTS)[2:]
"""Attributes in the order of the label files."""
_BOX, _ATTRIBUTES, _PICTURE = 196, 200, 206


def count(root: Path, split: str) -> int:
    """Number of faces of `split` listed under `root`. Raises InputError as `read` does."""
    return len(_rows(root, split))


def read(root: Path, split: str) -> list[Sample]:
    """Faces of `split` under the WFLW folder `root`, in the publisher's order.

    A name is list, line from 1 and picture: test/17/37--Soccer/37_Soccer_soccer_ball_37_45.jpg.
    Raises InputError for an unknown split, a missing label file and a broken line in it.
    """
    return [_read_face(root, split, line, row) for line, row in _rows(root, split)]


def _part(split: str) -> str:
    return "train" if split == "train" else "test"


def _labels(root: Path, split: str) -> Path:
    return root / f"WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_{_part(split)}.txt"


def _rows(root: Path, split: str) -> list[tuple[int, list[str]]]:
    """Line number from 1 and fields of each face of `split`."""
    if split not in COUNTS:
        raise InputError(f"unknown WFLW split {split!r}: choose one of {', '.join(COUNTS)}")
    labels = _labels(root, split)
    if not labels.exists():
        raise InputError(f"{labels}: no such file; expected the label list of WFLW (run `flm data status`)")
    try:
        lines = labels.read_text().splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{labels}: is not text; unpack it again") from None
    rows = []
    for line, text in enumerate(lines, start=1):
        row = text.split(maxsplit=_PICTURE)
        if len(row) != _PICTURE + 1:
            raise InputError(
                f"{labels}, line {line}: found {len(row)} fields, expected {_PICTURE + 1}; unpack it again"
            )
        if split not in ATTRIBUTES or row[_ATTRIBUTES + ATTRIBUTES.index(split)] == "1":
            rows.append((line, row))
    return rows


def _read_face(root: Path, split: str, line: int, row: list[str]) -> Sample:
    try:
        numbers = np.array(row[:_PICTURE], np.float32)
    except ValueError:
        raise InputError(
            f"{_labels(root, split)}, line {line}: found something that is no number; unpack it again"
        ) from None
    return Sample(
        root / "WFLW_images" / row[_PICTURE],
        numbers[:_BOX].reshape(98, 2),
        "wflw98",
        f"{_part(split)}/{line}/{row[_PICTURE]}",
        NAME,
        split,
        attributes=dict(zip(ATTRIBUTES, (numbers[_ATTRIBUTES:] == 1).tolist(), strict=True)),
    )
