"""What each choice of the strategy-1 recipe is worth: the recipe again, each time with one thing changed.

Writes report/results/03_study/NAME.json, which notebook 03 reads. A finished run is not done again.
"""

from dataclasses import replace

from flm import data, paths
from flm.evaluate import evaluate, save
from flm.training import Experiment, fit

TARGET = data.benchmark()
BASE = Experiment(name="study", train=TARGET.train, val=TARGET.val, epochs=6)
CHANGES: dict[str, dict] = {
    "the recipe": {},
    "no heatmap loss": {"heatmap_weight": 0.0},
    "coordinate regression": {"head": "regression"},
    "wing loss": {"loss": "wing"},
    "no weight averaging": {"ema": 0.0},
    "rate in steps": {"schedule": "step"},
    "batch of 32": {"batch_size": 32},
    "no augmentation": {"augmentation": "none"},
    "geometric augmentation alone": {"augmentation": "geometric"},
    "96 pixel crops": {"size": 96},
    "160 pixel crops": {"size": 160},
    "grey": {"grey": True},
    "MobileNetV3-large": {"backbone": "mobilenetv3_large_100"},
}
FOLDER = paths.results_dir("03_study")

for name, change in CHANGES.items():
    run = fit(replace(BASE, **change))
    save(evaluate(run, TARGET.test), run.record, FOLDER / f"{name}.json")
    print(f"{name}: validation NME {run.record['val_nme']:.2f} %, {run.record['minutes']:.1f} min", flush=True)

recipe = fit(BASE)
save(evaluate(recipe, TARGET.test, mirror=False), recipe.record, FOLDER / "no flip averaging.json")
