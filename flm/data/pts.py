"""Landmark files: iBUG's `.pts` and plain `.csv`, with the conventions fixed at the door."""

import re
import warnings
from pathlib import Path

import numpy as np

from flm.errors import InputError
from flm.paths import atomic_path

_HEADER = re.compile(r"^\s*(version|n_points)\s*:|^\s*[{}]\s*$")


def read_pts(path: Path, n: int) -> np.ndarray:
    """Landmarks (n, 2) float32, 0-based, of a `.pts` file, which counts pixels from 1.

    The header may be missing, as in some copies of HELEN and AFW.
    Raises InputError unless the file holds exactly `n` finite pairs.
    Warns where a coordinate is exactly 0: a 1-based file has none inside the picture.
    """
    one_based = _read_pairs(path, n, [line for line in _lines(path) if not _HEADER.match(line)])
    if (one_based == 0).any():
        warnings.warn(
            f"{path}: has a coordinate 0, but .pts files count from 1; if this one counts from 0, "
            "add 1 to its coordinates or every error is off by up to 1.4 pixels",
            stacklevel=2,
        )
    return one_based - 1


def write_pts(path: Path, landmarks: np.ndarray) -> None:
    """Write 0-based landmarks (n, 2) as a 1-based `.pts` file."""
    pairs = "\n".join(f"{x:.3f} {y:.3f}" for x, y in landmarks + 1)
    with atomic_path(path) as temporary:
        temporary.write_text(f"version: 1\nn_points: {len(landmarks)}\n{{\n{pairs}\n}}\n")


def read_text_landmarks(path: Path, n: int) -> np.ndarray:
    """Landmarks (n, 2) float32 of a text file of 0-based `x y` or `x,y` rows; a row of column names may come first.

    Raises InputError unless the file holds exactly `n` finite pairs.
    """
    lines = _lines(path)
    if lines and re.search(r"[a-z]", lines[0].lower().replace("nan", "").replace("e", "")):
        lines = lines[1:]
    return _read_pairs(path, n, lines)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected the landmarks of the picture beside it") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; expected lines of two numbers") from None


def _read_pairs(path: Path, n: int, lines: list[str]) -> np.ndarray:
    rows = [re.split(r"[,;\s]+", line.strip()) for line in lines]
    for row in rows:
        if len(row) != 2:
            raise InputError(f"{path}: found the line {' '.join(row)!r}, expected two numbers, x and y")
    if len(rows) != n:
        raise InputError(f"{path}: found {len(rows)} points, expected {n}; mend or remove the file")
    try:
        landmarks = np.array(rows, np.float32)
    except ValueError:
        raise InputError(f"{path}: found something that is no number, expected {n} lines `x y`") from None
    if not np.isfinite(landmarks).all():
        bad = int(np.flatnonzero(~np.isfinite(landmarks).all(1))[0])
        raise InputError(f"{path}: point {bad} is {rows[bad]}, expected finite numbers; mend or remove the file")
    return landmarks
