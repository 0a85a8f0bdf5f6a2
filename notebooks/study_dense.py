"""Dense landmarks at length: 490 points across the domain gap in six ways, and from 68 to 1,001 points.

    python notebooks/study_dense.py

Writes report/results/dense/ROW, seed N, MEASURE.json and report/results/density/, which notebooks 09 to 11 read. A
finished run is not done again. About five hours on 2 cores.
"""

from dataclasses import replace

from flm import data, paths
from flm.adapt import adapted, adapter_of
from flm.evaluate import evaluate, save
from flm.markup import BOTH, DENSE
from flm.models.adapters import load_adapter
from flm.models.domain import CRITICS
from flm.training import Experiment, fit
from flm.training.store import Run

TARGET = data.benchmark()
OURS = "synthetic-10000"
SEEDS = (0, 1, 2)
# What learns without real labels is selected without them too.
SOURCE = Experiment(
    name="dense",
    train=f"{OURS}/train",
    val=f"{OURS}/val",
    markup="dense490",
    backbone="hourglass",
    head="anchored",
    epochs=60,
    images_per_epoch=1712,
)
LATER = replace(SOURCE, epochs=15)
TWICE = {"mixed_in": TARGET.train, "share": 0.5, "batch_size": 32, "images_per_epoch": 2 * 1712}
# All go on from the same network, and see as many labelled generated faces; what is mixed in comes on top.
ROWS = {
    "synthetic only": LATER,
    "synthetic and real": replace(LATER, markup="ibug68+dense490", val=TARGET.val, **TWICE),
    **{critic: replace(LATER, adaptation=critic, **TWICE) for critic in CRITICS},
}
REAL = replace(SOURCE, train=TARGET.train, val=TARGET.val, markup="ibug68", head="softargmax", epochs=75)
DENSITIES = {name: replace(SOURCE, markup=name, epochs=30) for name in DENSE}


def measure(run: Run, folder: str, title: str) -> None:
    """Save the run's errors on photographs, as it is and adapted, and on generated faces that it has not seen."""
    markup = run.experiment.markup
    found = evaluate(run, TARGET.test)
    seen = {"as predicted": found, "adapted": adapted(found, load_adapter(adapter_of(run, "mlp", TARGET.train)))}
    if markup in BOTH:
        seen["dense ones"] = found.dense_only()
    seen["generated"] = evaluate(run, f"{OURS}/val", against=BOTH.get(markup, markup))
    for what, evaluation in seen.items():
        save(evaluation, run.record, paths.results_dir(folder) / f"{title}, {what}.json")
    print(f"{title}: {found.errors.mean():.2f} %, {run.record['minutes']:.1f} min", flush=True)


for seed in SEEDS:
    source = fit(replace(SOURCE, seed=seed))
    for row, experiment in ROWS.items():
        run = fit(replace(experiment, name=row.replace(" ", "-"), start=source.folder.name, seed=seed))
        measure(run, "dense", f"{row}, seed {seed}")
    measure(fit(replace(REAL, name="real-only", seed=seed)), "dense", f"real only, seed {seed}")
for seed in SEEDS:
    for name, experiment in DENSITIES.items():
        measure(fit(replace(experiment, seed=seed)), "density", f"{name}, seed {seed}")
