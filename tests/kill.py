"""Kill what works at random moments, again and again, and see that it ends as if nothing had happened.

    python tests/kill.py 50            kills, shared among making faces, cutting crops and training, and a notebook

Whatever can be seen after a kill must be whole, and what the last, unbroken attempt leaves must be what an attempt
leaves that nobody disturbed.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from flm import paths
from flm.data.image import read_image

READ = {".png": read_image, ".npz": np.load, ".npy": np.load, ".safetensors": load_file, ".json": json.loads}
VARIES = {"minutes", "machine", "median_ms", "p95_ms"}
FLM = [sys.executable, "-m", "flm.cli"]


@dataclass(frozen=True)
class Job:
    """A command that works in a folder of its own, where it leaves the files of `left`."""

    command: list[str]
    left: str


JOBS = {
    "faces": Job([*FLM, "synth", "--count", "150", "--size", "48", "--samples", "2", "--out", "faces"], "faces/[!.]*"),
    "training": Job(
        [*FLM, "train", "--train", "given/all", "--val", "given/all", "--backbone", "resnet10t", "--size", "64"]
        + ["--images-per-epoch", "64", "--epochs", "4", "--precision", "32-true"],
        "runs/*/[!.]*.[sj]*",
    ),
    "notebook": Job(
        [sys.executable, str(paths.ROOT / "notebooks/run.py"), "--profile", "smoke", "00"], "runs/*/[!.]*.[sj]*"
    ),
}


def attempt(job: Job, folder: Path, limit: float | None = None) -> bool:
    """Whether the job ended by itself; it and all that it started are killed after `limit` seconds."""
    places = {"FLM_DATA": folder.parent, "FLM_RUNS": folder / "runs", "FLM_CACHE": folder / "cache"}
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            job.command,
            cwd=folder,
            env=os.environ | {name: str(path) for name, path in places.items()},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
    assert code == 0, (folder / "log").read_text()[-2000:]
    return True


def seen(job: Job, folder: Path) -> dict[str, object]:
    """Everything the job has left so far, read. Fails on a file that is not whole."""
    return {str(path.relative_to(folder)): content(path) for path in sorted(folder.glob(job.left)) if path.is_file()}


def content(path: Path):
    """Of a file, without what differs from run to run."""
    if path.suffix == ".json":
        return constant(json.loads(path.read_text()))
    if path.suffix in READ:
        READ[path.suffix](path)
    return path.read_bytes()


def constant(values):
    if isinstance(values, dict):
        return {key: constant(value) for key, value in values.items() if key not in VARIES}
    return [constant(value) for value in values] if isinstance(values, list) else values


def disturb(name: str, times: int, home: Path) -> None:
    """Kill a job so many times, over as many attempts from nothing as that takes."""
    job, undisturbed = JOBS[name], home / "undisturbed"
    undisturbed.mkdir()
    start = time.time()
    attempt(job, undisturbed)
    usual, expected, kills = time.time() - start, seen(job, undisturbed), 0
    assert expected, f"{name}: nothing was left to compare"
    while kills < times:
        folder = home / "disturbed"
        folder.mkdir()
        while kills < times and not attempt(job, folder, random.uniform(0, usual)):
            kills += 1
            whole = seen(job, folder)
            print(f"{name}: killed {kills} times, {len(whole)} of {len(expected)} files there", flush=True)
        attempt(job, folder)
        assert seen(job, folder) == expected, f"{name}: another result after {kills} kills"
        shutil.rmtree(folder)


def main() -> None:
    times = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        given = [*FLM, "synth", "--count", "60", "--size", "64", "--out", str(home / "given")]
        subprocess.run(given, check=True, stdout=subprocess.DEVNULL)
        for place, name in enumerate(JOBS):
            (home / name).mkdir()
            (home / name / "given").symlink_to(home / "given")
            disturb(name, (times + place) // len(JOBS), home / name)
    print(f"{times} kills, nothing lost")


if __name__ == "__main__":
    main()
