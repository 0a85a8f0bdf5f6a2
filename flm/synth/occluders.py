"""What comes between a face and the camera: hands, telephones, microphones."""

from functools import cache

import numpy as np

from flm.data.face_synthetics import IGNORE
from flm.synth.head import head_model, vertex_groups
from flm.synth.mesh import catmull_clark, rotation, triangles
from flm.synth.roots import on_skin
from flm.synth.solid import Solid, merge, solid, tube
from flm.synth.surface import CLASS


def sample_occluder(rng: np.random.Generator, base: np.ndarray, skin: np.ndarray, colour: np.ndarray) -> Solid:
    """Something before the face of a body with these vertices of base mesh and skin, and skin of this colour."""
    kind = rng.choice(["hand", "telephone", "microphone"], p=[0.7, 0.12, 0.18])
    if kind == "hand":
        return hand(rng, base, skin, colour)
    return _telephone(rng, skin) if kind == "telephone" else _microphone(rng, skin)


def hand(rng: np.random.Generator, base: np.ndarray, skin: np.ndarray, colour: np.ndarray) -> Solid:
    """The body's own left hand, or its mirror image, laid against the face, fingers up."""
    matrix, faces, palm = _hand_mesh()
    vertices = (matrix @ base - base[palm["wrist"]].mean(0)) @ _hand_axes(base, palm)
    vertices -= [0, 0.9, 0]  # the middle of the hand
    side = rng.choice([-1, 1])
    if side < 0:
        vertices, faces = vertices * [-1, 1, 1], faces[:, ::-1]
    turn = rotation(roll=rng.normal(0.5, 0.4) * -side)
    spot = np.array([[side * abs(rng.normal(0.4, 0.25)), rng.normal(6.45, 0.3), 1.2]])
    place = on_skin(spot, skin)[0] + [0, 0, rng.uniform(0.15, 0.5)]
    return solid(vertices @ turn.T + place, faces, colour, 0.5, CLASS["skin"])


@cache
def _hand_mesh():
    groups, base = vertex_groups(), head_model().base
    palm = {"wrist": groups["joint-l-hand"], "tip": groups["joint-l-finger-3-4"], "index": groups["joint-l-finger-2-1"],
            "little": groups["joint-l-finger-5-1"]}  # fmt: skip
    wrist, tip = (base.vertices[palm[name]].mean(0) for name in ("wrist", "tip"))
    along = (tip - wrist) / np.linalg.norm(tip - wrist)
    quads = base.faces[base.groups == "body"]
    corners = base.vertices[quads]
    near = (((corners - wrist) @ along).min(1) > -0.5) & (corners[..., 0].min(1) > 3.6)
    matrix, faces = catmull_clark(len(base.vertices), quads[near])
    used, compact = np.unique(faces, return_inverse=True)
    return matrix[used], triangles(compact.reshape(faces.shape)), palm


def _hand_axes(base: np.ndarray, palm: dict[str, np.ndarray]) -> np.ndarray:
    """Columns: to the thumb's side, along the fingers, out of the hand's back."""
    wrist, tip, index, little = (base[palm[name]].mean(0) for name in ("wrist", "tip", "index", "little"))
    along = (tip - wrist) / np.linalg.norm(tip - wrist)
    across = index - little
    across -= (across @ along) * along
    across /= np.linalg.norm(across)
    return np.stack([across, along, np.cross(across, along)], 1)


def _telephone(rng: np.random.Generator, skin: np.ndarray) -> Solid:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * [0.36, 0.75, 0.04]
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    turn = rotation(roll=rng.normal(0, 0.5))
    spot = np.array([[rng.choice([-1, 1]) * rng.uniform(0.5, 0.75), rng.normal(6.8, 0.2), 0.8]])
    place = on_skin(spot, skin)[0] + [0, 0, rng.uniform(0.2, 0.6)]
    return solid(corners @ turn.T + place, triangles(quads), np.full(3, rng.uniform(0.01, 0.12)), 0.3, IGNORE)


def _microphone(rng: np.random.Generator, skin: np.ndarray) -> Solid:
    chin = on_skin(np.array([[rng.normal(0, 0.15), 6.3, 1.3]]), skin)[0]
    top = chin + [0, rng.normal(0, 0.12), 0.35 + rng.uniform(0, 0.3)]
    grip = top + np.array([rng.normal(0, 0.3), -1.5, 0.3])
    t = np.linspace(0, np.pi, 9)
    ball = top + 0.24 * np.stack([np.zeros(9), np.cos(t), np.zeros(9)], 1)
    head = tube(ball, 0.24 * np.sin(t) + 1e-3, sides=14)
    handle = tube(np.linspace(top, grip, 4), np.array([0.13, 0.12, 0.1, 0.1]), sides=12)
    return merge([solid(*head, np.full(3, 0.06), 0.5, IGNORE), solid(*handle, np.full(3, 0.02), 0.4, IGNORE)])
