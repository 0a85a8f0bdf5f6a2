"""What each choice of the strategy-1 recipe is worth: the recipe again, each time with one thing changed.

Writes report/results/03_study/NAME.json, which notebook 03 reads. A finished run is not done again.
"""

from dataclasses import replace

from flm import data, paths
from flm.evaluate import evaluate, save
from flm.training import Experiment, fit

TARGET = data.benchmark()
BASE = Experiment(name="study", train=TARGET.train, val=TARGET.val, epochs=20)
CHANGES: dict[str, dict] = {
    "the recipe": {},
    "no heatmap loss": {"heatmap_weight": 0.0},
    "a fifth of the heatmap loss": {"heatmap_weight": 0.01},
    "coordinate regression": {"head": "regression"},
    "coordinate regression, wing loss": {"head": "regression", "loss": "wing"},
    "wing loss": {"loss": "wing"},
    "RMSE loss": {"loss": "rmse"},
    "no weight averaging": {"ema": 0.0},
    "batch of 32": {"batch_size": 32},
    "augmentation: none": {"augmentation": "none"},
    "augmentation: geometric": {"augmentation": "geometric"},
    "augmentation: all (ILM)": {"augmentation": "all"},
    "96 pixel crops, twice the epochs": {"size": 96, "epochs": 40},
    "160 pixel crops": {"size": 160},
    "grey": {"grey": True},
    "MobileNetV3-large": {"backbone": "mobilenetv3_large_100"},
    "ResNet-50": {"backbone": "resnet50"},
}

for name, change in CHANGES.items():
    run = fit(replace(BASE, **change))
    save(evaluate(run, TARGET.test), run.record, paths.ROOT / "report" / "results" / "03_study" / f"{name}.json")
    print(f"{name}: validation NME {run.record['val_nme']:.2f} %, {run.record['minutes']:.1f} min", flush=True)
