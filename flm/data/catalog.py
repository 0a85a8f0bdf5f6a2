"""Every real data set in one table: what it holds, where it comes from, where it goes, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flm import paths
from flm.data import cofw, face_synthetics, folder, generated, made, w300, w300vw, wflw
from flm.data.sample import Sample
from flm.errors import InputError


@dataclass(frozen=True)
class DataSet:
    """A data set and its terms.

    folder: its place under FLM_DATA, in the publisher's own layout.
    counts: official number of faces in each split (of clips in 300-VW).
    size: of the download, as the publisher states it.
    url: the page to get it from, or to read about it.
    read: (its folder, split) -> samples; count: (its folder, split) -> how many there are, without the pictures.
    download: address of one zip that holds it all, where the publisher gives one to everybody.
    checksum: the publisher's, as "md5:..."; None where there is none.
    """

    name: str
    title: str
    folder: str
    markup: str
    counts: dict[str, int]
    licence: str
    size: str
    url: str
    read: Callable[[Path, str], list[Sample]]
    count: Callable[[Path, str], int]
    download: str | None = None
    checksum: str | None = None

    @property
    def root(self) -> Path:
        """The folder of this set on this machine."""
        return paths.data_dir() / self.folder


class Status(NamedTuple):
    """How much of a split is on this machine."""

    name: str
    split: str
    found: int
    official: int


def _count_300w(root: Path, split: str) -> int:
    # Its label files are small and few enough to read: all splits together take less than a second.
    return len(w300.read(root, split))


def _face_synthetics(faces: int, size: str) -> DataSet:
    name = f"{face_synthetics.NAME}_{faces}"
    return DataSet(
        name=name,
        title=f"FaceSynthetics, {faces:,} faces",
        folder=name,
        markup="ibug70",
        counts={"all": faces},
        licence="Microsoft Research Use of Data Agreement 1.0: non-commercial research",
        size=size,
        url="https://github.com/microsoft/FaceSynthetics",
        read=face_synthetics.read,
        count=face_synthetics.count,
        # The blob.core.windows.net addresses of the project's page moved to this host. No checksum is published.
        download=f"https://facesyntheticspubwedata.z6.web.core.windows.net/iccv-2021/dataset_{faces}.zip",
    )


_ALL = (
    DataSet(
        name=w300.NAME,
        title="300 Faces in-the-Wild",
        folder="300w",
        markup="ibug68",
        counts=w300.COUNTS,
        licence="research only, no commercial use; the pictures belong to their owners",
        size="not stated",
        url="https://ibug.doc.ic.ac.uk/resources/facial-point-annotations/",
        read=w300.read,
        count=_count_300w,
    ),
    DataSet(
        name=w300vw.NAME,
        title="300 Videos in-the-Wild",
        folder="300vw",
        markup="ibug68",
        counts=w300vw.COUNTS,
        licence="research only, no commercial use",
        size="not stated",
        url="https://ibug.doc.ic.ac.uk/resources/300-VW/",
        read=w300vw.read,
        count=w300vw.count,
    ),
    _face_synthetics(100, "34 MB"),
    _face_synthetics(1000, "320 MB"),
    _face_synthetics(100_000, "32 GB"),
    DataSet(
        name=wflw.NAME,
        title="Wider Facial Landmarks in-the-Wild",
        folder="WFLW",
        markup="wflw98",
        counts=wflw.COUNTS,
        licence="non-commercial research",
        size="not stated",
        url="https://wywu.github.io/projects/LAB/WFLW.html",
        read=wflw.read,
        count=wflw.count,
    ),
    DataSet(
        name=cofw.NAME,
        title="Caltech Occluded Faces in the Wild, colour",
        folder="COFW_color",
        markup="cofw29",
        counts=cofw.COUNTS,
        licence="CC BY 4.0",
        size="503 MB",
        url="https://data.caltech.edu/records/bc0bf-nc666",
        read=cofw.read,
        count=cofw.count,
        download="https://data.caltech.edu/records/bc0bf-nc666/files/COFW_color.zip?download=1",
        checksum="md5:8b21d126c4e1fb307cb463578eef0511",
    ),
)
SETS = {data_set.name: data_set for data_set in _ALL}


def get(name: str) -> DataSet:
    """The data set called `name`; face_synthetics is the largest of that name on this machine.

    Raises InputError for an unknown one.
    """
    if name == face_synthetics.NAME:
        sizes = [one for one in _ALL if one.read is face_synthetics.read]
        return max(sizes, key=lambda one: (one.root.is_dir(), one.counts["all"]))
    if name not in SETS:
        raise InputError(f"unknown data set {name!r}: choose one of {', '.join(SETS)}")
    return SETS[name]


def load(name: str, split: str, dense: bool = False) -> list[Sample]:
    """Faces of a split, from `name`'s folder under FLM_DATA; a folder of your own there is a set too, see folder.py.

    stand-in and synthetic-N are made, see made.py. dense: with 1,001 landmarks, which only generated faces have.

    Raises InputError for an unknown set or split, and for absent or broken files.
    """
    if made.is_made(name):
        return made.read(name, split, dense)
    own = paths.data_dir() / name
    if name not in SETS and (own / generated.DESCRIPTION).exists():
        return generated.read(own, split, dense=dense)
    if is_own_folder(name):
        return folder.read(own, split)
    data_set = get(name)
    return data_set.read(data_set.root, split)


def is_own_folder(name: str) -> bool:
    """Whether FLM_DATA has a folder of pictures of this name that is no set of the catalogue and was not generated."""
    own = paths.data_dir() / name
    return name not in SETS and own.is_dir() and not (own / generated.DESCRIPTION).exists()


def status() -> list[Status]:
    """What is on this machine of every split, beside its official number; opens no picture and no video."""
    return [
        Status(data_set.name, split, found(data_set, split), official)
        for data_set in SETS.values()
        for split, official in data_set.counts.items()
    ]


def found(data_set: DataSet, split: str) -> int:
    """How many faces of a split are on this machine; 0 where it is absent or cannot be read, and `load` says why."""
    try:
        return data_set.count(data_set.root, split)
    except InputError:
        return 0
