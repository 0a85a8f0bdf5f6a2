"""Where the landmarks lie on a head: iBUG's 68, pupils, dense sets, and the contour that people see."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from flm import markup
from flm.markup import IBUG68
from flm.synth import eyes, facial_hair
from flm.synth.face import Face
from flm.synth.surface import ibug68, mean_head, surface

DENSE = tuple(n for n in markup.DENSE.values() if n > IBUG68.n)
_JAW = range(17)
_BROWS = {-1: range(21, 16, -1), 1: range(22, 27)}  # from the inner end, by side
_PATH_STEPS = 24
_EYE_POINTS = 2 * (1 + len(eyes.iris_points()))
_EARS, _NEAR = 0.68, 0.12  # dm: ears lie farther from the middle; what lies nearer to a feature belongs to it


@dataclass(frozen=True)
class Places:
    """Landmarks of one face, in the coordinates of its meshes.

    points: (1001, 3), the 68 first, then in the order in which sets of 243, 460, 490 and 1001 take them in.
    pupils: (2, 3), right one first. contour: (17, steps, 3) candidates for each point of the visible jawline.
    """

    points: np.ndarray
    pupils: np.ndarray
    contour: np.ndarray


def places(face: Face) -> Places:
    """Where the landmarks of a face are."""
    vertices = np.concatenate([face.skin, face.left_eye, face.right_eye])
    points = _dense_matrix() @ vertices
    for side, numbers in _BROWS.items():
        along, across = np.array([0.0, 0.23, 0.47, 0.72, 0.98]), np.full(5, 0.45)
        points[list(numbers)] = facial_hair.brow_points(face.brows, face.skin, along, across, side)
    contour = (_contour_matrix() @ face.skin).reshape(len(_JAW), _PATH_STEPS, 3)
    return Places(points, np.stack([face.right_eye[0], face.left_eye[0]]), contour)


@cache
def mean_points() -> np.ndarray:
    """The dense landmarks of the mean head, (1001, 3)."""
    left, right = (eyes.eyeball(mean_head(), side, (0.0, 0.0), 0.4) for side in ("left", "right"))
    return _dense_matrix() @ np.concatenate([surface().mean, left, right])


@cache
def dense_pairs() -> tuple[tuple[int, int], ...]:
    """Which of the dense landmarks mirror each other; each of the sets holds both or neither of a pair."""
    points = mean_points()
    partners = cKDTree(points).query(points * [-1, 1, 1])[1]
    return tuple((point, int(partner)) for point, partner in enumerate(partners) if point < partner)


@cache
def dense_groups() -> dict[str, tuple[int, ...]]:
    """Face part -> dense landmarks: the parts of the 68 with what is near them, irises, ears, and the skin between."""
    points = mean_points()
    near, numbers = cKDTree(points[17:68]).query(points)
    part_of = {number: part for part, of in IBUG68.groups.items() for number in of}
    parts = []
    for number, (point, distance, nearest) in enumerate(zip(points, near, numbers, strict=True)):
        if number < 68:
            parts.append(part_of[number])
        elif number < 68 + _EYE_POINTS:
            parts.append("irises")
        elif abs(point[0]) > _EARS:
            parts.append("ears")
        else:
            parts.append(part_of[nearest + 17] if distance < _NEAR else "skin")
    return {part: tuple(i for i, name in enumerate(parts) if name == part) for part in dict.fromkeys(parts)}


@cache
def nearest_dense(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the first `count` dense landmarks that are not themselves iBUG's, the nearest to each of iBUG's 68.

    Returns their numbers (68,) and how far off they are on the mean head, (68,), % of the inter-ocular distance.
    """
    points = mean_points()[:count]
    distance, nearest = cKDTree(points[68:]).query(points[:68])
    return nearest + 68, 100 * distance / np.linalg.norm(points[45] - points[36])


def visible_contour(jaw: np.ndarray, candidates: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The jawline as a person would draw it: (17, 2) pixels.

    jaw: (17, 2) projected points of the true jawline. candidates: (17, steps, 2) projected paths from each of them
    into the face. up: (2,) the head's up in the picture. Where the cheek hides the jaw, its edge is the contour.
    """
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, len(_JAW))  # of the outward direction, from straight down
    down, right = -up / np.linalg.norm(up), np.array([-up[1], up[0]]) / np.linalg.norm(up)
    outward = np.cos(angle)[:, None] * down + np.sin(angle)[:, None] * right
    reach = np.einsum("psk,pk->ps", candidates - jaw[:, None], outward)
    farthest = reach.argmax(1)
    hidden = reach.max(1) > 0
    edge = np.where(hidden[:, None], candidates[np.arange(len(_JAW)), farthest], jaw)
    return np.concatenate([_evenly(edge[:9]), _evenly(edge[8:])[1:]])


def _evenly(line: np.ndarray) -> np.ndarray:
    """As many points (n, 2) along the same line, evenly spaced, as annotators of 300-W have them on either half."""
    along = np.concatenate([[0], np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()])
    wanted = np.linspace(0, along[-1], len(line))
    return np.stack([np.interp(wanted, along, axis) for axis in line.T], 1)


def attach(points: np.ndarray) -> sparse.csr_matrix:
    """Matrix (n, v) that carries points (n, 3) of the mean head's skin along with the skin's vertices."""
    s = surface()
    tree = _outer_tree()
    rows, columns, weights = [], [], []
    for row, point in enumerate(points):
        near = _outer_vertices()[tree.query(point, 6)[1]]
        faces = s.faces[np.isin(s.faces, near).any(1)]
        best, barycentric = _closest(point, s.mean[faces])
        rows += [row] * 3
        columns += faces[best].tolist()
        weights += barycentric.tolist()
    return sparse.csr_matrix((weights, (rows, columns)), (len(points), len(s.mean)))


def _closest(point: np.ndarray, corners: np.ndarray) -> tuple[int, np.ndarray]:
    """Of triangles (f, 3, 3), the one nearest to a point, and the nearest place's barycentric coordinates (3,)."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    ap = point - a
    aa, bb, cc = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    d, e = (ap * ab).sum(1), (ap * ac).sum(1)
    determinant = (aa * cc - bb * bb).clip(1e-12)
    v, w = (cc * d - bb * e) / determinant, (aa * e - bb * d) / determinant
    weights = np.stack([1 - v - w, v, w], 1).clip(0)
    weights /= weights.sum(1, keepdims=True)
    distance = np.linalg.norm((weights[:, :, None] * corners).sum(1) - point, axis=1)
    return int(distance.argmin()), weights[distance.argmin()]


@cache
def _outer_vertices() -> np.ndarray:
    return np.flatnonzero(surface().face & ~surface().inside)


@cache
def _outer_tree() -> cKDTree:
    return cKDTree(surface().mean[_outer_vertices()])


@cache
def _contour_matrix() -> sparse.csr_matrix:
    jaw = ibug68()[: len(_JAW)]
    target = np.array([0, 6.9, 1.3]) * np.ones((len(_JAW), 1))
    target[:, 1] = 0.6 * jaw[:, 1] + 0.4 * 6.9
    target[:, 0] = 0.35 * jaw[:, 0]
    t = np.linspace(0, 1, _PATH_STEPS)[None, :, None]
    return attach((jaw[:, None] * (1 - t) + target[:, None] * t).reshape(-1, 3))


@cache
def _dense_matrix() -> sparse.csr_matrix:
    """Matrix (1001, v + 2 eyeballs) from the vertices of skin, left and right eyeball to the landmarks."""
    s = surface()
    ball = 1 + eyes.RINGS * eyes.SPOKES
    skin_points = attach(np.concatenate([ibug68(), s.mean[_dense_vertices()]]))
    skin_points = sparse.hstack([skin_points, sparse.csr_matrix((skin_points.shape[0], 2 * ball))]).tocsr()
    iris = eyes.iris_points()
    columns = np.concatenate([[len(s.mean)], len(s.mean) + iris, [len(s.mean) + ball], len(s.mean) + ball + iris])
    eye_points = sparse.csr_matrix(
        (np.ones(_EYE_POINTS), (np.arange(_EYE_POINTS), columns)), (_EYE_POINTS, skin_points.shape[1])
    )
    return sparse.vstack([skin_points[:68], eye_points, skin_points[68:]]).tocsr()


@cache
def _dense_vertices() -> np.ndarray:
    """Skin vertices by farthest-point sampling, mirrored in pairs, denser where features are; from the 68 on."""
    s = surface()
    x, y, z = s.mean.T
    ear = (np.abs(x) > 0.62) & (z < 0.62)
    allowed = s.face & ~s.inside & (z > 0.3) & (y < 8.05) & (y > 6.15) & (ear | (z > 0.4)) & (x >= 0)
    allowed &= ~((y < 6.4) & (z < 0.9))
    members = np.flatnonzero(allowed)
    features = np.concatenate([ibug68()[17:], [[0.75, 7.2, 0.4], [0.78, 7.4, 0.3]]])
    spacing = 0.3 + 0.7 * np.clip(cKDTree(features).query(s.mean[members])[0] / 0.5, 0, 1)
    seeds = np.concatenate([ibug68(), ibug68() * [-1, 1, 1]])
    distance = cKDTree(seeds).query(s.mean[members])[0] / spacing
    mirrored = cKDTree(s.mean)
    chosen: list[int] = []
    middle = s.mean[members, 0] < 1e-3
    while (count := len(chosen) + 68 + _EYE_POINTS) < DENSE[-1]:
        # Where a pair would lie half in one of the sets, a point of the middle line goes first.
        vertex = int(members[np.where(middle | (count + 1 not in DENSE), distance, 0).argmax()])
        other = int(mirrored.query(s.mean[vertex] * [-1, 1, 1])[1])
        chosen += [vertex] if s.mean[vertex, 0] < 1e-3 else [vertex, other]
        distance = np.minimum(distance, np.linalg.norm(s.mean[members] - s.mean[vertex], axis=1) / spacing)
        distance = np.minimum(distance, np.linalg.norm(s.mean[members] - s.mean[other], axis=1) / spacing)
    return np.array(chosen)
