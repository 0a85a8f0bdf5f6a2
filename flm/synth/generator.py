"""The generator: one numbered picture after another, with its labels."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from flm.data import folder
from flm.errors import InputError
from flm.synth import assets, light, photo
from flm.synth.annotator import annotate
from flm.synth.face import Face, sample_face
from flm.synth.landmarks import places, visible_contour
from flm.synth.mesh import normals, unit
from flm.synth.preset import preset
from flm.synth.render import Camera, Renderer, View
from flm.synth.solid import Mesh
from flm.synth.stance import Stance, frame, head_rotation, pose, sample_stance
from flm.synth.surface import CLASS, surface

VERSION = 5
_AWAY = -0.4  # cosine to the camera's axis beyond which a face of the head's outside cannot be seen
_CULLED = [CLASS[name] for name in ("skin", "neck", "hair")]
M = TypeVar("M", bound=Mesh)
_SKIN_DEEP = 0.04  # dm that something may lie before a landmark and not hide it: brow hair, eyelids' roundness


@dataclass(frozen=True)
class Example:
    """A picture and what is known of it.

    image: (s, s, 3) uint8 RGB. landmarks: (68, 2) pixels, as people label: the jaw is the visible contour.
    dense: (1001, 2) the landmarks in their places on the head, the 68 first. visible: (1001,) bool, of these.
    pupils: (2, 2), right one first. classes: (s, s) uint8 segmentation. stance, camera, face: what is shown.
    """

    image: np.ndarray
    landmarks: np.ndarray
    dense: np.ndarray
    pupils: np.ndarray
    visible: np.ndarray
    classes: np.ndarray
    stance: Stance
    camera: Camera
    face: Face


@dataclass(frozen=True)
class Scene:
    """Where a picture is taken.

    shift: (3,) what is added to all points of the person, so that the camera sees them. light: environment map, see
    flm.synth.light. behind: what is behind the person, (s, s, 3) linear RGB.
    """

    camera: Camera
    shift: np.ndarray
    light: np.ndarray
    behind: np.ndarray


@dataclass(frozen=True)
class Recipe:
    """All that decides a data set but its length.

    size: pixels a side. samples: light paths a pixel. backgrounds: folder of pictures to put behind people.
    photographed: with photographed light and surroundings, not made-up ones alone.
    """

    seed: int = 0
    size: int = 256
    samples: int = 8
    preset: str = "default"
    backgrounds: str | None = None
    photographed: bool = field(default_factory=assets.installed)
    version: int = VERSION


def check(recipe: Recipe, count: int) -> None:
    """Raise InputError for an unknown preset, an empty folder of backgrounds, and where there is nothing to be made.

    What can be made, but without photographed light, is said to be.
    """
    preset(recipe.preset)
    _pictures(recipe)
    if count < 1 or recipe.size < 32 or recipe.samples < 1 or recipe.seed < 0:
        raise InputError(
            f"count {count}, size {recipe.size}, samples {recipe.samples}, seed {recipe.seed}: expected at least 1 "
            "picture of 32 pixels, with 1 sample each, and a seed that is not negative"
        )
    if not recipe.photographed:
        assets.say_what_is_missing()


class Generator:
    """Makes the pictures of a data set, each determined by its recipe and number. Raises InputError, see `preset`."""

    def __init__(self, recipe: Recipe):
        self.recipe, self.preset = recipe, preset(recipe.preset)
        self.pictures = _pictures(recipe)
        self.lights, self.surroundings = self._own(assets.lights), self._own(assets.surroundings)
        self.renderer = Renderer(recipe.size, recipe.samples)

    def example(self, index: int) -> Example:
        """Picture number `index`."""
        rng = np.random.default_rng([VERSION, self.preset.stream, self.recipe.seed, index])
        return self.shoot(sample_face(rng, self.preset), sample_stance(rng, self.preset.sideways), rng)

    def shoot(self, face: Face, stance: Stance, rng: np.random.Generator) -> Example:
        """A picture of this face in this stance; light, background and camera are drawn from `rng`."""
        camera, shift = frame(rng, pose(places(face).points[:68], stance))
        lit, shown, labelled = rng.spawn(3)
        seen = self.take(face, stance, self.scene(camera, shift, lit, shown), int(rng.integers(2**31)), shown)
        if self.preset.annotated:
            seen = replace(seen, landmarks=annotate(labelled, seen.landmarks))
        return seen

    def scene(self, camera: Camera, shift: np.ndarray, lit: np.random.Generator, shown: np.random.Generator) -> Scene:
        """What is before this camera beside the person: light and background, drawn from two generators."""
        surroundings = light.sample_light(lit, self.lights) if self.preset.lighting else light.plain_sky()
        behind = photo.background(shown, self.recipe.size, surroundings, self.surroundings, self.pictures)
        return Scene(camera, shift, surroundings, behind)

    def take(self, face: Face, stance: Stance, scene: Scene, seed: int, faults: np.random.Generator) -> Example:
        """A picture of this face in this stance and scene; seed: of the light's paths; faults: draws the camera's."""
        put, camera, size = places(face), scene.camera, self.recipe.size
        picture = self.renderer.picture(_view(face, stance, scene), seed=seed)
        image = photo.develop(faults, picture, scene.behind, self.preset.faults)

        def pixels(places: np.ndarray) -> np.ndarray:
            flat = pose(places.reshape(-1, 3), stance) + scene.shift
            return camera.project(flat, size).reshape(*places.shape[:-1], 2)

        dense = pixels(put.points)
        up = head_rotation(stance)[:2, 1] * [1, -1]
        landmarks = np.concatenate([visible_contour(dense[:17], pixels(put.contour), up), dense[17:68]])
        classes, visible = self._seen(pose(put.points, stance) + scene.shift, camera)
        return Example(image, landmarks, dense, pixels(put.pupils), visible, classes, stance, camera, face)

    def _own(self, maps: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
        if not self.recipe.photographed:
            return []
        return [one for number, one in enumerate(maps()) if number % 3 in self.preset.maps]

    def _seen(self, points: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
        """Segmentation (s, s) of the last picture, and whether each of points (n, 3) is seen in it."""
        size = self.recipe.size
        origin, through = camera.rays(size)
        offset = points - origin
        distance = np.linalg.norm(offset, axis=1)
        classes, reach = self.renderer.first_hits(origin, np.concatenate([through, offset / distance[:, None]]))
        pixels = size**2
        return classes[:pixels].reshape(size, size), reach[pixels:] > distance - _SKIN_DEEP


def _pictures(recipe: Recipe) -> list[Path]:
    """Files of pictures that may lie behind people. Raises InputError where a folder was named and has none."""
    return [] if recipe.backgrounds is None else folder.pictures(Path(recipe.backgrounds), folder.SPLIT)


def _view(face: Face, stance: Stance, scene: Scene) -> View:
    vertices, s, rest = pose(face.skin, stance) + scene.shift, surface(), face.rest
    skin = Mesh(vertices, s.faces, normals(vertices, s.faces), s.classes)
    turned = _turned(rest.vertices, rest.normals, stance)
    solid = replace(rest, vertices=pose(rest.vertices, stance) + scene.shift, normals=turned)
    look = face.texture, face.relief, face.roughness
    return View(_in_sight(skin), *look, _in_sight(solid), scene.light, scene.camera)


def _in_sight(mesh: M) -> M:
    """A posed mesh without the skin and hair on the head's far side: hidden, and a third of the time to render."""
    away = mesh.normals[mesh.faces[:, 0], 2] < _AWAY
    return mesh.only(~(away & np.isin(mesh.classes, _CULLED)))


def _turned(points: np.ndarray, normals: np.ndarray, stance: Stance) -> np.ndarray:
    """Normals at points after `pose`, by the way a short step along them is turned."""
    step = 1e-3
    moved = pose(points + step * normals, stance, points) - pose(points, stance)
    return unit(moved)
