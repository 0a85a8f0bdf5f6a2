"""Dense landmarks with three seeds: every way across the gap with 490 points, and training for 68 to 1,001 of them.

    python notebooks/study_dense.py

Writes report/results/dense/, dense_coarse/, dense_batches/ and density/, which notebooks 09 to 11 read, and
dense_longer/. What is there is not measured again. The first seed's runs are those that the notebooks train. About five
hours on 2 cores without bf16.
"""

from dataclasses import replace

from flm import data
from flm.crossing import JOINED, REAL_ONLY, SOURCE, WAYS, Crossing, measure
from flm.models.domain import CRITICS
from flm.training import Experiment

GENERATED = "synthetic-2000"
STUDY = Crossing(
    Experiment(
        train=f"{GENERATED}/train",
        val=f"{GENERATED}/val",
        markup="dense490",
        backbone="hourglass",
        head="anchored",
        width=64,
        epochs=30,
        images_per_epoch=1712,
    ),
    unseen=f"{GENERATED}/test",
    target=data.benchmark(),
    later=5,
)
SEEDS = (0, 1, 2)
OTHER_WEIGHTS = (1.0, 0.01)
# Critics once more on coarse maps (16 cells a side instead of 32), and with batches four times as large.
COARSE = replace(STUDY, source=replace(STUDY.source, size=64))
BATCHES = replace(STUDY, source=replace(COARSE.source, batch_size=64))
LONGER = replace(STUDY, later=25)
DENSITIES = ("dense68", "dense490", "dense1001", "dense243")

if __name__ == "__main__":
    for seed in SEEDS:
        measure(STUDY, WAYS, seed, "dense")
    for weight in OTHER_WEIGHTS:
        measure(replace(STUDY, weight=weight), CRITICS, 0, "dense")
    for folder, study in (("dense_coarse", COARSE), ("dense_batches", BATCHES)):
        measure(study, ("synthetic only", *CRITICS), 0, folder)
    for seed in SEEDS:
        for markup in DENSITIES:
            density = replace(STUDY, source=replace(STUDY.source, markup=markup, epochs=15))
            measure(density, [SOURCE], seed, "density")
    measure(LONGER, (JOINED, REAL_ONLY), 0, "dense_longer")
