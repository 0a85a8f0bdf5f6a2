"""One person in front of a camera: everything sampled, all meshes built, ready to be rendered and labelled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flm.synth import eyes, facial_hair, hair, occluders, skin, wear
from flm.synth.expression import NEUTRAL, Expression, sample_expression
from flm.synth.head import head_model, vertex_groups
from flm.synth.identity import Identity, sample_identity
from flm.synth.mesh import triangles
from flm.synth.preset import Preset
from flm.synth.solid import Solid, merge, solid
from flm.synth.surface import CLASS, mean_head, surface


@dataclass(frozen=True)
class Face:
    """A person in their own coordinates: head upright, looking along z.

    skin: (v, 3). left_eye, right_eye: eyeball vertices. texture, relief, roughness: of the skin, see
    flm.synth.skin, as is melanin, its darkness. rest: all else.
    """

    identity: Identity
    expression: Expression
    skin: np.ndarray
    left_eye: np.ndarray
    right_eye: np.ndarray
    texture: np.ndarray
    relief: np.ndarray
    roughness: float
    melanin: float
    rest: Solid
    brows: facial_hair.BrowLook


_BEHIND_LIPS = 0.04  # dm that teeth and tongue are set back, or they come through the skin of some chins


def sample_face(rng: np.random.Generator, of: Preset) -> Face:
    """A person: who, with what expression, skin, eyes, hair, clothes and things worn."""
    who, *rest = rng.spawn(4)  # so that presets that leave something out show the same people
    identity, expression = sample_identity(who, head_model()), sample_expression(who)
    return build_face(identity, expression if of.expressions else NEUTRAL, rest, of)


def build_face(identity: Identity, expression: Expression, rngs: Sequence[np.random.Generator], of: Preset) -> Face:
    """This person with this expression; the rest is drawn from three generators: skin and eyes, hair, things worn."""
    model, (looks, grown, worn) = head_model(), rngs
    still = model.vertices(identity.targets())
    moved = model.vertices(_sum(identity.targets(), expression.targets()))
    lift = _eyes(mean_head()) - _eyes(still)  # everybody's eyes are where the mean's are: hair and hats rely on it
    still, moved = still + lift, moved + lift
    vertices = surface().vertices(moved)
    male, age = identity.male, identity.age

    look = skin.sample_skin(looks, identity.ancestry, male, age)
    gaze = eyes.sample_eyes(looks, look.fairness)
    left, right = (eyes.eyeball(still, side, expression.gaze, gaze.pupil) for side in ("left", "right"))
    colour = hair.sample_colour(grown, look.fairness, age)
    style = hair.sample_style(grown, of.styles, male, age)
    hat = wear.sample_hat(worn, vertices) if worn.random() < 0.1 and of.accessories else None
    line = hair.scalp_density(style.recession if style else 0.25)
    line = line * ~hat.covered if hat else line
    bearded = bool(of.styles) and male > 0.5 and age > 0.42 and grown.random() < 0.35
    areas = grown.beta(0.7, 0.7, 3) if bearded else (1.0, 0.8, 1.0)
    beard = facial_hair.beard_density(*areas)
    texture = skin.albedo(looks, look, colour, line if style else 0 * line, beard)
    relief = skin.relief(looks, look)
    brows = facial_hair.sample_brows(grown, male)
    solids = [
        wear.clothes(worn, vertices),
        solid(left, eyes.faces(), gaze.colours, 0.08, CLASS["right_eye"]),
        solid(right, eyes.faces(), gaze.colours, 0.08, CLASS["left_eye"]),
        *_mouth(looks, moved),
        *facial_hair.brow_hair(grown, brows, 0.8 * colour + 0.1 * skin.mean_colour(texture), vertices),
        *facial_hair.lashes(grown, colour, vertices, 0.035 if male > 0.5 else grown.uniform(0.04, 0.07)),
    ]
    if hat:
        solids.append(hat.solid)
    if of.accessories and worn.random() < 0.15:
        solids.append(wear.glasses(worn, left, right))
    if of.accessories and worn.random() < 0.05:
        solids.append(occluders.sample_occluder(worn, moved, vertices, skin.mean_colour(texture[:-40])))
    if style and line.any():
        solids.append(hair.scalp_hair(grown, style, colour, vertices, line))
    if bearded:
        length = float(np.exp(grown.normal(-2.2, 0.7)))
        solids.append(facial_hair.beard_hair(grown, beard, length, colour, vertices))
    about_skin = texture, relief, look.roughness, look.melanin
    return Face(identity, expression, vertices, left, right, *about_skin, merge(solids), brows)


def _eyes(base: np.ndarray) -> np.ndarray:
    """The middle between the eyes, (3,)."""
    return np.mean([base[vertex_groups()[f"helper-{side}-eye"]].mean(0) for side in "lr"], axis=0)


def _mouth(rng: np.random.Generator, base: np.ndarray) -> list[Solid]:
    white = np.array([0.62, 0.56, 0.46]) * rng.uniform(0.7, 1.1)
    base = base - [0, 0, _BEHIND_LIPS]
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
