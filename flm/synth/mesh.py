"""Polygon meshes: read, refined, and asked for their normals."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class QuadMesh:
    """A mesh of quads with texture coordinates.

    vertices: (v, 3) float. faces: (f, 4) vertex indices. uv: (t, 2) float. face_uv: (f, 4) indices into uv.
    groups: name of each face's group, (f,).
    """

    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    face_uv: np.ndarray
    groups: np.ndarray


def read_obj(path: Path) -> QuadMesh:
    """The quads of a Wavefront .obj file with texture coordinates; other polygons are not expected."""
    vertices, uv, corners, groups = [], [], [], []
    group = ""
    for line in path.read_text().splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in values[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in values[:2]])
        elif kind == "g":
            group = values[0]
        elif kind == "f":
            corners.append([[int(i) - 1 for i in corner.split("/")[:2]] for corner in values])
            groups.append(group)
    indices = np.array(corners)  # (f, 4, 2)
    return QuadMesh(np.array(vertices), indices[..., 0], np.array(uv), indices[..., 1], np.array(groups))


def catmull_clark(count: int, faces: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray]:
    """One level of Catmull-Clark subdivision (Catmull & Clark 1978) of quads (f, 4) over `count` vertices.

    Returns the matrix (new, count) that makes the new vertices from the old, and the new quads (4 f, 4). The new
    vertices are the moved old ones, then one an edge, then one a face.
    """
    edges, of_face = _edges(faces)
    ends, centres = _rows(edges, count), _rows(faces, count)  # mean of an edge's ends, of a face's corners
    near_edge = _incidence(of_face, len(edges))  # (edges, faces)
    border = np.diff(near_edge.indptr) == 1
    inside = sparse.diags(np.where(border, 0, 0.5))
    on_edge = sparse.diags(np.where(border, 1, 0.5)) @ ends + inside @ _mean_rows(near_edge) @ centres

    valence = np.bincount(edges.ravel(), minlength=count).clip(1)
    faces_mean = _mean_rows(_incidence(faces, count)) @ centres
    edges_mean = _mean_rows(_incidence(edges, count)) @ ends
    smooth = (faces_mean + 2 * edges_mean + _scaled(valence - 3)).multiply(1 / valence[:, None])
    border_mean = _mean_rows(_incidence(edges[border], count)) @ ends[border]
    at_border = np.zeros(count, bool)
    at_border[edges[border].ravel()] = True
    moved = _scaled(~at_border) @ smooth + _scaled(at_border) @ (0.5 * sparse.identity(count) + 0.5 * border_mean)
    return sparse.vstack([moved, on_edge, centres]).tocsr(), _split(faces, of_face, count, len(edges))


def refine_uv(count: int, faces: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray]:
    """As `catmull_clark`, for texture coordinates: these are only interpolated, so that pictures keep their place."""
    edges, of_face = _edges(faces)
    matrix = sparse.vstack([sparse.identity(count), _rows(edges, count), _rows(faces, count)]).tocsr()
    return matrix, _split(faces, of_face, count, len(edges))


def _edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (e, 2), and the edges of each face (f, 4), the k-th from corner k to the next."""
    pairs = np.stack([faces, np.roll(faces, -1, 1)], 2).reshape(-1, 2)
    edges, of_face = np.unique(np.sort(pairs, 1), axis=0, return_inverse=True)
    return edges, of_face.reshape(-1, 4)


def _split(faces: np.ndarray, of_face: np.ndarray, count: int, edges: int) -> np.ndarray:
    on_edge, centre = count + of_face, count + edges + np.arange(len(faces))
    quarters = [np.stack([faces[:, k], on_edge[:, k], centre, on_edge[:, k - 1]], 1) for k in range(4)]
    return np.concatenate(quarters)


def _rows(indices: np.ndarray, count: int) -> sparse.csr_matrix:
    """Matrix whose row i is the mean of the vertices that row i of `indices` names."""
    n, k = indices.shape
    return sparse.csr_matrix((np.full(n * k, 1 / k), indices.ravel(), np.arange(0, n * k + 1, k)), (n, count))


def _incidence(members: np.ndarray, count: int) -> sparse.csr_matrix:
    """Matrix (count, len(members)) with a one wherever a row of `members` names the index."""
    n, k = members.shape
    return sparse.csr_matrix((np.ones(n * k), (members.ravel(), np.repeat(np.arange(n), k))), (count, n))


def _mean_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    return _scaled(1 / np.diff(matrix.indptr).clip(1)) @ matrix


def _scaled(values: np.ndarray) -> sparse.dia_matrix:
    return sparse.diags(np.asarray(values, float))


def triangles(quads: np.ndarray) -> np.ndarray:
    """Two triangles for each quad: (f, 4) to (2 f, 3)."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (v, 3) of a mesh of triangles (f, 3), each the mean of its faces' by area."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    across = np.cross(b - a, c - a)
    summed = np.stack(
        [np.bincount(faces.ravel(), np.repeat(across[:, k], 3), minlength=len(vertices)) for k in range(3)], axis=1
    )
    return unit(summed)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of length 1 in the same directions."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)


def rotation(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Matrix (3, 3) that nods (up), then turns (z towards x), then tilts (x towards y), radians."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return tilt @ turn @ nod
