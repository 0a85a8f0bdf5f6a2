"""The five strategies at length: four numbers of real faces, three seeds.

    python notebooks/study_strategies.py                     10,000 generated faces
    python notebooks/study_strategies.py face_synthetics     the largest FaceSynthetics on disk

Writes report/results/strategies/NAME.json, or strategies_SET/NAME.json, and what else was tried to folders beside it. A
finished run is not done again. About ten hours on 2 cores; what is found on validation faces with the first seed
decides which settings the other seeds try.
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
    Experiment(train=TARGET.train, val=TARGET.val, epochs=30, images_per_epoch=1712),
    synthetic=f"{SYNTHETIC}/train",
    held_out=f"{SYNTHETIC}/val",
    test=TARGET.test,
    pretraining=120,
)
FACES = (50, 250, 1000, None)
SLOWER = (0.1, 0.0)
SHARES = (0.5, 0.25, 0.75, 0.1, 0.9)
FOLDER = "strategies" if SYNTHETIC == OURS else f"strategies_{SYNTHETIC}"  # under report/results/


def first_seed() -> Iterator[Outcome]:
    """Every strategy with every setting."""
    for faces in FACES:
        yield STUDY.real_only(faces)
        yield STUDY.adapted_predictions(faces)
        yield STUDY.fine_tuned(faces)
    for share in SHARES:
        yield from (STUDY.mixing(share, faces) for faces in FACES)
    yield from (STUDY.adapted_labels(faces) for faces in FACES)
    for rate in SLOWER:
        yield from (STUDY.fine_tuned(faces, 0, rate) for faces in FACES)


def other_seed(seed: int) -> Iterator[Outcome]:
    """Every strategy with the settings that did best on validation faces."""
    for faces in FACES:
        yield STUDY.real_only(faces, seed)
        yield STUDY.adapted_predictions(faces, seed)
        yield STUDY.fine_tuned(faces, seed, best("fine-tuning", faces))
        yield STUDY.mixing(best("mixing", faces), faces, seed)
    yield STUDY.adapted_labels(None, seed)


def best(strategy: str, faces: int | None) -> float:
    """The setting that did best on validation faces, with the first seed."""
    rows = strategies.chosen(strategies.saved(FOLDER))
    count = faces or len(data.load(TARGET.train))
    return rows[(rows["strategy"] == strategy) & (rows["faces"] == count)]["setting"].iloc[0]


def longer() -> Iterator[Outcome]:
    """As long as the longest training of notebook 03, with all real faces."""
    long = replace(STUDY, fine_tuning=170)
    yield long.mixing(best("mixing", None))
    yield long.fine_tuned(backbone_rate=best("fine-tuning", None))


def variants() -> Iterator[Outcome]:
    """Strategy 3 with other adapters, and with labels as rough as predictions; strategy 4 from nothing."""
    for kind in ("offset", "ridge", "unet"):
        yield replace(STUDY.adapted_labels(kind=kind), strategy=f"adapted labels, {kind}")
    yield replace(STUDY.adapted_labels(rough=True), strategy="adapted labels, roughened first")
    for faces in (250, None):
        yield replace(STUDY.mixing(0.5, faces, from_nothing=True), strategy="mixing from nothing")


def report(outcomes: Iterator[Outcome], folder: str = FOLDER) -> None:
    """Save each outcome when it is there."""
    for outcome in outcomes:
        path = strategies.save(outcome, folder)
        print(
            f"{path.stem}: validation {outcome.val.errors.mean():.2f} %, {outcome.run.record['minutes']:.1f} min",
            flush=True,
        )


report(first_seed())
for seed in (1, 2):
    report(other_seed(seed))
report(longer(), f"{FOLDER}_longer")
report(variants(), f"{FOLDER}_variants")
