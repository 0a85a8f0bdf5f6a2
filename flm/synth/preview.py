"""A contact sheet of generated faces."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from flm import paths
from flm.data.face_synthetics import CLASSES
from flm.synth.dataset import Recipe
from flm.synth.expression import Expression
from flm.synth.face import Face, sample_face
from flm.synth.generator import Generator
from flm.synth.head import head_model
from flm.synth.solid import Solid
from flm.synth.stance import Stance
from flm.synth.surface import surface


def write_sheet(path: Path, count: int, recipe: Recipe) -> Path:
    """Write the first `count` faces of a recipe as one picture, about 3 : 2; returns its path."""
    path = path if path.suffix else path.with_suffix(".png")
    generator = Generator(recipe.size, recipe.seed, recipe.samples)
    with paths.atomic_path(path) as temporary:
        cv2.imwrite(str(temporary), sheet([generator.example(i).image for i in range(count)])[..., ::-1])
    return path


def sheet(images: list[np.ndarray]) -> np.ndarray:
    """Pictures (s, s, 3) side by side in rows, about 3 : 2, black where there are too few."""
    columns = max(1, round((1.5 * len(images)) ** 0.5))
    blank = [np.zeros_like(images[0])] * (-len(images) % columns)
    filled = images + blank
    return np.vstack([np.hstack(filled[i : i + columns]) for i in range(0, len(filled), columns)])


def steps(generator: Generator, index: int) -> dict[str, np.ndarray]:
    """Face number `index` (s, s, 3) as it is built up: from the mean head in clay to the photograph, by step's name."""
    rng = np.random.default_rng([generator.seed, index])
    face, stance = sample_face(rng), Stance(0.25, 0.05, 0, 0.15)
    model, clay = head_model(), np.full_like(face.texture, 0.4)
    person = surface().vertices(model.vertices(face.identity.targets()))
    eyes_only = _parts(face, {"left_eye", "right_eye", "mouth_interior"})
    bald = _parts(face, set(CLASSES) - {"hair", "beard", "clothing", "glasses", "headwear", "facewear"})
    unhurried = replace(face, expression=Expression("neutral", {}, (0.0, 0.0)), skin=person, texture=clay)
    stages = {
        "mean head": replace(unhurried, skin=surface().mean, rest=eyes_only),
        "a person": replace(unhurried, rest=eyes_only),
        "an expression": replace(face, texture=clay, rest=eyes_only),
        "skin": replace(face, rest=eyes_only),
        "eyes, brows, lashes": replace(face, rest=bald),
        "hair and clothes": face,
    }
    return {name: generator.shoot(stage, stance, np.random.default_rng(index)).image for name, stage in stages.items()}


def _parts(face: Face, classes: set[str]) -> Solid:
    """The face's solid without the faces of other segmentation classes."""
    kept = np.isin(face.rest.classes, [CLASSES.index(name) for name in classes])
    return replace(face.rest, faces=face.rest.faces[kept], classes=face.rest.classes[kept])
