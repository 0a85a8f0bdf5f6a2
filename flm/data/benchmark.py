"""What stands for reality on this machine: 300-W where it is, generated faces where it is not."""

from dataclasses import dataclass, replace

from flm.data import catalog, made


@dataclass(frozen=True)
class Benchmark:
    """Training, validation and test faces as SET/SPLIT, and `title`, what figures and tables call the test faces.

    challenging: harder test faces, or None where there are none on this machine.
    """

    title: str
    train: str
    val: str
    test: str
    challenging: str | None = None


_300W = Benchmark("300-W Common", "300w/train", "300w/val", "300w/common")
_STAND_IN = Benchmark("stand-in (generated faces)", *(f"{made.STAND_IN}/{split}" for split in made.COUNTS))


def benchmark() -> Benchmark:
    """300-W, or the stand-in where 300-W is not under FLM_DATA. Never mix their numbers: print the title with them."""
    faces = catalog.SETS["300w"]
    if not faces.root.is_dir():
        return _STAND_IN
    return replace(_300W, challenging="300w/challenging") if catalog.found(faces, "challenging") else _300W


def title(test: str) -> str:
    """What figures and tables call the test faces SET/SPLIT, whether they are on this machine or not."""
    return next((known.title for known in (_300W, _STAND_IN) if known.test == test), test)
