"""Data sets of generated faces on disk: FaceSynthetics' own layout, and one file of dense labels a shard."""

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from flm import memory, paths
from flm.data import generated
from flm.data.image import write_image
from flm.errors import InputError
from flm.synth import backend
from flm.synth.generator import Example, Generator, Recipe, check

SHARD = 50  # pictures


@dataclass(frozen=True)
class Part:
    """What one of several machines makes of a data set: every `of`-th shard, beginning with number `number`, from 1.

    Raises InputError for a part that there is not.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self):
        if not 1 <= self.number <= self.of:
            raise InputError(f"part {self.number}/{self.of}: expected 1/{self.of} to {self.of}/{self.of}")

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Of "3/20". Raises InputError for anything else."""
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal()):
            raise InputError(f"part {text!r}: expected two numbers such as 3/20, the third of twenty")
        return cls(int(number), int(of))

    def shards(self, count: int) -> list[range]:
        """Its shards of `count` pictures."""
        starts = range((self.number - 1) * SHARD, count, self.of * SHARD)
        return [range(start, min(start + SHARD, count)) for start in starts]

    @property
    def name(self) -> str:
        """For files that only who makes it uses."""
        return f"{self.number}-of-{self.of}"


WHOLE = Part()


def generate(folder: Path, count: int, recipe: Recipe, workers: int, part: Part = WHOLE) -> Iterator[int]:
    """Write a part of pictures 0 to count - 1, or what is missing of it; yields how many are there, as they come.

    A shard's label file is written last, and says that all of it is there. Any number of processes may be killed, and
    different parts may be made at once.
    Raises InputError for an unknown preset, and when the folder holds something else, or a data set of another recipe.
    """
    check(recipe, count)
    _claim(folder, recipe)
    try:
        with FileLock(folder / f".lock-{part.name}", timeout=0):
            for unfinished in folder.glob(f"{_unfinished(part)}*"):
                shutil.rmtree(unfinished)
            yield from _generate(folder, count, recipe, workers, part)
    except Timeout:
        raise InputError(f"{folder}: another process is generating into it; wait for it, or choose another") from None


def generate_all(folder: Path, count: int, recipe: Recipe, workers: int | None = None, part: Part = WHOLE) -> None:
    """As `generate`, with a progress bar on terminals; workers: processes, None for one a core.

    Raises InputError also for less than one worker.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers}: expected at least 1")
    progress = generate(folder, count, recipe, workers or os.cpu_count() or 1, part)
    total = sum(map(len, part.shards(count)))
    with tqdm(initial=next(progress), total=total, unit=" faces", smoothing=0.05, disable=None) as bar:
        for done in progress:
            bar.update(done - bar.n)


def _unfinished(part: Part) -> str:
    return f".shard-{part.name}-"


def _generate(folder: Path, count: int, recipe: Recipe, workers: int, part: Part) -> Iterator[int]:
    shards = part.shards(count)
    missing = [shard for shard in shards if not _is_whole(folder, shard)]
    done = sum(map(len, shards)) - sum(map(len, missing))
    yield done
    tasks = [(folder, shard, recipe, part) for shard in missing]
    for written in _in_processes(tasks, workers) if min(workers, len(tasks)) > 1 else map(_write_shard, tasks):
        done += written
        yield done


def _in_processes(tasks: list, workers: int) -> Iterator[int]:
    """As map(_write_shard, tasks), in order of completion."""
    # Each process keeps its own renderer; forked ones would share its threads and hang.
    context = multiprocessing.get_context("spawn")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read as numpy is loaded: its threads would wait in loops
    pool = ProcessPoolExecutor(workers, context, _start_worker, (max(1, (os.cpu_count() or 1) // workers),))
    try:
        for future in as_completed([pool.submit(_write_shard, task) for task in tasks]):
            yield future.result()
        pool.shutdown()  # wait: only of processes that have ended can one ask how much memory they took
    except BrokenProcessPool:
        raise InputError(
            "a worker process died, perhaps for want of memory; finished pictures are kept: "
            "run the same command again, with fewer --workers"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(threads: int) -> None:
    """Set up a worker process: its share of the cores, and an end as soon as Ctrl-C comes or its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    memory.keep_freed_memory()
    backend.use_threads(threads)


def _end_with(parent: BaseProcess | None) -> None:
    if parent:
        parent.join()
        os._exit(1)


def _claim(folder: Path, recipe: Recipe) -> None:
    """Mark a folder as holding a data set of this recipe."""
    path = folder / generated.DESCRIPTION
    if not path.exists():
        # Asked twice, since whoever makes another part may be marking it too.
        if folder.exists() and any(file.name[0] != "." for file in folder.iterdir()) and not path.exists():
            raise InputError(f"{folder}: holds something else; choose an empty folder")
        paths.write_json(path, asdict(recipe))
    try:
        found = json.loads(path.read_text())
    except ValueError:
        raise InputError(f"{path}: not a data set's description; remove the folder or choose another") from None
    if found != asdict(recipe):
        raise InputError(f"{path}: found {found}, expected {asdict(recipe)}; choose another folder")


def _label_file(folder: Path, shard: range) -> Path:
    return folder / f"labels_{shard.start:06d}.npz"


def _is_whole(folder: Path, shard: range) -> bool:
    path = _label_file(folder, shard)
    return path.exists() and generated.faces_in(path) >= len(shard)


_generators: dict[Recipe, Generator] = {}


def _write_shard(task: tuple[Path, range, Recipe, Part]) -> int:
    folder, shard, recipe, part = task
    if recipe not in _generators:
        _generators[recipe] = Generator(recipe)
    examples = []
    with TemporaryDirectory(dir=folder, prefix=_unfinished(part)) as temporary:
        for index in shard:
            example = _generators[recipe].example(index)
            _write_example(Path(temporary) / f"{index:06d}", example)
            examples.append(example)
        for path in Path(temporary).iterdir():
            path.replace(folder / path.name)
    with paths.atomic_path(_label_file(folder, shard)) as label_file:
        np.savez(label_file, allow_pickle=False, **_labels(examples))
    return len(shard)


def _write_example(stem: Path, example: Example) -> None:
    write_image(stem.with_name(f"{stem.name}.png"), example.image)
    write_image(stem.with_name(f"{stem.name}_seg.png"), example.classes)
    points = np.concatenate([example.dense[:68], example.pupils])
    Path(f"{stem}_ldmks.txt").write_text("".join(f"{x:.4f} {y:.4f}\n" for x, y in points))


def _labels(examples: list[Example]) -> dict[str, np.ndarray]:
    def stacked(name: str) -> np.ndarray:
        values = np.stack([getattr(example, name) for example in examples])
        return values.astype(np.float32) if values.dtype == np.float64 else values

    facts = [
        {
            "stance": asdict(e.stance),
            "camera": asdict(e.camera),
            "expression": {"name": e.face.expression.name, "gaze": e.face.expression.gaze},
            "identity": {k: v for k, v in asdict(e.face.identity).items() if k != "shape"},
            "skin": {"melanin": e.face.melanin},
        }
        for e in examples
    ]
    return {name: stacked(name) for name in ("landmarks", "dense", "pupils", "visible")} | {
        "facts": np.array([json.dumps(one) for one in facts])
    }
