"""Where things lie on disk, and how they get there whole."""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = Path(__file__).resolve().parent / "weights"
"""The run that comes with the package, see notebooks/ship_model.py."""
SHIPPED_FILE = SHIPPED / "landmarks.onnx"
"""Its network, as `flm export` writes it: quicker to start and three times faster on a CPU."""

JSON = "[!.]*.json"
"""Glob of finished files: those of `atomic_path` begin with a dot while somebody is writing them."""


def _from_environment(variable: str, default: str) -> Path:
    # Notebooks, tests and the shell have different working directories, so relative paths hang on the root.
    return (ROOT / os.environ.get(variable, default)).resolve()


def data_dir() -> Path:
    """Folder of the real data sets: `FLM_DATA`, or `data/`; a relative path counts from the project's root."""
    return _from_environment("FLM_DATA", "data")


def cache_dir() -> Path:
    """Folder of what can be made again: `FLM_CACHE`, or `cache/`."""
    return _from_environment("FLM_CACHE", "cache")


def runs_dir() -> Path:
    """Folder of training runs: `FLM_RUNS`, or `runs/`."""
    return _from_environment("FLM_RUNS", "runs")


def digest(parts: Iterable[bytes | str], length: int = 10) -> str:
    """First `length` hex digits of the SHA-256 of `parts`; ("ab", "c") and ("a", "bc") differ."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        sha.update(len(raw).to_bytes(8, "little") + raw)
    return sha.hexdigest()[:length]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary file name beside `path`; rename it to `path` only if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time through, by a lock file; one that must wait says so."""
    waiting = FileLock(lock)
    try:
        held = waiting.acquire(timeout=0)
    except Timeout:
        print(f"flm: {lock}: another process is at work there; waiting for it", file=sys.stderr, flush=True)
        held = waiting.acquire()
    with held:
        yield


def write_json(path: Path, values, indent: int | None = None) -> None:
    """Write values to a JSON file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(values, indent=indent) + "\n")


@contextmanager
def atomic_dir(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; rename it to `path` only if the block succeeds.

    When another process finished the same folder meanwhile, its copy stays and ours is dropped.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        try:
            temporary.rename(path)
        except OSError:
            if not path.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def results_dir(folder: str) -> Path:
    """Where runs write the numbers that notebooks and the report cite, report/results/FOLDER."""
    return ROOT / "report" / "results" / folder
