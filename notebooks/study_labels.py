"""What it is worth to label the jaw where people see it: the same training on labels of the mesh, adapted and not.

Writes report/results/05_study/LABELS.json and LABELS, KIND adapter.json, which notebook 05 reads. A finished run is not
done again.
"""

from dataclasses import replace

from flm import data, paths
from flm.adapt import adapted, adapter_of
from flm.evaluate import evaluate, save
from flm.models.adapters import load_adapter
from flm.models.corrections import KINDS
from flm.training import Experiment, fit

TARGET = data.benchmark()
BASE = Experiment(name="synthetic", train="synthetic-10000/train", val=TARGET.val, epochs=45, images_per_epoch=1712)
LABELS = {"visible contour": "ibug68", "mesh": "dense68"}
FOLDER = paths.results_dir("05_study")

for name, markup in LABELS.items():
    run = fit(replace(BASE, markup=markup))
    found = evaluate(run, TARGET.test)
    save(found, run.record, FOLDER / f"{name}.json")
    for kind in KINDS:
        adapter = load_adapter(adapter_of(run, kind, TARGET.train))
        save(adapted(found, adapter), run.record, FOLDER / f"{name}, {kind} adapter.json")
    print(f"{name}: validation NME {run.record['val_nme']:.2f} %, {run.record['minutes']:.1f} min", flush=True)
