"""A model card: what a network learnt from, and for whom it works how well. Of generated faces everything is known."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from flm import metrics
from flm.data import Sample, made
from flm.errors import InputError
from flm.models import HOURGLASS
from flm.training import Run

Group = Callable[[dict], bool]
_CHILD, _OLD = 0.4, 0.75  # of the generator's age: 20 years, and 57
_PALE, _DARK = 0.5, 1.2  # melanin of the generator's skin


def _turned(least: float, most: float) -> Group:
    return lambda facts: bool(least <= abs(np.degrees(facts["stance"]["yaw"])) < most)


def _melanin(least: float, most: float) -> Group:
    return lambda facts: bool(least <= facts["skin"]["melanin"] < most)


def _aged(least: float, most: float) -> Group:
    return lambda facts: bool(least <= facts["identity"]["age"] < most)


SUBGROUPS: dict[str, Group] = {
    "pale skin": _melanin(0, _PALE),
    "medium skin": _melanin(_PALE, _DARK),
    "dark skin": _melanin(_DARK, np.inf),
    "under 20 years": _aged(0, _CHILD),
    "20 to 57 years": _aged(_CHILD, _OLD),
    "over 57 years": _aged(_OLD, np.inf),
    "feminine": lambda facts: facts["identity"]["male"] < 0.5,
    "masculine": lambda facts: facts["identity"]["male"] >= 0.5,
    "turned by less than 20°": _turned(0, 20),
    "turned by 20° to 45°": _turned(20, 45),
    "turned by more than 45°": _turned(45, np.inf),
}


def by_subgroup(errors: np.ndarray, samples: Sequence[Sample]) -> dict[str, tuple[int, metrics.Interval | None]]:
    """Of each subgroup, how many of the generated faces belong to it, and the mean of their errors (count,).

    Raises InputError for faces of which not everything is known.
    """
    found = {}
    for name, belongs in SUBGROUPS.items():
        try:
            chosen = np.array([belongs(sample.attributes) for sample in samples])
        except KeyError as error:
            raise InputError(
                f"{samples[0].source}: what is known of its faces lacks {error}; generate them anew"
            ) from None
        found[name] = int(chosen.sum()), metrics.bootstrap(errors[chosen]) if chosen.any() else None
    return found


def card(run: Run, tested: Mapping[str, np.ndarray], unseen: Sequence[Sample], errors: np.ndarray) -> str:
    """The card of a run as Markdown.

    tested: errors (count,) on test sets, by what they are called. unseen: generated faces of no other use, whose errors
    (count,), in % of the box, are shown by subgroup.
    Raises InputError for a run that has seen other faces than generated ones.
    """
    of, e = run.record, run.experiment
    if e.start or of["pretrained"] or "adapter" in of["data"]:
        raise InputError(f"{run.folder}: it began from other weights or learnt from other labels, expected neither")
    seen = [source["spec"] for source in of["data"].values()]
    if others := [spec for spec in seen if not made.is_made(spec.partition("/")[0])]:
        raise InputError(f"{run.folder}: it has seen {others[0]}, expected generated faces alone")
    network = f"{HOURGLASS} of width {e.width}" if e.backbone == HOURGLASS else e.backbone
    source = of["data"]["train"]
    totals = "\n".join(f"| {name} | {len(by)} | {metrics.bootstrap(by)} |" for name, by in tested.items())
    groups = "\n".join(f"| {name} | {n} | {mean or '-'} |" for name, (n, mean) in by_subgroup(errors, unseen).items())
    return f"""# Model card

68 facial landmarks (iBUG's, the jaw as the contour that is seen) of a face cut out at {e.size} x {e.size} pixels.

* **Network**: {network}, head {e.head}, {of["parameters"]:,} parameters, random initial weights.
* **Trained on** {source["faces"]:,} faces of `{source["spec"]}` alone, made by this project's generator from CC0 data;
  {e.epochs} epochs, {of["minutes"]:.0f} minutes on {of["machine"]["cores"]} cores. The epoch was chosen on
  `{of["selected_on"]}`. It has learnt from no photograph and no person's label directly, so no data set's
  licence binds it: MIT, as the code. (Where the 68 lie on the generator's mean head was once
  fitted to a network that had learnt from 300-W.)
* **Errors**: NME in % of the distance between the outer eye corners, with 95 % intervals over faces; true boxes, mean
  of the prediction and the mirrored one.

| faces | number | NME % |
|---|---|---|
{totals}

By whom they show, {len(errors)} generated faces that nothing was trained on or chosen by; in % of the face box (root of
width times height), since the distance between the eyes shrinks when a face turns:

| faces | number | NME, box, % |
|---|---|---|
{groups}

## Limits

* It puts points where the generator's mesh has them. People label some elsewhere (notebook 05); `flm adapt` learns the
  difference from labelled photographs, whose licence then binds the adapter.
* Subgroups are the generator's, not people's own descriptions, and faces that it draws badly it cannot vouch for.
* It was made for faces of 40 pixels or more that a detector has found. It says nothing about who somebody is or how
  they feel, and was not tested for any use that decides about people.
"""
