"""Data sets that this machine makes when they are first asked for, into the cache.

stand-in: what takes the place of photographs where 300-W is not on disk. Other people, hair, light and backgrounds
than synthetic faces have, a worse camera, and labels with an annotator's errors; splits as 300-W has them.
synthetic-N: the first N faces of the generator, for training and validation, and a tenth as many more for tests;
no-hair-N and so on: those of its presets.
"""

import re
from pathlib import Path

from flm import paths
from flm.data import generated
from flm.data.sample import Sample
from flm.errors import InputError
from flm.synth.preset import PRESETS

STAND_IN = "stand-in"
COUNTS = {"train": 160, "val": 40, "test": 60}
_GENERATED = {"synthetic": "default"} | {name: name for name in PRESETS if name not in ("default", STAND_IN)}
_SYNTHETIC = re.compile(rf"({'|'.join(_GENERATED)})-([1-9]\d*)")
_SIZE = 160  # pixels a side: a face is then cut out at about 128


def is_made(name: str) -> bool:
    """Whether a data set of this name is made on this machine."""
    return name == STAND_IN or bool(_SYNTHETIC.fullmatch(name))


def read(name: str, split: str, dense: bool = False) -> list[Sample]:
    """Faces of a split of stand-in (train, val, test) or of synthetic-N or PRESET-N (all, train, val, test).

    dense: with 1,001 landmarks instead of 68.
    Raises InputError for another split.
    """
    if found := _SYNTHETIC.fullmatch(name):
        preset, count = _GENERATED[found[1]], int(found[2])
        if split == "test":
            unseen = max(1, count // 10)
            return generated.read(_folder(preset, count + unseen), "all", count + unseen, dense)[count:]
        return generated.read(_folder(preset, count), split, count, dense)
    if split not in COUNTS:
        raise InputError(f"unknown split {split!r} of {name}: choose one of {', '.join(COUNTS)}")
    samples = generated.read(_folder("stand-in", sum(COUNTS.values())), "all", dense=dense)
    start = sum(list(COUNTS.values())[: list(COUNTS).index(split)])
    return samples[start : start + COUNTS[split]]


def _folder(preset: str, count: int) -> Path:
    """The first `count` faces of a preset, made where they are missing."""
    # Rendering is only loaded where it is wanted.
    from flm.synth.dataset import generate_all
    from flm.synth.generator import Recipe

    recipe = Recipe(size=_SIZE, preset=preset)
    folder = paths.cache_dir() / f"{preset}-{paths.digest([str(recipe), str(PRESETS[preset])])}"
    if generated.count(folder) < count:
        folder.mkdir(parents=True, exist_ok=True)
        with paths.alone(folder.with_name(f"{folder.name}.lock")):  # of several notebooks, one makes the faces
            generate_all(folder, count, recipe)
    return folder
