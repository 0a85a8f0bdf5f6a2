"""What a data set is made of: the default, the stand-in for photographs, and the default short of one thing."""

from dataclasses import dataclass, replace

from flm.errors import InputError


@dataclass(frozen=True)
class Preset:
    """Which pictures a generator makes.

    stream: number that keeps its random draws, and so its people, apart from those of other presets.
    maps: photographed surroundings whose number leaves one of these remainders by 3; presets share none.
    styles: names of hair styles, see flm.synth.hair; none: everybody is bald and without a beard.
    accessories: hats, glasses, hands and other things before faces. lighting: all kinds; else one plain sky.
    sideways: yaw of people seen from the side, standard deviation in degrees.
    expressions: all; else neutral faces that look ahead. faults: strength of the camera's, 0 to 2.
    annotated: whether labels as a person would click them come along.
    """

    stream: int = 0
    maps: tuple[int, ...] = (0, 1)
    styles: tuple[str, ...] = ("buzz", "short", "swept", "curly", "bob", "long", "tied")
    accessories: bool = True
    lighting: bool = True
    expressions: bool = True
    sideways: float = 45.0
    faults: float = 0.5  # with 1, networks learn less (report/results/04_study); training blurs and adds noise itself
    annotated: bool = False


_DEFAULT = Preset()
PRESETS = {
    "default": _DEFAULT,
    # In profile the corners of the eyes meet, and one such face of 60 would be half of the mean error; 300-W has none.
    "stand-in": Preset(
        1, (2,), ("crop", "undercut", "afro", "shoulder", "bun"), sideways=22.0, faults=1.4, annotated=True
    ),
    "no-hair": replace(_DEFAULT, styles=()),
    "no-accessories": replace(_DEFAULT, accessories=False),
    "one-light": replace(_DEFAULT, lighting=False),
    "no-expression": replace(_DEFAULT, expressions=False),
    "no-faults": replace(_DEFAULT, faults=0.0),
}


def preset(name: str) -> Preset:
    """The preset of this name. Raises InputError for an unknown one."""
    if name not in PRESETS:
        raise InputError(f"unknown preset {name!r}: choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
