"""Films with exact truth: a generated person who turns, talks or blinks, in light that moves, behind a passing hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from tqdm import tqdm

from flm import paths
from flm.errors import InputError
from flm.synth import assets, generator
from flm.synth.expression import Expression, sides
from flm.synth.face import Face, build_face
from flm.synth.generator import Generator, Recipe, Scene
from flm.synth.head import head_model
from flm.synth.identity import sample_identity
from flm.synth.landmarks import places
from flm.synth.occluders import hand
from flm.synth.skin import mean_colour
from flm.synth.solid import Solid, merge
from flm.synth.stance import Stance, frame, pose
from flm.video.frames import Frame

VERSION = 1
RATE = 30.0  # frames a second
_NOISE = 3.0  # of the sensor, standard deviation in grey levels
_BEFORE = 0.8  # dm that a hand passes farther from a face than one that is laid on it
_ROOM = 1.4  # width of the picture over that of a photograph for training


@dataclass(frozen=True)
class Moment:
    """What an act asks for at one time.

    yaw, pitch: of the head, radians. actions: weights of facial actions, see flm.synth.expression. light: how far the
    surroundings have turned around the person, turns. shake: the camera's, (right, up), share of the picture. passing:
    where a hand is before the face, dm to the subject's left; None: away.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    actions: dict[str, float] = field(default_factory=dict)
    light: float = 0.0
    shake: tuple[float, float] = (0.0, 0.0)
    passing: float | None = None


def _turn(t: float) -> Moment:
    return Moment(yaw=np.radians(35) * np.tanh(2 * _wave(0.5, t)), pitch=np.radians(8) * _wave(0.35, t))


def _talk(t: float) -> Moment:
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * t)
    loud = 0.6 + 0.4 * _wave(0.7, t)
    mouth = {"jawOpen": 0.4 * loud * syllables, "mouthFunnel": 0.25 + 0.25 * _wave(1.7, t)}
    return Moment(yaw=np.radians(4) * _wave(0.4, t), actions=mouth | {"mouthStretch": 0.15 + 0.15 * _wave(1.1, t)})


def _blink(t: float) -> Moment:
    return Moment(actions={"eyeBlink": np.exp(-(((t % 1 - 0.5) / 0.07) ** 2))})


def _shake(t: float) -> Moment:
    right, up = 0.012 * _wave(2.3, t) + 0.006 * _wave(5.1, t), 0.010 * _wave(1.9, t) + 0.006 * _wave(5.9, t)
    return Moment(shake=(right, up))


def _light(t: float) -> Moment:
    return Moment(light=t / 4)


def _pass(t: float) -> Moment:
    return Moment(passing=-2.5 + 5 * (t % 2) / 2)


ACTS: dict[str, Callable[[float], Moment]] = {
    "turning": _turn,
    "talking": _talk,
    "blinking": _blink,
    "camera shaking": _shake,
    "light moving": _light,
    "hand passing": _pass,
}


def act(name: str, count: int, size: int = 256, person: int = 0) -> Iterator[tuple[Frame, np.ndarray]]:
    """`count` frames of one of ACTS, size pixels a side, and where the 68 landmarks (68, 2) of its person are in each.

    person: the number of who acts, and where. Raises InputError for an unknown act.
    """
    if name not in ACTS:
        raise InputError(f"unknown act {name!r}: choose one of {', '.join(ACTS)}")
    studio = Generator(Recipe(seed=person, size=size, preset="no-faults"))
    scene = _scene(studio, person)
    noise = np.random.default_rng(person)
    for number in range(count):
        time = number / RATE
        moment = ACTS[name](time)
        stance = Stance(moment.yaw, moment.pitch, 0.0, 0.3 * moment.yaw)
        face = _face(studio, person, moment)
        # The generator's camera has no faults, but its exposure and contrast are drawn: the same ones each time.
        taken = studio.take(face, stance, _moved(scene, moment), number, np.random.default_rng(person))
        noisy = taken.image + _NOISE * noise.standard_normal(taken.image.shape, np.float32)
        yield Frame(number, time, noisy.clip(0, 255).astype(np.uint8)), taken.landmarks.astype(np.float32)


def filmed(name: str, count: int, size: int = 256, person: int = 0) -> list[tuple[Frame, np.ndarray]]:
    """As `act` gives them, made once and then read from the cache folder."""
    facts = [str(fact) for fact in (VERSION, generator.VERSION, name, count, size, person, assets.installed())]
    path = paths.cache_dir() / f"film-{paths.digest(facts)}.npz"
    if not path.exists():
        shown = tqdm(act(name, count, size, person), name, total=count, unit=" frames", disable=None)
        made = [(frame.image, landmarks) for frame, landmarks in shown]
        with paths.atomic_path(path) as temporary:
            np.savez(temporary, images=[image for image, _ in made], landmarks=[landmarks for _, landmarks in made])
    with np.load(path) as kept:
        pictures, landmarks = kept["images"], kept["landmarks"]
    return [(Frame(i, i / RATE, picture), landmarks[i]) for i, picture in enumerate(pictures)]


def _scene(studio: Generator, person: int) -> Scene:
    """Before a camera that stands still, with the person in its middle while they look into it."""
    framed, lit, shown = np.random.default_rng([person, 1]).spawn(3)
    upright = Stance(0.0, 0.0, 0.0, 0.0)
    camera, shift = frame(framed, pose(places(_face(studio, person, Moment())).points[:68], upright))
    return studio.scene(replace(camera, field=_ROOM * camera.field), shift, lit, shown)


def _face(studio: Generator, person: int, moment: Moment) -> Face:
    who, waving, *rest = np.random.default_rng([person, 2]).spawn(5)
    identity = sample_identity(who, head_model())
    actions = {side: float(weight) for action, weight in moment.actions.items() for side in sides(action)}
    face = build_face(identity, Expression("acted", actions, (0.0, 0.0)), rest, studio.preset)
    if moment.passing is None:
        return face
    waved = hand(waving, head_model().vertices(identity.targets()), face.skin, mean_colour(face.texture))
    return replace(face, rest=merge([face.rest, _shifted(waved, moment.passing)]))


def _shifted(waved: Solid, left: float) -> Solid:
    return replace(waved, vertices=waved.vertices + [left, 0, _BEFORE])


def _moved(scene: Scene, moment: Moment) -> Scene:
    """The scene after light and camera have moved; what is behind moves with the picture."""
    light = np.roll(scene.light, round(moment.light * scene.light.shape[1]), axis=1)
    right, up = moment.shake
    x, y = np.array(scene.camera.centre) + scene.camera.field * np.array([right, up])
    size = len(scene.behind)
    by = np.array([[1, 0, -right * size], [0, 1, up * size]])
    behind = cv2.warpAffine(scene.behind, by, (size, size), borderMode=cv2.BORDER_REFLECT)
    return replace(scene, camera=replace(scene.camera, centre=(float(x), float(y))), light=light, behind=behind)


def _wave(frequency: float, t: float) -> float:
    return float(np.sin(2 * np.pi * frequency * t))
