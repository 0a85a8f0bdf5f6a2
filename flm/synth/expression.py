"""What a face does: facial actions in combinations that people make, and where the eyes look."""

from dataclasses import dataclass

import numpy as np

# For each expression its probability, and the range of each action; "mouthSmile" stands for both of its sides.
_EXPRESSIONS: dict[str, tuple[float, dict[str, tuple[float, float]]]] = {
    "neutral": (0.15, {}),
    "faint smile": (0.14, {"mouthSmile": (0.1, 0.5), "cheekSquint": (0, 0.3)}),
    "smile": (
        0.23,
        {"mouthSmile": (0.6, 1), "mouthStretch": (0, 0.35), "cheekSquint": (0.2, 0.7), "eyeSquint": (0, 0.4),
         "mouthUpperUp": (0, 0.5), "mouthLowerDown": (0, 0.4), "jawOpen": (0, 0.1)},
    ),
    "laugh": (
        0.12,
        {"mouthSmile": (0.7, 1), "mouthStretch": (0, 0.3), "cheekSquint": (0.3, 0.9), "eyeSquint": (0.1, 0.7),
         "mouthUpperUp": (0.2, 0.8), "mouthLowerDown": (0, 0.4), "jawOpen": (0.15, 0.55)},
    ),
    "talk": (
        0.12,
        {"jawOpen": (0.05, 0.4), "mouthFunnel": (0, 0.5), "mouthPucker": (0, 0.3), "mouthLowerDown": (0, 0.4),
         "mouthStretch": (0, 0.3), "mouthUpperUp": (0, 0.3)},
    ),
    "shout": (
        0.02,
        {"jawOpen": (0.4, 0.9), "mouthLowerDown": (0, 0.6), "mouthUpperUp": (0, 0.5), "browDown": (0, 0.6),
         "noseSneer": (0, 0.5)},
    ),
    "surprise": (
        0.05, {"browInnerUp": (0.4, 1), "browOuterUp": (0.4, 1), "eyeWide": (0.3, 1), "jawOpen": (0, 0.6)}
    ),
    "sad": (0.04, {"mouthFrown": (0.3, 0.9), "browInnerUp": (0.2, 0.9), "mouthShrugLower": (0, 0.4)}),
    "angry": (
        0.04, {"browDown": (0.4, 1), "noseSneer": (0, 0.6), "mouthPress": (0, 0.7), "eyeSquint": (0, 0.4)}
    ),
    "pressed lips": (0.03, {"mouthRollLower": (0.2, 0.8), "mouthRollUpper": (0.2, 0.8), "mouthPress": (0, 0.6)}),
    "pucker": (0.03, {"mouthPucker": (0.3, 1), "mouthFunnel": (0, 0.4)}),
    "puffed cheeks": (0.01, {"cheekPuff": (0.4, 1), "mouthPucker": (0, 0.3)}),
    "tongue": (0.01, {"tongueOut": (0.3, 1), "jawOpen": (0.25, 0.6)}),
    "one-sided": (0.01, {"mouthSmileLeft": (0.3, 1), "cheekSquintLeft": (0, 0.6)}),
}  # fmt: skip
# Now and then, on top of any of them.
_EXTRAS: dict[str, tuple[float, tuple[float, float]]] = {
    "eyeBlink": (0.15, (0, 0.3)),
    "browInnerUp": (0.12, (0, 0.5)),
    "browOuterUp": (0.10, (0, 0.5)),
    "browDown": (0.10, (0, 0.5)),
    "jawLeft": (0.05, (0, 0.3)),
    "jawRight": (0.05, (0, 0.3)),
    "mouthLeft": (0.06, (0, 0.4)),
    "mouthRight": (0.06, (0, 0.4)),
    "mouthDimple": (0.08, (0, 0.6)),
    "noseSneer": (0.06, (0, 0.4)),
}
_CLOSED_EYES, _WINK = 0.04, 0.01
_SIDE_SIGMA = 0.06
_GAZE_SIGMA, _GAZE_MOST = np.radians([11, 7]), np.radians([32, 20])
_LID_RANGE = np.radians([35, 25])  # gaze at which the lids' own actions are at their end


@dataclass(frozen=True)
class Expression:
    """name; actions: weight of each facial action, ARKit's names; gaze: to the subject's left and up, radians."""

    name: str
    actions: dict[str, float]
    gaze: tuple[float, float]

    def targets(self) -> dict[str, float]:
        """Weights of the head model's targets; the lids follow the gaze."""
        left, up = self.gaze
        lids = {}
        for side, outward in (("Left", left), ("Right", -left)):
            lids[f"action/eyeLook{'Out' if outward > 0 else 'In'}{side}"] = abs(outward) / _LID_RANGE[0]
            lids[f"action/eyeLook{'Up' if up > 0 else 'Down'}{side}"] = abs(up) / _LID_RANGE[1]
        return lids | {f"action/{name}": weight for name, weight in self.actions.items()}


NEUTRAL = Expression("neutral", {}, (0.0, 0.0))


def sample_expression(rng: np.random.Generator) -> Expression:
    """An expression as photographs show them: every second one a smile, talk or laugh; rarely an extreme one."""
    names = list(_EXPRESSIONS)
    name = str(rng.choice(names, p=[_EXPRESSIONS[name][0] for name in names]))
    actions: dict[str, float] = {}
    for action, (low, high) in _EXPRESSIONS[name][1].items():
        _act(actions, action, rng.uniform(low, high), rng)
    for action, (probability, (low, high)) in _EXTRAS.items():
        if rng.random() < probability:
            _act(actions, action, rng.uniform(low, high), rng)
    if rng.random() < _CLOSED_EYES:
        actions |= {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
    elif rng.random() < _WINK:
        actions[str(rng.choice(["eyeBlinkLeft", "eyeBlinkRight"]))] = 1.0
    left, up = np.clip(rng.normal(0, _GAZE_SIGMA), -_GAZE_MOST, _GAZE_MOST)
    return Expression(name, actions, (float(left), float(up)))


def _act(actions: dict[str, float], action: str, weight: float, rng: np.random.Generator) -> None:
    for side in sides(action):
        value = weight + (rng.normal(0, _SIDE_SIGMA) if len(sides(action)) == 2 else 0)
        actions[side] = float(np.clip(max(value, actions.get(side, 0)), 0, 1))


def sides(action: str) -> list[str]:
    """ARKit's names of an action: left and right where it has two sides."""
    single = ("browInnerUp", "cheekPuff", "tongueOut", "jaw", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthShrug")
    one = action.startswith(single) or action.endswith(("Left", "Right")) or action == "mouthClose"
    return [action] if one else [action + "Left", action + "Right"]
