"""COFW: occluded faces with 29 landmarks and a flag for each hidden one (Burgos-Artizzu et al. 2013), colour version.

COFW_train_color.mat and COFW_test_color.mat are MATLAB 7.3 files, which are HDF5 with every array transposed.
Each holds the pictures (IsTr, IsT), boxes of faces (bboxesTr, bboxesT; not used) and landmarks (phisTr, phisT: 29 x,
29 y, 29 occluded). MATLAB counts pixels from 1. A few training pictures are grey.
"""

from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from flm import paths
from flm.data.image import write_image
from flm.data.sample import Sample
from flm.errors import InputError

NAME = "cofw"
COUNTS = {"train": 1345, "test": 507}
"""Official number of faces in each split."""
_SUFFIX = {"train": "Tr", "test": "T"}


def count(root: Path, split: str) -> int:
    """Number of faces of `split` under `root`. Raises InputError as `read` does."""
    with _open(root, split) as mat:
        return _labels(mat, split).shape[1]


def read(root: Path, split: str) -> list[Sample]:
    """Faces of `split` under the COFW folder `root`, in the publisher's order.

    The first call unpacks the pictures as PNG into the cache folder.
    Raises InputError for an unknown split and for a missing, broken or other MATLAB file.
    """
    with _open(root, split) as mat:
        labels = _labels(mat, split)
        folder = _pictures(mat, split, labels)
    labels = labels.T.reshape(-1, 3, 29)  # (faces, x y occluded, landmark)
    landmarks = (labels[:, :2].transpose(0, 2, 1) - 1).astype(np.float32)  # (faces, 29, 2)
    return [
        Sample(
            folder / _picture(i),
            landmarks[i],
            "cofw29",
            f"{split}/{i:04d}",
            NAME,
            split,
            visible=labels[i, 2] == 0,
        )
        for i in range(len(labels))
    ]


def _open(root: Path, split: str) -> h5py.File:
    if split not in COUNTS:
        raise InputError(f"unknown COFW split {split!r}: choose one of {', '.join(COUNTS)}")
    file = root / f"COFW_{split}_color.mat"
    if not file.exists():
        raise InputError(f"{file}: no such file; expected the colour version of COFW (run `flm data fetch cofw`)")
    try:
        mat = h5py.File(file)
        names = {*mat.keys()}
    except (OSError, RuntimeError) as error:
        raise InputError(f"{file}: {error}; download it again") from None
    if missing := {name + _SUFFIX[split] for name in ("Is", "phis")} - names:
        raise InputError(f"{file}: holds no {', '.join(sorted(missing))}; expected the colour version of COFW")
    return mat


def _labels(mat: h5py.File, split: str) -> np.ndarray:
    """(87, faces)."""
    labels = _values(mat, "phis" + _SUFFIX[split])
    if labels.ndim != 2 or len(labels) != 3 * 29:
        raise InputError(f"{mat.filename}: found labels of shape {labels.shape}, expected 87 rows; download it again")
    return labels


def _values(mat: h5py.File, key: str | h5py.Reference) -> np.ndarray:
    try:
        return np.array(mat[key])
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{mat.filename}: {error}; download it again") from None


def _pictures(mat: h5py.File, split: str, labels: np.ndarray) -> Path:
    """Folder of the pictures in `mat`, unpacked if it is not there yet."""
    size = Path(mat.filename).stat().st_size
    folder = paths.cache_dir() / NAME / f"{split}-{paths.digest([str(size), labels.tobytes()])}"
    if not folder.is_dir():
        with paths.atomic_dir(folder) as temporary:
            _unpack(mat, np.ravel(_values(mat, "Is" + _SUFFIX[split])), temporary)
    return folder


def _picture(i: int) -> str:
    return f"{i:04d}.png"


def _unpack(mat: h5py.File, references: np.ndarray, folder: Path) -> None:
    for i, reference in enumerate(tqdm(references, "unpacking COFW", unit=" faces", disable=None)):
        write_image(folder / _picture(i), _values(mat, reference).T)  # (h, w, 3) RGB, or (h, w) grey
