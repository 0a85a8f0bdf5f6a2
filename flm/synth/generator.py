"""The generator: one numbered picture after another, with its labels."""

from dataclasses import dataclass

import numpy as np

from flm.synth import assets, light, photo
from flm.synth.face import Face, sample_face
from flm.synth.landmarks import places, visible_contour
from flm.synth.mesh import unit
from flm.synth.render import Camera, Renderer, View
from flm.synth.solid import Solid
from flm.synth.stance import Stance, frame, head_rotation, pose, sample_stance
from flm.synth.surface import surface

VERSION = 1
_SKIN_DEEP = 0.04  # dm that something may lie before a landmark and not hide it: brow hair, eyelids' roundness


@dataclass(frozen=True)
class Example:
    """A picture and what is known of it.

    image: (s, s, 3) uint8 RGB. dense: (1001, 2) pixels of the landmarks in their places, the 68 first.
    contour: (17, 2) the visible jawline. pupils: (2, 2), right one first. visible: (1001,) bool, of the dense.
    classes: (s, s) uint8 segmentation. stance, face: what is shown.
    """

    image: np.ndarray
    dense: np.ndarray
    contour: np.ndarray
    pupils: np.ndarray
    visible: np.ndarray
    classes: np.ndarray
    stance: Stance
    face: Face


class Generator:
    """Makes the pictures of a data set, each determined by (VERSION, seed, index)."""

    def __init__(self, size: int = 256, seed: int = 0, samples: int = 16):
        self.size, self.seed = size, seed
        self.renderer = Renderer(size, samples)

    def example(self, index: int) -> Example:
        """Picture number `index`."""
        rng = np.random.default_rng([VERSION, self.seed, index])
        return self.shoot(sample_face(rng), sample_stance(rng), rng)

    def shoot(self, face: Face, stance: Stance, rng: np.random.Generator) -> Example:
        """A picture of this face in this stance; light, background and camera are drawn from `rng`."""
        put = places(face)
        points = pose(put.points, stance)
        camera, shift = frame(rng, points[:68])

        surroundings = light.sample_light(rng, assets.lights())
        rest = face.rest
        posed = Solid(
            pose(rest.vertices, stance) + shift,
            rest.faces,
            _turned(rest.vertices, rest.normals, stance),
            rest.colours,
            rest.roughness,
            rest.classes,
        )
        skin = pose(face.skin, stance) + shift
        view = View(skin, face.texture, face.roughness, posed, surroundings, camera)
        picture = self.renderer.picture(view, seed=int(rng.integers(2**31)))
        behind = photo.background(rng, self.size, surroundings, assets.surroundings())
        image = photo.develop(rng, picture, behind)

        def pixels(places: np.ndarray) -> np.ndarray:
            flat = pose(places.reshape(-1, 3), stance) + shift
            return camera.project(flat, self.size).reshape(*places.shape[:-1], 2)

        dense = pixels(put.points)
        up = head_rotation(stance)[:2, 1] * [1, -1]
        contour = visible_contour(dense[:17], pixels(put.contour), up)
        classes, visible = self._seen(points + shift, rest.classes, camera)
        return Example(image, dense, contour, pixels(put.pupils), visible, classes, stance, face)

    def _seen(self, points: np.ndarray, solid_classes: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
        """Segmentation (s, s) of the last picture, and whether each of points (n, 3) is seen in it."""
        origin, through = camera.rays(self.size)
        offset = points - origin
        distance = np.linalg.norm(offset, axis=1)
        directions = np.concatenate([through, offset / distance[:, None]])
        classes, reach = self.renderer.first_hits(surface().classes, solid_classes, (origin, directions))
        pixels = self.size**2
        return classes[:pixels].reshape(self.size, self.size), reach[pixels:] > distance - _SKIN_DEEP


def _turned(points: np.ndarray, normals: np.ndarray, stance: Stance) -> np.ndarray:
    """Normals at points after `pose`, by the way a short step along them is turned."""
    step = 1e-3
    moved = pose(points + step * normals, stance, points) - pose(points, stance)
    return unit(moved)
