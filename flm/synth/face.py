"""One person in front of a camera: everything sampled, all meshes built, ready to be rendered and labelled."""

from dataclasses import dataclass

import numpy as np

from flm.synth import eyes, facial_hair, hair, occluders, skin, wear
from flm.synth.expression import Expression, sample_expression
from flm.synth.head import head_model, vertex_groups
from flm.synth.identity import Identity, sample_identity
from flm.synth.mesh import triangles
from flm.synth.solid import Solid, merge, solid
from flm.synth.surface import CLASS, mean_head, surface


@dataclass(frozen=True)
class Face:
    """A person in their own coordinates: head upright, looking along z.

    skin: (v, 3). left_eye, right_eye: eyeball vertices. texture: of the skin. roughness: of the skin. rest: all else.
    """

    identity: Identity
    expression: Expression
    skin: np.ndarray
    left_eye: np.ndarray
    right_eye: np.ndarray
    texture: np.ndarray
    roughness: float
    rest: Solid
    brows: facial_hair.BrowLook


def sample_face(rng: np.random.Generator) -> Face:
    """A person: who, with what expression, skin, eyes, hair, clothes and things worn."""
    model = head_model()
    identity, expression = sample_identity(rng, model), sample_expression(rng)
    still = model.vertices(identity.targets())
    moved = model.vertices(_sum(identity.targets(), expression.targets()))
    lift = _eyes(mean_head()) - _eyes(still)  # everybody's eyes are where the mean's are: hair and hats rely on it
    still, moved = still + lift, moved + lift
    vertices = surface().vertices(moved)
    male, age = identity.male, identity.age

    look = skin.sample_skin(rng, identity.ancestry, male, age)
    colour = hair.sample_colour(rng, look.fairness, age)
    style = hair.sample_style(rng, male, age)
    hat = wear.sample_hat(rng, vertices) if rng.random() < 0.1 else None
    line = hair.scalp_density(style.recession if style else 0.25)
    line = line * ~hat.covered if hat else line
    bearded = male > 0.5 and age > 0.42 and rng.random() < 0.35
    areas = rng.beta(0.7, 0.7, 3) if bearded else (1.0, 0.8, 1.0)
    beard = facial_hair.beard_density(*areas)
    texture = skin.albedo(rng, look, colour, line if style else 0 * line, beard)

    gaze = eyes.sample_eyes(rng, look.fairness)
    brows = facial_hair.sample_brows(rng, male)
    left, right = (eyes.eyeball(still, side, expression.gaze, gaze.pupil) for side in ("left", "right"))
    solids = [
        wear.clothes(rng, vertices),
        solid(left, eyes.faces(), gaze.colours, 0.08, CLASS["right_eye"]),
        solid(right, eyes.faces(), gaze.colours, 0.08, CLASS["left_eye"]),
        *_mouth(rng, moved),
        *facial_hair.brow_hair(rng, brows, colour * 0.8, vertices),
        *facial_hair.lashes(rng, colour, vertices, 0.035 if male > 0.5 else rng.uniform(0.04, 0.07)),
    ]
    if hat:
        solids.append(hat.solid)
    if rng.random() < 0.15:
        solids.append(wear.glasses(rng, left, right))
    if rng.random() < 0.07:
        solids.append(occluders.sample_occluder(rng, moved, vertices, texture[:-40].mean((0, 1))))
    if style and line.any():
        solids.append(hair.scalp_hair(rng, style, colour, vertices, line))
    if bearded:
        solids.append(facial_hair.beard_hair(rng, beard, float(np.exp(rng.normal(-2.2, 0.7))), colour, vertices))
    return Face(identity, expression, vertices, left, right, texture, look.roughness, merge(solids), brows)


def _eyes(base: np.ndarray) -> np.ndarray:
    """The middle between the eyes, (3,)."""
    return np.mean([base[vertex_groups()[f"helper-{side}-eye"]].mean(0) for side in "lr"], axis=0)


def _mouth(rng: np.random.Generator, base: np.ndarray) -> list[Solid]:
    white = np.array([0.62, 0.56, 0.46]) * rng.uniform(0.7, 1.1)
    parts = [("helper-upper-teeth", white, 0.2), ("helper-lower-teeth", white, 0.2)]
    parts.append(("helper-tongue", np.array([0.33, 0.09, 0.08]), 0.35))
    return [_helper(base, name, colour, roughness) for name, colour, roughness in parts]


def _helper(base: np.ndarray, group: str, colour: np.ndarray, roughness: float) -> Solid:
    members = vertex_groups()[group]
    quads = head_model().base.faces
    quads = quads[np.isin(quads, members).all(1)]
    faces = triangles(quads)
    used, compact = np.unique(faces, return_inverse=True)
    return solid(base[used], compact.reshape(faces.shape), colour, roughness, CLASS["mouth_interior"])


def _sum(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
    return {name: a.get(name, 0) + b.get(name, 0) for name in a | b}
