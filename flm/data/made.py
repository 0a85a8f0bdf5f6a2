"""Data sets that this machine makes when they are first asked for, into the cache.

stand-in: what takes the place of photographs where 300-W is not on disk. Other people, hair, light and backgrounds
than synthetic faces have, a worse camera, and labels with an annotator's errors; splits as 300-W has them.
synthetic-N: the first N faces of the generator, for training and validation, and a tenth as many more for tests;
no-hair-N and so on: those of its presets.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flm import paths
from flm.data import generated
from flm.data.sample import Sample
from flm.errors import InputError
from flm.synth.preset import PRESETS

if TYPE_CHECKING:  # rendering is only loaded where it is wanted
    from flm.synth.dataset import Part
    from flm.synth.generator import Recipe

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
    found = _SYNTHETIC.fullmatch(name)
    known = ("all", "train", "val", "test") if found else tuple(COUNTS)
    if split not in known:  # before hours go into making faces
        raise InputError(f"unknown split {split!r} of {name}: choose one of {', '.join(known)}")
    if found:
        preset, count = _GENERATED[found[1]], int(found[2])
        if split == "test":
            unseen = _unseen(count)
            return generated.read(_folder(preset, count + unseen), "all", count + unseen, dense)[count:]
        return generated.read(_folder(preset, count), split, count, dense)
    samples = generated.read(_folder(STAND_IN, sum(COUNTS.values())), "all", dense=dense)
    start = sum(list(COUNTS.values())[: list(COUNTS).index(split)])
    return samples[start : start + COUNTS[split]]


def make(name: str, part: "Part") -> Path:
    """Make a part of a set, test faces and all, where it is missing; returns the set's folder.

    Raises InputError where another process is making that part.
    """
    from flm.synth.dataset import generate_all

    found = _SYNTHETIC.fullmatch(name)
    preset, count = (_GENERATED[found[1]], int(found[2])) if found else (STAND_IN, sum(COUNTS.values()))
    recipe, folder = _place(preset)
    generate_all(folder, count + _unseen(count) if found else count, recipe, part=part)
    return folder


def _unseen(count: int) -> int:
    return max(1, count // 10)


def _folder(preset: str, count: int) -> Path:
    """The first `count` faces of a preset, made where they are missing."""
    from flm.synth.dataset import generate_all

    recipe, folder = _place(preset)
    if generated.count(folder) < count:
        folder.mkdir(parents=True, exist_ok=True)
        with paths.alone(folder.with_name(f"{folder.name}.lock")):  # of several notebooks, one makes the faces
            generate_all(folder, count, recipe)
    return folder


def _place(preset: str) -> tuple["Recipe", Path]:
    from flm.synth.generator import Recipe

    recipe = Recipe(size=_SIZE, preset=preset)
    return recipe, paths.cache_dir() / f"{preset}-{paths.digest([str(recipe), str(PRESETS[preset])])}"
