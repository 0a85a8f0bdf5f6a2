"""Faces that `flm synth` made: FaceSynthetics' layout, with a file of dense labels for each shard.

The 68 landmarks have the jawline as people draw it, the visible contour; the true one, behind the cheek on a turned
head, is in the text files, as in FaceSynthetics, and among the dense landmarks.
"""

import json
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from flm.data.sample import Sample, landmark_box, part
from flm.errors import InputError

DESCRIPTION = "dataset.json"


def count(root: Path) -> int:
    """How many faces lie in the finished shards of the folder `root`, from the first on without a gap."""
    found = 0
    for path in _shards(root):
        if _first(path) > found:
            break
        found = _first(path) + faces_in(path)
    return found


def _shards(root: Path) -> list[Path]:
    return sorted(root.glob("labels_*.npz"), key=_first)  # by number: from a million on, names have more digits


def _first(label_file: Path) -> int:
    return int(label_file.stem.removeprefix("labels_"))


def faces_in(label_file: Path) -> int:
    """How many faces a shard's label file describes. Raises InputError for a broken one."""
    return len(_labels(label_file, "facts")["facts"])


def read(root: Path, split: str, count: int | None = None, dense: bool = False) -> list[Sample]:
    """The first `count` faces (None: all) in the folder `root`; split: all, train or val.

    dense: with 1,001 landmarks instead of 68; the box is that of the 68 all the same, as photographs have it.
    Raises InputError for another split, an empty folder and a broken label file.
    """
    files = _shards(root)
    if not files:
        raise InputError(f"{root}: no finished shard of generated faces; run `flm synth --out {root}`")
    samples = (sample for path in files for sample in _read_shard(path, split, dense))
    return part(list(islice(samples, count)), split)


def _read_shard(path: Path, split: str, dense: bool) -> list[Sample]:
    labels = _labels(path, "landmarks", "dense", "visible", "facts")
    markup = "dense1001" if dense else "ibug68"
    landmarks = labels["dense" if dense else "landmarks"]
    boxes = [landmark_box(points) for points in labels["landmarks"]]
    facts = [json.loads(text) for text in labels["facts"]]
    first = _first(path)
    return [
        Sample(
            path.with_name(f"{first + i:06d}.png"),
            landmarks[i],
            markup,
            f"{first + i:06d}",
            path.parent.name,
            split,
            boxes[i],
            visible=labels["visible"][i] if dense else None,
            attributes=facts[i],
        )
        for i in range(len(landmarks))
    ]


def _labels(path: Path, *names: str) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as labels:
            return {name: labels[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(f"{path}: not a shard's labels ({error}); remove it and run `flm synth` again") from None
