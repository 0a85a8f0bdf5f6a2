"""What parts of the generator are worth: the same training on faces that lack one, and on fewer faces.

Writes report/results/04_study/NAME.json, which notebook 04 reads. A finished run is not done again.
"""

from dataclasses import replace

from flm import data, paths
from flm.evaluate import evaluate, save
from flm.training import Experiment, fit

TARGET = data.benchmark()
BASE = Experiment(name="synthetic", val=TARGET.val, epochs=20, images_per_epoch=1712)
FACES = {
    "everything": "synthetic-2000",
    "no hair": "no-hair-2000",
    "no accessories": "no-accessories-2000",
    "one light": "one-light-2000",
    "no expression": "no-expression-2000",
    "no camera faults": "no-faults-2000",
    "1,000 faces": "synthetic-1000",
    "10,000 faces": "synthetic-10000",
}
FOLDER = paths.results_dir("04_study")

for name, faces in FACES.items():
    run = fit(replace(BASE, train=f"{faces}/train"))
    save(evaluate(run, TARGET.test), run.record, FOLDER / f"{name}.json")
    print(f"{name}: validation NME {run.record['val_nme']:.2f} %, {run.record['minutes']:.1f} min", flush=True)
