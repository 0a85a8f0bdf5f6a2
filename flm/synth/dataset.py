"""Data sets of generated faces on disk: FaceSynthetics' own layout, and one file of dense labels a shard."""

import json
import multiprocessing
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from filelock import FileLock, Timeout

from flm import paths
from flm.data.generated import DESCRIPTION
from flm.errors import InputError
from flm.synth.generator import VERSION, Example, Generator

SHARD = 50  # pictures
_UNFINISHED = ".shard-"


@dataclass(frozen=True)
class Recipe:
    """All that decides a data set but its length."""

    seed: int = 0
    size: int = 256
    samples: int = 16
    version: int = VERSION


def generate(folder: Path, count: int, recipe: Recipe, workers: int) -> Iterator[int]:
    """Write pictures 0 to count - 1, or what is missing of them; yields how many are there, as they come.

    A shard's label file is written last, and says that all of it is there. Any number of processes may be killed.
    Raises InputError when the folder holds something else, or a data set of another recipe.
    """
    if count < 1 or recipe.size < 32:
        raise InputError(f"count {count} and size {recipe.size}: expected at least 1 picture of 32 pixels")
    _claim(folder, recipe)
    try:
        with FileLock(folder / ".lock", timeout=0):
            for unfinished in folder.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(unfinished)
            yield from _generate(folder, count, recipe, workers)
    except Timeout:
        raise InputError(f"{folder}: another process is generating into it; wait for it, or choose another") from None


def _generate(folder: Path, count: int, recipe: Recipe, workers: int) -> Iterator[int]:
    shards = [range(start, min(start + SHARD, count)) for start in range(0, count, SHARD)]
    missing = [shard for shard in shards if not _is_whole(folder, shard)]
    done = count - sum(map(len, missing))
    yield done
    tasks = [(folder, shard, recipe) for shard in missing]
    if workers == 1 or len(tasks) <= 1:
        for written in map(_write_shard, tasks):
            done += written
            yield done
        return
    # Each process keeps its own renderer; forked ones would share its threads and hang.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for written in pool.imap_unordered(_write_shard, tasks):
            done += written
            yield done


def _claim(folder: Path, recipe: Recipe) -> None:
    """Mark a folder as holding a data set of this recipe."""
    path = folder / DESCRIPTION
    if path.exists():
        try:
            found = json.loads(path.read_text())
        except ValueError:
            raise InputError(f"{path}: not a data set's description; remove the folder or choose another") from None
        if found != asdict(recipe):
            raise InputError(f"{path}: found {found}, expected {asdict(recipe)}; choose another folder")
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: holds something else; choose an empty folder")
    else:
        with paths.atomic_path(path) as temporary:
            temporary.write_text(json.dumps(asdict(recipe)) + "\n")


def _label_file(folder: Path, shard: range) -> Path:
    return folder / f"labels_{shard.start:06d}.npz"


def _is_whole(folder: Path, shard: range) -> bool:
    path = _label_file(folder, shard)
    if not path.exists():
        return False
    with np.load(path) as labels:
        return len(labels["dense"]) >= len(shard)


_generators: dict[Recipe, Generator] = {}


def _write_shard(task: tuple[Path, range, Recipe]) -> int:
    folder, shard, recipe = task
    if recipe not in _generators:
        _generators[recipe] = Generator(recipe.size, recipe.seed, recipe.samples)
    examples = []
    temporary = folder / f"{_UNFINISHED}{shard.start:06d}"
    temporary.mkdir()
    for index in shard:
        example = _generators[recipe].example(index)
        _write_example(temporary / f"{index:06d}", example)
        examples.append(example)
    for path in temporary.iterdir():
        path.replace(folder / path.name)
    temporary.rmdir()
    with paths.atomic_path(_label_file(folder, shard)) as temporary:
        np.savez(temporary, allow_pickle=False, **_labels(examples))
    return len(shard)


def _write_example(stem: Path, example: Example) -> None:
    cv2.imwrite(f"{stem}.png", example.image[..., ::-1])
    cv2.imwrite(f"{stem}_seg.png", example.classes)
    points = np.concatenate([example.dense[:68], example.pupils])
    Path(f"{stem}_ldmks.txt").write_text("".join(f"{x:.4f} {y:.4f}\n" for x, y in points))


def _labels(examples: list[Example]) -> dict[str, np.ndarray]:
    def stacked(name: str) -> np.ndarray:
        values = np.stack([getattr(example, name) for example in examples])
        return values.astype(np.float32) if values.dtype == np.float64 else values

    facts = [
        {
            "stance": asdict(e.stance),
            "expression": {"name": e.face.expression.name, "gaze": e.face.expression.gaze},
            "identity": {k: v for k, v in asdict(e.face.identity).items() if k != "shape"},
        }
        for e in examples
    ]
    return {name: stacked(name) for name in ("dense", "contour", "pupils", "visible")} | {
        "facts": np.array([json.dumps(one) for one in facts])
    }
