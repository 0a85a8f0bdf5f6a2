"""The LightningModule: one step of supervised landmark training."""

import lightning as L
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from flm import markup, models, paths
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models.dense import WithPeoplesLabels
from flm.models.pip import pip_loss
from flm.training import store
from flm.training.losses import LIKELIHOOD, LOSSES, heatmap_loss, landmark_loss

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
SCHEDULES = ("cosine", "constant", "step")
_LEAST_INTEROCULAR = 0.1  # of the crop's side; 300-W's least is three times that


class LandmarkModule(L.LightningModule):
    """Trains a model of flm.models on batches of images (b, c, s, s) uint8 and landmarks (b, n, 2).

    pretrained: whether the model started from ImageNet weights.
    """

    def __init__(self, experiment: Experiment):
        super().__init__()
        for setting, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("loss", (*LOSSES, LIKELIHOOD))):
            if (value := getattr(experiment, setting)) not in known:
                raise InputError(f"unknown {setting} {value!r}: choose one of {', '.join(known)}")
        if experiment.loss == LIKELIHOOD and experiment.head != "anchored":
            raise InputError(
                f"loss likelihood: it needs each landmark's spread, head anchored, found {experiment.head}"
            )
        if experiment.head == "pip" and experiment.loss != "l1":
            raise InputError(f"loss {experiment.loss}: head pip has a loss of its own; leave this one as it is")
        self.experiment = experiment
        self.markup = markup.get(experiment.markup)
        self.model, self.pretrained = models.build(experiment)
        _try(self.model, experiment)
        if experiment.start:
            self._start_from(store.load(paths.runs_dir() / experiment.start))
        self.backbone, self.head = models.parts(self.model)
        for parameter in self.backbone:
            parameter.requires_grad = experiment.backbone_rate > 0
        self.model.to(memory_format=torch.channels_last)

    def _start_from(self, run: store.Run) -> None:
        # What knows dense landmarks alone may go on to learn people's labels beside them.
        model = self.model
        if isinstance(model, WithPeoplesLabels) and run.experiment.markup in markup.DENSE:
            model = model.dense
        try:
            model.load_state_dict(run.model().state_dict())
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(f"{run.folder}: another model than this experiment's ({reason})") from None
        self.pretrained = run.record.get("pretrained", False)

    def on_train_epoch_start(self):
        # What is random inside the model (dropout) must not depend on how often the run was interrupted.
        torch.manual_seed(self.experiment.seed * 100_003 + self.current_epoch)
        for module in self.model.modules():
            if isinstance(module, nn.BatchNorm2d) and not module.weight.requires_grad:
                module.eval()  # what is frozen keeps its statistics too

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        images, truth = batch
        loss = self.supervised(self.model(models.normalise(images)), truth)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(images), sync_dist=True)
        return loss

    def supervised(self, output: models.Output, truth: torch.Tensor) -> torch.Tensor:
        """Loss of what a network says, and of what it said on the way, against landmarks (b, n, 2)."""
        e, kinds = self.experiment, self.markup.kinds
        if output.cells is not None:
            return pip_loss(output.cells, truth, e.size)
        loss = torch.stack([landmark_loss(e.loss, output.of(kind), truth[:, kind], e.size) for kind in kinds]).sum()
        exact = truth[:, kinds[-1]]  # what score maps are of
        for stage in output.earlier:
            loss = loss + landmark_loss("l1", stage, exact, e.size)
        for stage in (*output.earlier, output):
            if e.heatmap_weight and stage.scores is not None:
                loss = loss + e.heatmap_weight * heatmap_loss(stage.scores, exact, e.size)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        images, truth = batch
        # Of dense sets and of BOTH, the first 68 are what people's labels are compared with, see markup.judged.
        error = self.model(models.normalise(images)).landmarks[:, : truth.shape[1]] - truth
        left, right = self.markup.eye_corners
        # In profile the corners of the eyes meet, and a few such faces would choose the epoch.
        interocular = (
            (truth[:, left] - truth[:, right]).norm(dim=1).clamp(min=_LEAST_INTEROCULAR * self.experiment.size)
        )
        nme = 100 * error.norm(dim=2).mean(1) / interocular
        mse = (error / self.experiment.size).square().mean()
        self.log("val_nme", nme.mean(), batch_size=len(images), sync_dist=True)
        self.log("val_mse", mse, batch_size=len(images), sync_dist=True)

    def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None):
        # Lightning will not clip for a fused optimizer, since that might scale gradients itself; only fp16 does.
        torch.nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)

    def configure_optimizers(self):
        groups = [
            {
                "params": [p for p in part if (p.ndim > 1) == decayed],  # biases and norms do not decay
                "weight_decay": self.experiment.weight_decay if decayed else 0.0,
                "lr": self.experiment.lr * slower,
            }
            for part, slower in ((self.head, 1.0), (self.backbone, self.experiment.backbone_rate))
            for decayed in (True, False)
            if slower > 0
        ]
        # Unfused, AdamW takes a quarter of a ResNet-18 step on a CPU.
        optimizer = OPTIMIZERS[self.experiment.optimizer](groups, fused=True)
        steps = self.trainer.estimated_stepping_batches
        schedule = LambdaLR(
            optimizer, lambda step: rate(self.experiment.schedule, self.experiment.warmup, step / steps)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _try(model: nn.Module, experiment: Experiment) -> None:
    """Raises InputError where one of timm's networks turns out not to take crops of this size."""
    crop = torch.zeros(1, 1 if experiment.grey else 3, experiment.size, experiment.size)
    try:
        with torch.no_grad():
            model.eval()(crop)
    except (AssertionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{experiment.backbone}: not for crops of {experiment.size} pixels ({reason})") from None
    model.train()


def rate(schedule: str, warmup: float, progress: float) -> float:
    """Learning rate as a fraction of its peak, when `progress` (0 to 1) of the run is done."""
    if schedule == "constant":
        return 1.0
    if schedule == "step":
        return 1.0 if progress < 0.6 else 0.1 if progress < 0.85 else 0.01
    if progress < warmup:
        return progress / warmup
    decline = torch.tensor(torch.pi * min(1.0, (progress - warmup) / (1 - warmup)))
    return float(0.5 * (1 + decline.cos()))
