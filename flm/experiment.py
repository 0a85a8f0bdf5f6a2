"""What a training run is, in plain values. They and the faces they name decide the run's key."""

import math
from dataclasses import dataclass, field, fields

from flm.errors import InputError
from flm.markup import BOTH


def _setting(default, help: str):
    return field(default=default, metadata={"help": help})


PRECISIONS = ("auto", "32-true", "bf16-mixed")
_POSITIVE = "train_size", "stacks", "depth", "width", "size", "scale", "lr", "epochs", "images_per_epoch", "batch_size"
_WEIGHTS = "backbone_rate", "weight_decay", "heatmap_weight", "adaptation_weight"
_BOUNDS = {"share": (0, 1), "ema": (0, 1), "warmup": (0, 0.99), "seed": (0, 2**32 - 1)}
_BOUNDS |= dict.fromkeys(_WEIGHTS, (0, math.inf))
# What does nothing without another setting: its name, and the values it may have (none: any).
_ACTS_WITH = {
    **dict.fromkeys(("stacks", "depth", "width"), ("backbone", "hourglass")),
    **dict.fromkeys(("share", "adapter", "adaptation"), ("mixed_in",)),
    "adaptation_weight": ("adaptation",),
    "transfer": ("markup", *BOTH),
    "heatmap_weight": ("head", "softargmax", "anchored"),
    "warmup": ("schedule", "cosine"),
}


@dataclass(frozen=True)
class Experiment:
    """One training run. Each setting's help is what `flm train --help` prints."""

    name: str = _setting("real-only", "label of the run, for people")
    train: str = _setting("300w/train", "training faces, as SET/SPLIT")
    val: str = _setting("300w/val", "validation faces, as SET/SPLIT: the only ones that choose anything")
    train_size: int | None = _setting(None, "train on this many of the faces, drawn by the seed (default: all)")
    mixed_in: str | None = _setting(None, "other training faces, as SET/SPLIT, mixed with these in every batch")
    share: float = _setting(0.5, "share of each batch that is mixed in, 0 to 1")
    adapter: str | None = _setting(None, "label adapter for the faces mixed in: a file of `flm adapt`")
    markup: str = _setting("ibug68", "landmark set to predict")
    transfer: str = _setting("mlp", "label adapter learnt along, from dense landmarks to ibug68 (ibug68+dense only)")
    adaptation: str | None = _setting(
        None, "discriminator, daln or regda: faces mixed in are unlabelled, and features made alike"
    )
    adaptation_weight: float = _setting(0.1, "weight of the loss that makes features alike")
    backbone: str = _setting(
        "resnet18", "hourglass, or any timm network: resnet50, legacy_xception, mobilenetv3_large_100, ..."
    )
    stacks: int = _setting(1, "hourglasses one after the other")
    depth: int = _setting(4, "how often an hourglass halves its maps")
    width: int = _setting(128, "channels of an hourglass")
    head: str = _setting(
        "softargmax",
        "softargmax (FPN and heatmaps), anchored (heatmaps of 68, dense landmarks from those; with their spread), "
        "pip (PIPNet's grid of cells) or regression (plain coordinates)",
    )
    size: int = _setting(128, "side of the crop that the network sees, 64 to 256 pixels")
    scale: float = _setting(1.25, "side of the crop over the longer side of the face box")
    grey: bool = _setting(False, "grey pictures, one channel")
    pretrained: bool = _setting(False, "start from ImageNet weights, where their hub can be reached")
    augmentation: str = _setting("strong", "strong, none, all, geometric, photometric, translation+occlusion, ...")
    start: str | None = _setting(None, "finished run to start from instead of random weights, as NAME in runs/")
    backbone_rate: float = _setting(1.0, "learning rate of the backbone over that of the rest; 0: it stays as it is")
    loss: str = _setting("l1", "l1, rmse, wing or, for head anchored, likelihood of the spread; pip has its own")
    heatmap_weight: float = _setting(0.05, "weight of the heatmap loss beside it (softargmax and anchored)")
    optimizer: str = _setting("adamw", "adam or adamw")
    lr: float = _setting(1e-3, "peak learning rate")
    weight_decay: float = _setting(0.05, "weight decay of everything but biases and norms")
    schedule: str = _setting("cosine", "cosine, constant, or step: a tenth after 60 % and again after 85 % of the run")
    warmup: float = _setting(0.1, "share of a cosine run in which the rate rises from 0")
    epochs: int = _setting(30, "number of epochs; from 100 on, every (epochs // 50)th is judged and may be kept")
    images_per_epoch: int | None = _setting(None, "faces an epoch, repeating as needed (default: each once)")
    batch_size: int = _setting(16, "faces a step, over all processes together")
    ema: float = _setting(0.998, "decay of the moving average of the weights, which is what is kept; 0: none")
    precision: str = _setting("auto", "32-true, bf16-mixed, or auto: bf16 where it is faster")
    seed: int = _setting(0, "seed of weights, order, augmentation, and which faces where not all")

    def __post_init__(self):
        for setting in fields(self):  # share=1 and share=1.0 are the same run
            if setting.type is float:
                object.__setattr__(self, setting.name, float(getattr(self, setting.name)))
        for name in _POSITIVE:
            if (value := getattr(self, name)) is not None and not value > 0:  # which NaN is not either
                raise InputError(f"{name} {value}: expected more than 0")
        for name, (least, most) in _BOUNDS.items():
            if not least <= (value := getattr(self, name)) <= most:
                raise InputError(f"{name} {value}: expected {least} to {most}")
        if self.precision not in PRECISIONS:
            raise InputError(f"unknown precision {self.precision!r}: choose one of {', '.join(PRECISIONS)}")

    def check_all_act(self) -> None:
        """Raises InputError where a setting was changed that does nothing beside the others, as nobody would expect."""
        for name, (other, *values) in _ACTS_WITH.items():
            changed, found = getattr(self, name), getattr(self, other)
            if changed != getattr(Experiment, name) and (found not in values if values else found is None):
                needed = " or ".join(values) or "set"
                raise InputError(f"{name} {changed}: it does nothing unless {other} is {needed}, found {found}")

    @classmethod
    def from_dict(cls, values: dict) -> "Experiment":
        """The experiment of a record. Raises InputError for settings this version does not know."""
        unknown = set(values) - {setting.name for setting in fields(cls)}
        if unknown:
            raise InputError(f"unknown settings {', '.join(sorted(unknown))}: written by another version of flm?")
        return cls(**values)
