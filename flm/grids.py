"""The grids of runs behind notebooks 12 and 13, each run by its name: what `make grid` trains.

Sources: "Bridging the domain gap for facial landmark detection with synthetic data" (SFU, 2022) and the study of
augmentation and data size by ILM and SFU (2022).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from flm import data, paths
from flm.adapt import adapted, adapter_of
from flm.errors import InputError
from flm.evaluate import evaluate
from flm.experiment import Experiment
from flm.models.adapters import load_adapter
from flm.training import Run, fit


@dataclass(frozen=True)
class Scale:
    """How large a grid is. faces: generated ones, and a tenth of that where there are to be few.

    pictures: how many a network sees in training. side: of the crops, pixels. published_pictures, published_side: the
    same of SFU's grid, who say how large their crops were. sizes: numbers of faces of the data curve. sides: what the
    last curve tries.
    """

    faces: int
    pictures: int
    side: int
    published_pictures: int
    published_side: int
    sizes: tuple[int, ...]
    sides: tuple[int, ...]

    @property
    def few(self) -> int:
        return self.faces // 10

    def drawn(self, count: int) -> int | None:
        """An experiment's train_size for so many faces: None for all that are not for validation."""
        return count if count < self.faces - self.faces // 20 else None


SCALES = {
    "smoke": Scale(60, 64, 64, 64, 64, (20, 50), (64,)),
    # Crops of 64 pixels: a quarter of the time, or two cores would need a day.
    "laptop": Scale(10_000, 30_000, 64, 100_000, 128, (100, 300, 1000, 3000, 9500), (64, 80, 96, 128, 192)),
    "paper": Scale(30_000, 990_000, 128, 990_000, 128, (100, 300, 1000, 3000, 10_000, 28_500), (64, 96, 128, 192, 256)),
}
NETWORKS = {  # backbone and head
    "MobileNetV3": ("mobilenetv3_large_100", "regression"),
    "ResNet-50": ("resnet50", "regression"),
    "PIPNet": ("resnet18", "pip"),
}
AUGMENTATIONS = ("none", "translation+occlusion", "all")
ALONE = ("rotation", "translation", "blur", "occlusion")
HEADS = {  # on one backbone, and one that has its own
    "regression": ("resnet18", "regression"),
    "PIPNet": ("resnet18", "pip"),
    "heatmaps": ("resnet18", "softargmax"),
    "hourglass": ("hourglass", "softargmax"),
}
SFU = {  # backbone and learning rate, as published; the last tells the one from the other
    "ResNet-18": ("resnet18", 1e-4),
    "ResNet-50": ("resnet50", 1e-4),
    "Xception": ("legacy_xception", 8e-4),
    "ResNet-18@8e-4": ("resnet18", 8e-4),
}


def experiments(profile: str) -> dict[str, Experiment]:
    """All runs of a profile by name, GRID/RUN. Raises InputError for an unknown profile."""
    if profile not in SCALES:
        raise InputError(f"unknown profile {profile!r}: choose one of {', '.join(SCALES)}")
    scale = SCALES[profile]
    base = _base(scale)
    return {
        **{f"sfu/{name}": run for name, run in _sfu(base, scale).items()},
        **{f"ilm/{name}": run for name, run in _ilm(base, scale).items()},
        **{f"head/{name}": replace(base, backbone=backbone, head=head) for name, (backbone, head) in HEADS.items()},
        **{f"alone/{name}": replace(base, augmentation=name, head="pip") for name in ALONE},
        **{f"faces/{count}": replace(base, train_size=scale.drawn(count)) for count in scale.sizes},
        **{f"side/{side}": replace(base, size=side) for side in scale.sides},
    }


def _base(scale: Scale) -> Experiment:
    """ResNet-18 with the recipe of strategy 1, on generated faces alone, which also choose the epoch."""
    per_epoch = min(scale.faces, scale.pictures // 2)
    faces = f"synthetic-{scale.faces}"
    return Experiment(
        name="grid",
        train=f"{faces}/train",
        val=f"{faces}/val",
        size=scale.side,
        images_per_epoch=per_epoch,
        epochs=round(scale.pictures / per_epoch),
    )


def _sfu(base: Experiment, scale: Scale) -> dict[str, Experiment]:
    """Three backbones as published: grey crops, coordinates by regression, Adam, root mean squared error."""
    published = replace(
        base,
        epochs=base.epochs * scale.published_pictures // scale.pictures,
        size=scale.published_side,
        head="regression",
        grey=True,
        loss="rmse",
        optimizer="adam",
        weight_decay=0.0,
        schedule="constant",
        ema=0.0,
        batch_size=32,
        augmentation="photometric+geometric",
    )
    return {name: replace(published, backbone=backbone, lr=lr) for name, (backbone, lr) in SFU.items()}


def _ilm(base: Experiment, scale: Scale) -> dict[str, Experiment]:
    """Three networks, three augmentations, few and many faces."""
    return {
        f"{name}_{augmentation}_{count}": replace(
            base,
            backbone=backbone,
            head=head,
            augmentation=augmentation,
            train_size=scale.drawn(count),
        )
        for name, (backbone, head) in NETWORKS.items()
        for augmentation in AUGMENTATIONS
        for count in (scale.few, scale.faces)
    }


def folder(profile: str) -> Path:
    """Where a profile's results belong: with the notebooks' of the same profile."""
    return (paths.ROOT if profile == "laptop" else paths.ROOT / "build" / profile) / "report" / "results" / "grid"


def run(name: str, profile: str, folder: Path) -> None:
    """Train one run of a grid, test it as it is and with its landmarks adapted, and write that to FOLDER/NAME.json.

    Raises InputError for a name that the profile does not have.
    """
    known = experiments(profile)
    if name not in known:
        raise InputError(f"unknown run {name!r}: profile {profile} has {', '.join(known)}")
    target, finished = data.benchmark(), fit(known[name])
    found = evaluate(finished, target.test)
    better = adapted(found, load_adapter(adapter_of(finished, "mlp", target.train)))
    result = {
        "record": finished.record,
        "selected_on": finished.experiment.val,
        "val_rmse": _best_rmse(finished),
        "test": target.test,
        "as predicted": found.listed_errors(),
        "adapted": better.listed_errors(),
    }
    paths.write_json(folder / f"{name}.json", result)


def progress(profile: str, folder: Path) -> str:
    """How many runs of a profile are done, and, once one is, how long the others should take on this machine."""
    known, found = experiments(profile), saved(folder)
    done = [found[name]["record"] for name in known if name in found]
    count = f"{len(done)} of {len(known)} runs done"
    if not done:
        return count
    minutes = sum(record["minutes"] for record in done) / len(done)
    return f"{count}, about {minutes * (len(known) - len(done)):.0f} min of training left"


def saved(folder: Path) -> dict[str, dict]:
    """What `run` wrote to a folder, by name."""
    files = sorted(folder.glob(f"*/{paths.JSON}"))
    return {file.relative_to(folder).with_suffix("").as_posix(): json.loads(file.read_text()) for file in files}


def table(results: Mapping[str, dict]) -> pd.DataFrame:
    """What `saved` found, a line a run and measure.

    Columns: grid, name, network (of a name, what is before the first _), augmentation, size (of crops, pixels), faces
    (trained on), seed, minutes, best_epoch, val_rmse (crop sides), test, measure (as predicted, or
    adapted), errors (inter-ocular NME of each test face, %). Raises InputError where nothing was found.
    """
    if not results:
        raise InputError("no run of the grid is done: `make grid PROFILE=...` trains them")
    lines = []
    for path, result in results.items():
        grid, _, name = path.partition("/")
        record, settings = result["record"], result["record"]["experiment"]
        facts: dict = {"grid": grid, "name": name, "network": name.partition("_")[0]}
        facts |= {key: settings[key] for key in ("augmentation", "size", "seed")}
        facts |= {"faces": record["data"]["train"]["faces"], "minutes": record["minutes"]}
        facts |= {"best_epoch": record["best_epoch"], "val_rmse": result["val_rmse"]}
        facts |= {"test": result["test"]}
        lines += [facts | {"measure": of, "errors": np.array(result[of])} for of in ("as predicted", "adapted")]
    return pd.DataFrame(lines)


def _best_rmse(finished: Run) -> float:
    """Root mean squared error of coordinates on validation faces, in crop sides, at the epoch that was kept."""
    curves = finished.curves()
    return float(curves["val_rmse"].loc[curves["val_nme"].idxmin()])
