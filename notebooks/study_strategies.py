"""The five strategies at length: four numbers of real faces, three seeds.

    python notebooks/study_strategies.py                     10,000 generated faces
    python notebooks/study_strategies.py face_synthetics     the largest FaceSynthetics on disk

Writes report/results/strategies/NAME.json, or strategies_SET/NAME.json. A finished run is not done again. About seven
hours on 2 cores; what is found on validation faces with the first seed decides which settings the other seeds try.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

from flm import data, strategies
from flm.strategies import Outcome, Strategies
from flm.training import Experiment

TARGET = data.benchmark()
OURS = "synthetic-10000"
SYNTHETIC = sys.argv[1] if len(sys.argv) > 1 else OURS
STUDY = Strategies(
    Experiment(train=TARGET.train, val=TARGET.val, epochs=20, images_per_epoch=1712),
    synthetic=f"{SYNTHETIC}/train",
    held_out=f"{SYNTHETIC}/val",
    test=TARGET.test,
)
FACES = (50, 250, 1000, None)
RATES = (1.0, 0.1, 0.0)
SHARES = (0.5, 0.75, 0.25, 0.9, 0.1)
FOLDER = "strategies" if SYNTHETIC == OURS else f"strategies_{SYNTHETIC}"  # under report/results/


def first_seed() -> Iterator[Outcome]:
    """Every strategy with every setting."""
    for rate in RATES:
        yield from (STUDY.fine_tuned(faces, 0, rate) for faces in FACES)
    yield from (STUDY.real_only(faces) for faces in FACES)
    yield from (STUDY.adapted_predictions(faces) for faces in FACES)
    for share in SHARES:
        yield from (STUDY.mixing(share, faces) for faces in FACES)
    yield from (STUDY.adapted_labels(faces) for faces in FACES)


def other_seed(seed: int) -> Iterator[Outcome]:
    """Every strategy with the settings that did best on validation faces."""
    rows = strategies.saved(FOLDER)
    # Of the first seed alone: when the study goes on after a stop, other seeds are there already.
    best = strategies.chosen(rows[rows["seed"] == 0]).set_index(["strategy", "faces"])["setting"]
    everything = len(data.load(TARGET.train))
    for faces in FACES:
        count = faces or everything
        yield STUDY.real_only(faces, seed)
        yield STUDY.adapted_predictions(faces, seed)
        yield STUDY.fine_tuned(faces, seed, best["fine-tuning", count])
        yield STUDY.mixing(best["mixing", count], faces, seed)
    yield STUDY.adapted_labels(None, seed)


def other_labels() -> Iterator[Outcome]:
    """Strategy 5 after strategy 3; strategy 3 with other adapters, and with labels as rough as predictions."""
    for faces in FACES:
        yield replace(STUDY.fine_tuned(faces, adapted_first=True), strategy="fine-tuning, labels adapted first")
    for kind in ("offset", "ridge", "unet"):
        yield replace(STUDY.adapted_labels(kind=kind), strategy=f"adapted labels, {kind}")
    yield replace(STUDY.adapted_labels(rough=True), strategy="adapted labels, roughened first")


def report(outcomes: Iterator[Outcome], folder: str = FOLDER) -> None:
    """Save each outcome when it is there."""
    for outcome in outcomes:
        path = strategies.save(outcome, folder)
        print(
            f"{path.stem}: validation {outcome.val.errors.mean():.2f} %, {outcome.run.record['minutes']:.1f} min",
            flush=True,
        )


report(first_seed())
report(other_labels(), f"{FOLDER}_labels")
for seed in (1, 2):
    report(other_seed(seed))
