"""The five strategies at length: four numbers of real faces, three seeds.

    python notebooks/study_strategies.py                     10,000 generated faces
    python notebooks/study_strategies.py face_synthetics     the largest FaceSynthetics on disk

Writes report/results/strategies/TITLE.json, and what else was tried to folders beside it; with other faces than ours or
300-W's, the folders are named after those. What is there is not measured again. About ten hours on 2 cores that
multiply bf16 in hardware; what is found on validation faces with the first seed decides which settings the other
seeds try.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

from flm import data, strategies
from flm.strategies import Strategies, Trial
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
ALL = len(data.load(TARGET.train))
FACES = (*(count for count in (50, 250, 1000) if count < ALL), ALL)
SLOWER = (0.1, 0.0)
SHARES = (0.5, 0.25, 0.75, 0.1, 0.9)
SEEDS = (0, 1, 2)
OTHERS = [name for name, usual in ((SYNTHETIC, OURS), (TARGET.train.split("/")[0], "300w")) if name != usual]
FOLDER = "_".join(["strategies", *OTHERS])  # under report/results/


def first_seed(faces: int) -> Iterator[Trial]:
    """Every strategy with every setting."""
    yield Trial("real only", faces)
    yield Trial("adapted predictions", faces)
    yield Trial("adapted labels", faces)
    yield from (Trial("fine-tuning", faces, setting=rate) for rate in (1.0, *SLOWER))
    yield from (Trial("mixing", faces, setting=share) for share in SHARES)


def other_seed(faces: int, seed: int) -> Iterator[Trial]:
    """Every strategy with the settings that did best on validation faces."""
    yield Trial("real only", faces, seed)
    yield Trial("fine-tuning", faces, seed, best("fine-tuning", faces))
    yield Trial("adapted predictions", faces, seed)
    yield Trial("mixing", faces, seed, best("mixing", faces))
    if faces == ALL:
        yield Trial("adapted labels", ALL, seed)


def best(strategy: str, faces: int) -> float:
    """The setting that did best on validation faces, with the first seed."""
    rows = strategies.chosen(strategies.saved(FOLDER))
    return rows[(rows["strategy"] == strategy) & (rows["faces"] == faces)]["setting"].iloc[0]


def longer() -> Iterator[Trial]:
    """As long as the longest training of notebook 03, with all real faces."""
    for strategy in ("fine-tuning", "mixing"):
        yield Trial(strategy, ALL, setting=best(strategy, ALL))


def variants() -> Iterator[Trial]:
    """Strategy 3 with other adapters, and with labels as rough as predictions; strategy 4 from nothing."""
    yield from (Trial("adapted labels", ALL, adapter=kind) for kind in ("offset", "ridge", "unet"))
    yield Trial("adapted labels", ALL, rough=True)
    yield from (Trial("mixing", faces, setting=0.5, from_nothing=True) for faces in (250, ALL))


if __name__ == "__main__":
    for faces in reversed(FACES):
        strategies.measure(STUDY, first_seed(faces), FOLDER)
        for seed in SEEDS[1:]:
            strategies.measure(STUDY, other_seed(faces, seed), FOLDER)
    strategies.measure(replace(STUDY, fine_tuning=170), longer(), f"{FOLDER}_longer")
    strategies.measure(STUDY, variants(), f"{FOLDER}_variants")
