"""Generated faces to look at: contact sheets, how one is made, what each knob does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from flm import paths
from flm.data.face_synthetics import CLASSES
from flm.data.image import write_image
from flm.synth.expression import sample_expression
from flm.synth.face import Face, build_face, sample_face
from flm.synth.generator import Example, Generator, Recipe, check
from flm.synth.head import head_model
from flm.synth.identity import sample_identity
from flm.synth.solid import Solid
from flm.synth.stance import Stance
from flm.synth.surface import CLASS, surface


def write_sheet(path: Path, count: int, recipe: Recipe) -> Path:
    """Write the first `count` faces of a recipe as one PNG, about 3 : 2; returns its path, which ends so."""
    if path.suffix != ".png":
        path = path.with_name(f"{path.name}.png")
    check(recipe, count)
    generator = Generator(recipe)
    with paths.atomic_path(path) as temporary:
        write_image(temporary, sheet([generator.example(i).image for i in range(count)]))
    return path


def sheet(images: list[np.ndarray]) -> np.ndarray:
    """Pictures (s, s, 3) side by side in rows, about 3 : 2, black where there are too few."""
    columns = max(1, round((1.5 * len(images)) ** 0.5))
    blank = [np.zeros_like(images[0])] * (-len(images) % columns)
    filled = images + blank
    return np.vstack([np.hstack(filled[i : i + columns]) for i in range(0, len(filled), columns)])


def steps(generator: Generator, index: int) -> dict[str, np.ndarray]:
    """Face number `index` (s, s, 3) as it is built up: from the mean head in clay to the photograph, by step's name."""
    calm_preset = replace(generator.preset, expressions=False)
    face, calm = (
        sample_face(np.random.default_rng([generator.recipe.seed, index]), preset)
        for preset in (generator.preset, calm_preset)
    )
    stance, clay = Stance(0.25, 0.05, 0, 0.15), np.full_like(face.texture, 0.3)
    bare = {"left_eye", "right_eye", "mouth_interior"}
    bald = _parts(face, set(CLASSES) - {"hair", "beard", "clothing", "glasses", "headwear", "facewear"})
    stages = {
        "mean head": replace(calm, skin=surface().mean, texture=clay, rest=_parts(calm, {"left_eye", "right_eye"})),
        "a person": replace(calm, texture=clay, rest=_parts(calm, bare)),
        "an expression": replace(face, texture=clay, rest=_parts(face, bare)),
        "skin": replace(face, rest=_parts(face, bare)),
        "eyes, brows, lashes": replace(face, rest=bald),
        "hair and clothes": face,
    }
    return {name: generator.shoot(stage, stance, np.random.default_rng(index)).image for name, stage in stages.items()}


VARIED = ("person", "expression", "skin and eyes", "hair", "things worn", "light and camera")


def variations(generator: Generator, index: int, varied: str, count: int) -> list[np.ndarray]:
    """`count` pictures (s, s, 3) of face number `index` that differ in one of VARIED alone."""
    pictures = []
    for k in range(count):
        rngs = dict(zip(VARIED, np.random.default_rng([generator.recipe.seed, index]).spawn(len(VARIED)), strict=True))
        rngs[varied] = np.random.default_rng([generator.recipe.seed, index, k])
        identity = sample_identity(rngs["person"], head_model())
        expression = sample_expression(rngs["expression"])
        rest = [rngs[name] for name in ("skin and eyes", "hair", "things worn")]
        face = build_face(identity, expression, rest, generator.preset)
        pictures.append(generator.shoot(face, Stance(0.15, 0, 0, 0.1), rngs["light and camera"]).image)
    return pictures


def turned(generator: Generator, index: int, yaws: Sequence[float]) -> list[Example]:
    """Face number `index` turned by each of these angles, degrees."""
    face = sample_face(np.random.default_rng([generator.recipe.seed, index]), generator.preset)
    stances = [Stance(float(np.radians(yaw)), 0, 0, 0) for yaw in yaws]
    return [generator.shoot(face, stance, np.random.default_rng(index)) for stance in stances]


def _parts(face: Face, classes: set[str]) -> Solid:
    """The face's solid without the faces of other segmentation classes."""
    return face.rest.only(np.isin(face.rest.classes, [CLASS[name] for name in classes]))
