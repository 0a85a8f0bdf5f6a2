"""What everything but the skin is made of: opaque meshes coloured by vertex, and ribbons that stand for hair."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from flm.synth import mesh


@dataclass(frozen=True)
class Mesh:
    """An opaque mesh of triangles.

    vertices, normals: (v, 3). faces: (f, 3). classes: segmentation class of each face, (f,).
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    classes: np.ndarray

    def only(self, kept: np.ndarray) -> Self:
        """It with the faces that `kept` (f,) marks."""
        return replace(self, faces=self.faces[kept], classes=self.classes[kept])


@dataclass(frozen=True)
class Solid(Mesh):
    """A mesh coloured by vertex. colours: linear RGB, (v, 3). roughness: (v,)."""

    colours: np.ndarray
    roughness: np.ndarray


def solid(vertices: np.ndarray, faces: np.ndarray, colour, roughness: float, class_: int | np.ndarray) -> Solid:
    """A Solid with smooth normals; colour: linear RGB of all (3,) or each vertex (v, 3)."""
    return Solid(
        vertices,
        faces,
        mesh.normals(vertices, faces),
        np.broadcast_to(class_, len(faces)),
        np.broadcast_to(np.asarray(colour, float), vertices.shape),
        np.full(len(vertices), roughness),
    )


def merge(solids: list[Solid]) -> Solid:
    """All of them as one mesh."""
    starts = np.cumsum([0] + [len(s.vertices) for s in solids[:-1]])
    return Solid(
        np.concatenate([s.vertices for s in solids]),
        np.concatenate([s.faces + start for s, start in zip(solids, starts, strict=True)]),
        np.concatenate([s.normals for s in solids]),
        np.concatenate([s.classes for s in solids]),
        np.concatenate([s.colours for s in solids]),
        np.concatenate([s.roughness for s in solids]),
    )


def ribbons(
    paths: np.ndarray, outward: np.ndarray, widths: np.ndarray, colours: np.ndarray, roughness: float, class_: int
) -> Solid:
    """Hairs, or locks of them, as flat ribbons that lie against a surface.

    paths: (n, s, 3) points along each, root first. outward: (n, 3) or (n, s, 3), away from the surface.
    widths: (n,), at the root. colours: (n, 3), linear RGB.
    """
    n, s, _ = paths.shape
    outward = np.broadcast_to(outward if outward.ndim == 3 else outward[:, None], paths.shape)
    along = np.gradient(paths, axis=1)
    side = mesh.unit(np.cross(along, outward))
    taper = np.linspace(1, 0.25, s)[:, None]
    half = 0.5 * widths[:, None, None] * taper * side
    vertices = np.stack([paths - half, paths + half], 2)  # (n, s, 2, 3)
    # Between the surface's normal and the ribbon's own: locks catch the light together, yet not all alike.
    normals = mesh.unit(outward + 0.6 * mesh.unit(np.cross(side, along)))
    normals = np.stack([mesh.unit(normals - 0.4 * side), mesh.unit(normals + 0.4 * side)], 2)
    corner = np.arange(n * s * 2).reshape(n, s, 2)
    a, b, c, d = corner[:, :-1, 0], corner[:, :-1, 1], corner[:, 1:, 1], corner[:, 1:, 0]
    quads = np.stack([a, b, c, d], -1).reshape(-1, 4)
    shades = np.linspace(0.75, 1.1, s)[:, None]  # roots are darker than tips
    tinted = np.broadcast_to(colours[:, None, None] * shades[None, :, None], vertices.shape)
    faces = mesh.triangles(quads)
    return Solid(
        vertices.reshape(-1, 3),
        faces,
        normals.reshape(-1, 3),
        np.full(len(faces), class_),
        tinted.reshape(-1, 3),
        np.full(n * s * 2, roughness),
    )


def tube(path: np.ndarray, radius, sides: int = 6, closed: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a tube around a path (s, 3); radius: one, or (s,)."""
    before = np.roll(path, 1, 0) if closed else np.vstack([path[:1], path[:-1]])
    after = np.roll(path, -1, 0) if closed else np.vstack([path[1:], path[-1:]])
    along = mesh.unit(after - before)
    across = mesh.unit(np.cross(along, np.where(np.abs(along[:, 2:]) > 0.9, [0, 1, 0], [0, 0, 1])))
    other = np.cross(along, across)
    angle = 2 * np.pi * np.arange(sides) / sides
    circle = across[:, None] * np.cos(angle)[:, None] + other[:, None] * np.sin(angle)[:, None]
    vertices = path[:, None] + np.broadcast_to(radius, len(path))[:, None, None] * circle  # (s, sides, 3)
    ring = np.arange(len(path) * sides).reshape(len(path), sides)
    here, there = (ring, np.roll(ring, -1, 0)) if closed else (ring[:-1], ring[1:])
    quads = np.stack([here, np.roll(here, -1, 1), np.roll(there, -1, 1), there], -1).reshape(-1, 4)
    return vertices.reshape(-1, 3), mesh.triangles(quads)
