"""Landmark sets: what each point means, which points mirror each other, how one set becomes another.

"left" and "right" are the sides of the picture, not of the person: point 36 of iBUG-68 lies in the left eye.
Sources: Sagonas et al., "300 Faces in-the-Wild" (68); Wood et al., "Fake It Till You Make It" (70);
Wu et al., "Look at Boundary" (WFLW, 98); Burgos-Artizzu et al., "Robust face landmark estimation" (COFW, 29).
"""

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from flm.errors import InputError


def _span(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


@dataclass(frozen=True)
class Markup:
    """A landmark set of `n` points.

    groups: face part -> point numbers (0-based); together they cover every point once.
    pairs: mirror partners; a point in no pair lies on the face's middle line.
    eye_corners: outer corner of the left and of the right eye, which span the inter-ocular distance.
    eyes: the points whose mean is the centre of the left and of the right eye.
    curves: point numbers to join when drawing.
    """

    name: str
    n: int
    groups: dict[str, tuple[int, ...]] = field(repr=False)
    pairs: tuple[tuple[int, int], ...] = field(repr=False)
    eye_corners: tuple[int, int]
    eyes: tuple[tuple[int, ...], tuple[int, ...]] = field(repr=False)
    curves: tuple[tuple[int, ...], ...] = field(repr=False)

    @cached_property
    def flip(self) -> np.ndarray:
        """Point order in the mirrored picture, (n,): `mirrored_landmarks = landmarks[flip]` after x -> w - 1 - x."""
        order = np.arange(self.n)
        for a, b in self.pairs:
            order[[a, b]] = b, a
        return order

    @property
    def kinds(self) -> tuple[slice, ...]:
        """The points that are labelled together: all, or, in a set of BOTH, people's 68 and then the dense ones."""
        return (slice(0, 68), slice(68, self.n)) if self.name in BOTH else (slice(0, self.n),)


def _ring(points: tuple[int, ...]) -> tuple[int, ...]:
    return (*points, points[0])


# fmt: off
_IBUG_GROUPS = {
    "jaw": _span(0, 16),
    "brows": _span(17, 26),
    "nose": _span(27, 35),
    "eyes": _span(36, 47),
    "mouth": _span(48, 67),
}
_IBUG_PAIRS = (
    *((i, 16 - i) for i in range(8)),
    *((17 + i, 26 - i) for i in range(5)),
    (31, 35), (32, 34),
    (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),
    (48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67),
)
_IBUG_CURVES = (
    _span(0, 16), _span(17, 21), _span(22, 26), _span(27, 30), _span(31, 35),
    _ring(_span(36, 41)), _ring(_span(42, 47)), _ring(_span(48, 59)), _ring(_span(60, 67)),
)

IBUG68 = Markup(
    "ibug68", 68, _IBUG_GROUPS, _IBUG_PAIRS, (36, 45), (_span(36, 41), _span(42, 47)), _IBUG_CURVES
)
IBUG70 = Markup(
    "ibug70", 70, {**_IBUG_GROUPS, "pupils": (68, 69)}, (*_IBUG_PAIRS, (68, 69)),
    IBUG68.eye_corners, IBUG68.eyes, _IBUG_CURVES,
)
WFLW98 = Markup(
    "wflw98",
    98,
    {
        "jaw": _span(0, 32),
        "brows": _span(33, 50),
        "nose": _span(51, 59),
        "eyes": _span(60, 75),
        "mouth": _span(76, 95),
        "pupils": (96, 97),
    },
    (
        *((i, 32 - i) for i in range(16)),
        *((33 + i, 46 - i) for i in range(5)),
        *((38 + i, 50 - i) for i in range(4)),
        (55, 59), (56, 58),
        (60, 72), (61, 71), (62, 70), (63, 69), (64, 68), (65, 75), (66, 74), (67, 73),
        (76, 82), (77, 81), (78, 80), (83, 87), (84, 86), (88, 92), (89, 91), (93, 95),
        (96, 97),
    ),
    (60, 72),
    (_span(60, 67), _span(68, 75)),
    (
        _span(0, 32), _ring(_span(33, 41)), _ring(_span(42, 50)), _span(51, 54), _span(55, 59),
        _ring(_span(60, 67)), _ring(_span(68, 75)), _ring(_span(76, 87)), _ring(_span(88, 95)),
    ),
)
COFW29 = Markup(
    "cofw29",
    29,
    {
        "brows": _span(0, 7),
        "eyes": _span(8, 15),
        "pupils": (16, 17),
        "nose": _span(18, 21),
        "mouth": _span(22, 27),
        "chin": (28,),
    },
    ((0, 1), (2, 3), (4, 6), (5, 7), (8, 9), (10, 11), (12, 14), (13, 15), (16, 17), (18, 19), (22, 23)),
    (8, 9),
    ((16,), (17,)),
    (
        (0, 4, 2, 5, 0), (1, 6, 3, 7, 1), (8, 12, 10, 13, 8), (9, 14, 11, 15, 9),
        (18, 20, 19, 21, 18), (22, 24, 23, 27, 22), (22, 25, 23, 26, 22),
    ),
)
# fmt: on

MARKUPS = {m.name: m for m in (IBUG68, IBUG70, WFLW98, COFW29)}

DENSE = {f"dense{n}": n for n in (68, 243, 460, 490, 1001)}
"""The generator's own sets and their sizes; each begins with the one before, and the first are iBUG's 68 on the mesh,
where the jaw lies behind the cheek of a turned head."""

BOTH = {f"ibug68+{name}": name for name in DENSE}
"""Sets of 68 as people label them and, behind those, a dense one. No face has both: what is unknown of it is NaN."""

# The 98-point contours sample the 68-point ones more densely, so each iBUG point has a namesake there.
# fmt: off
_WFLW98_TO_IBUG68 = (
    *range(0, 33, 2), *_span(33, 37), *_span(42, 46), *_span(51, 59),
    60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75, *_span(76, 95),
)
# fmt: on
_CONVERSIONS = {("ibug70", "ibug68"): _span(0, 67), ("wflw98", "ibug68"): _WFLW98_TO_IBUG68}


def get(name: str) -> Markup:
    """The markup called `name`. Raises InputError for an unknown one."""
    if name in DENSE:
        return _dense(name)
    if name in BOTH:
        return _both(name)
    if name not in MARKUPS:
        raise InputError(f"unknown markup {name!r}: choose one of {', '.join([*MARKUPS, *DENSE, *BOTH])}")
    return MARKUPS[name]


@cache
def _dense(name: str) -> Markup:
    # The head model takes a second to load: only where dense landmarks are asked for.
    from flm.synth.landmarks import dense_groups, dense_pairs

    n = DENSE[name]
    groups = {part: inside for part, points in dense_groups().items() if (inside := tuple(i for i in points if i < n))}
    pairs = tuple(pair for pair in dense_pairs() if max(pair) < n)
    return Markup(name, n, groups, pairs, IBUG68.eye_corners, IBUG68.eyes, _IBUG_CURVES)


@cache
def _both(name: str) -> Markup:
    dense = get(BOTH[name])
    behind = {part: tuple(68 + i for i in points) for part, points in dense.groups.items()}
    groups = {part: IBUG68.groups.get(part, ()) + points for part, points in behind.items()}
    pairs = IBUG68.pairs + tuple((68 + a, 68 + b) for a, b in dense.pairs)
    return Markup(name, 68 + dense.n, groups, pairs, IBUG68.eye_corners, IBUG68.eyes, _IBUG_CURVES)


def judged(name: str) -> str:
    """The markup in which predictions of markup `name` are compared with people's labels."""
    return "ibug68" if name in DENSE or name in BOTH else name


def convert(landmarks: np.ndarray, source: str, target: str) -> np.ndarray:
    """Landmarks (..., n_source, 2) of markup `source` as (..., n_target, 2) of markup `target`.

    Of a dense set, the first 68 are iBUG's: as they lie on the head, the jaw behind the cheek too.
    Only a set of BOTH may have points that the source lacks: they are NaN.
    Raises InputError where the target's points are not among the source's.
    """
    if source == target:
        return landmarks
    if target in BOTH:
        people, dense = get(target).kinds
        both = np.full((*landmarks.shape[:-2], get(target).n, 2), np.nan, landmarks.dtype)
        if source in DENSE:
            both[..., dense, :] = convert(landmarks, source, BOTH[target])
        else:
            both[..., people, :] = convert(landmarks, source, "ibug68")
        return both
    if source in BOTH:
        people, dense = get(source).kinds
        if target == "ibug68":
            return landmarks[..., people, :]
        return convert(landmarks[..., dense, :], BOTH[source], target)
    return landmarks[..., _conversion(source, target), :]


def _conversion(source: str, target: str) -> tuple[int, ...]:
    sizes = {"ibug68": 68, **DENSE}
    if source in DENSE and sizes.get(target, np.inf) <= DENSE[source]:
        return _span(0, sizes[target] - 1)
    if (source, target) not in _CONVERSIONS:
        known = ", ".join([*(f"{a} to {b}" for a, b in _CONVERSIONS), "dense sets to smaller ones"])
        raise InputError(f"no conversion from {source} to {target}: known are {known}")
    return _CONVERSIONS[source, target]
