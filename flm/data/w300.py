"""300-W: faces in the wild with the 68 iBUG points (Sagonas et al. 2013), in its official folder layout.

afw/, helen/trainset/, lfpw/trainset/ are the 3,148 training faces; helen/testset/ and lfpw/testset/ the common,
ibug/ the challenging and both together the full test set; 300W/01_Indoor and 300W/02_Outdoor the private one.
"""

from importlib import resources
from pathlib import Path

from flm.data.pts import read_pts
from flm.data.sample import Sample
from flm.errors import InputError

NAME = "300w"
_TRAIN = ("afw", "helen/trainset", "lfpw/trainset")
_COMMON = ("helen/testset", "lfpw/testset")
_FOLDERS = {
    "official-train": _TRAIN,
    "train": _TRAIN,
    "val": _TRAIN,
    "common": _COMMON,
    "challenging": ("ibug",),
    "full": (*_COMMON, "ibug"),
    "private": ("300W/01_Indoor", "300W/02_Outdoor"),
}
COUNTS = {
    "official-train": 3148,
    "train": 2848,
    "val": 300,
    "common": 554,
    "challenging": 135,
    "full": 689,
    "private": 600,
}
"""Official number of faces in each split; `train` is `official-train` without the 300 of `val`."""


def validation_names() -> frozenset[str]:
    """The 300 training faces kept for validation: drawn once, listed in 300w_validation.txt."""
    return frozenset(resources.files("flm.data").joinpath("300w_validation.txt").read_text().splitlines())


def read(root: Path, split: str) -> list[Sample]:
    """Faces of `split` under the 300-W folder `root`, sorted by name within each source folder.

    Folders that are not there are left out; compare the number of samples with COUNTS.
    Raises InputError for an unknown split, for a split of which nothing is there, and for a broken `.pts` file.
    """
    if split not in _FOLDERS:
        raise InputError(f"unknown 300-W split {split!r}: choose one of {', '.join(_FOLDERS)}")
    validation = validation_names()
    keep = {"train": lambda name: name not in validation, "val": validation.__contains__}.get(split, lambda _: True)
    samples = [
        Sample(_image_of(pts), read_pts(pts, 68), "ibug68", name, f"300w/{folder.split('/')[0]}", split)
        for folder in _FOLDERS[split]
        for pts in sorted((root / folder).glob("*.pts"))
        if keep(name := f"{folder}/{pts.stem}")
    ]
    if not samples:
        raise InputError(
            f"{root}: no faces of 300-W {split}; expected .pts files beside pictures in {', '.join(_FOLDERS[split])}"
            " (run `flm data status`)"
        )
    return samples


def _image_of(pts: Path) -> Path:
    for suffix in (".png", ".jpg", ".jpeg"):
        if (image := pts.with_suffix(suffix)).exists():
            return image
    raise InputError(f"{pts}: no picture beside it; expected {pts.stem}.png or {pts.stem}.jpg")
