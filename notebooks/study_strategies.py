"""The five strategies at length: four numbers of real faces, three seeds.

    python notebooks/study_strategies.py                     ResNet-18
    python notebooks/study_strategies.py --small             a small hourglass on small crops
    python notebooks/study_strategies.py face_synthetics     with the largest FaceSynthetics on disk, not our faces

Writes report/results/strategies/TITLE.json (or strategies_small/), and what else was tried to folders beside it; with
other faces than ours or 300-W's, the folders are named after those. What is there is not measured again. On 2 cores
without bf16 the small one takes about four hours, the other about twenty; what is found on validation faces with
the first seed decides which settings the other seeds try.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

from flm import data, strategies
from flm.strategies import Strategies, Trial
from flm.training import Experiment

OURS, THEIRS = "synthetic-10000", "300w"
LARGE = Experiment(epochs=30, images_per_epoch=1712)
# Training from nothing lasts as long as pre-training and fine-tuning together: who has seen more is not favoured.
SMALL = replace(LARGE, backbone="hourglass", width=64, size=64, epochs=70)
PRETRAINING, PRETRAINING_SMALL, FINE_TUNING = 120, 60, 10  # epochs
COUNTS = (50, 250, 1000)  # real faces, and all
SLOWER = (0.1, 0.0)
SHARES = (0.5, 0.25, 0.75, 0.1, 0.9)
SEEDS = (0, 1, 2)


def first_seed(faces: int) -> Iterator[Trial]:
    """Every strategy with every setting."""
    yield Trial("real only", faces)
    yield Trial("adapted predictions", faces)
    yield Trial("adapted labels", faces)
    yield from (Trial("fine-tuning", faces, setting=rate) for rate in (1.0, *SLOWER))
    yield from (Trial("mixing", faces, setting=share) for share in SHARES)


def other_seed(faces: int, seed: int, folder: str) -> Iterator[Trial]:
    """Every strategy with the settings that did best on validation faces."""
    yield Trial("real only", faces, seed)
    yield Trial("fine-tuning", faces, seed, best("fine-tuning", faces, folder))
    yield Trial("adapted predictions", faces, seed)
    yield Trial("mixing", faces, seed, best("mixing", faces, folder))
    yield Trial("adapted labels", faces, seed)


def best(strategy: str, faces: int, folder: str) -> float:
    """The setting that did best on validation faces, with the first seed."""
    rows = strategies.chosen(strategies.saved(folder))
    return rows[(rows["strategy"] == strategy) & (rows["faces"] == faces)]["setting"].iloc[0]


def longer(faces: int, folder: str) -> Iterator[Trial]:
    """As long as the longest training of notebook 03, with all real faces."""
    for strategy in ("fine-tuning", "mixing"):
        yield Trial(strategy, faces, setting=best(strategy, faces, folder))


def longer_small(everything: int) -> Iterator[Trial]:
    """On real faces as long as without synthetic ones, and without them as long as both trainings together."""
    for faces in sorted({everything, min(250, everything)}):
        yield Trial("real only", faces)
        yield Trial("fine-tuning", faces, setting=1.0)


def variants(faces: int) -> Iterator[Trial]:
    """Strategy 3 with other adapters, and with labels as rough as predictions; strategy 4 from nothing."""
    yield from (Trial("adapted labels", faces, adapter=kind) for kind in ("offset", "ridge", "unet"))
    yield Trial("adapted labels", faces, rough=True)
    yield from (Trial("mixing", count, setting=0.5, from_nothing=True) for count in (250, faces))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("synthetic", nargs="?", default=OURS, metavar="SET", help="synthetic training faces")
    parser.add_argument("--small", action="store_true", help="a small hourglass instead of a ResNet-18")
    args = parser.parse_args()
    target = data.benchmark()
    study = Strategies(
        replace(SMALL if args.small else LARGE, train=target.train, val=target.val),
        synthetic=f"{args.synthetic}/train",
        held_out=f"{args.synthetic}/val",
        test=target.test,
        pretraining=PRETRAINING_SMALL if args.small else PRETRAINING,
        fine_tuning=FINE_TUNING,
    )
    real = target.train.split("/")[0]
    others = [name for name, usual in ((args.synthetic, OURS), (real, THEIRS)) if name != usual]
    folder = "_".join(["strategies", *(["small"] if args.small else []), *others])
    everything = len(data.load(target.train))
    counts = (everything, *(count for count in COUNTS if count < everything))
    for faces in counts:
        strategies.measure(study, first_seed(faces), folder)
    for seed in SEEDS[1:]:
        for faces in counts:
            strategies.measure(study, other_seed(faces, seed, folder), folder)
    strategies.measure(study, variants(everything), f"{folder}_variants")
    if args.small:
        long = replace(
            study, base=replace(study.base, epochs=PRETRAINING_SMALL + SMALL.epochs), fine_tuning=SMALL.epochs
        )
        strategies.measure(long, longer_small(everything), f"{folder}_longer")
    else:
        strategies.measure(replace(study, fine_tuning=170), longer(everything, folder), f"{folder}_longer")


if __name__ == "__main__":
    main()
