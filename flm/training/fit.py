"""`fit(experiment)`: the run, trained if it is not in the store yet, gone on with if it was interrupted."""

import logging
import math
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from pickle import UnpicklingError

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, WeightAveraging
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from flm import augment, data, markup, memory, models, paths
from flm.data import cache, loader, unlabelled
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models.adapters import Adapter, load_adapter
from flm.models.deployed import TorchNetwork
from flm.training import machine, store
from flm.training.adversarial import AdversarialModule
from flm.training.module import LandmarkModule
from flm.training.progress import Progress

# Lightning advertises and warns about what we do on purpose (few workers, short epochs): a reader wants the result.
warnings.filterwarnings("ignore", module="lightning")
for name in ("lightning.pytorch", "lightning.fabric"):
    logging.getLogger(name).setLevel(logging.ERROR)


def fit(experiment: Experiment, *, devices: int = 1, nodes: int = 1, workers: int | None = None) -> store.Run:
    """The finished run of `experiment`, from the store or by training it now.

    An interrupted training goes on from its last whole epoch and ends with the weights of an unbroken one.
    devices, nodes, workers: where to compute, which is not part of the run's key.
    Raises InputError for settings or data that cannot be used, before anything is written to the store.
    """
    if min(devices, nodes) < 1 or (workers or 0) < 0:
        raise InputError(f"devices {devices}, nodes {nodes}, workers {workers}: expected at least 1, 1 and 0")
    experiment.check_all_act()
    _check_batches(experiment, devices * nodes)
    augment.get(experiment.augmentation)
    faces = _faces(experiment)
    sources = {role: _source(getattr(experiment, role), samples) for role, samples in faces.items()}
    adapter = _adapter(experiment)
    if adapter:
        sources["adapter"] = adapter.description()
    fingerprints = {role: source["fingerprint"] for role, source in sources.items()}
    folder = store.folder_of(experiment, fingerprints)
    if not store.is_finished(folder):
        memory.keep_freed_memory()
        L.seed_everything(experiment.seed, verbose=False)
        module = (AdversarialModule if experiment.adaptation else LandmarkModule)(experiment)
        crops = _crops(experiment, faces, adapter)
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder):
            if not store.is_finished(folder):
                _train(module, crops, folder, sources, devices, nodes, machine.workers(workers))
    return store.load(folder)


def _check_batches(experiment: Experiment, processes: int) -> None:
    size, share = experiment.batch_size, experiment.share
    if size % processes:
        raise InputError(f"batch_size {size}: expected a multiple of {processes}, the processes that share a batch")
    if experiment.adaptation and size // processes * min(share, 1 - share) < 1:
        raise InputError(
            f"adaptation {experiment.adaptation}: found share {share:g} of batches of {size // processes} a process, "
            "expected faces of both kinds in each"
        )
    one_cell = experiment.backbone == models.HOURGLASS and experiment.size == 4 << experiment.depth
    if one_cell and size == processes:
        raise InputError(f"batch_size {size}: an hourglass whose smallest map is one cell needs two faces a process")


def _faces(experiment: Experiment) -> dict[str, list[data.Sample]]:
    """The faces of a run by their role: train, val and, where there are any, mixed_in."""
    if experiment.adaptation and experiment.adapter:
        raise InputError(
            f"adaptation {experiment.adaptation}: faces mixed in have no labels to adapt, expected no adapter"
        )
    if experiment.adapter and experiment.markup != "ibug68":
        raise InputError(f"adapter {experiment.adapter}: its labels are ibug68, found markup {experiment.markup}")
    train = data.subset(data.load(experiment.train, experiment.markup), experiment.train_size, experiment.seed)
    if experiment.train_size is not None and len(train) < experiment.train_size:
        raise InputError(f"{experiment.train}: found {len(train)} faces, expected train_size={experiment.train_size}")
    faces = {"train": train, "val": data.load(experiment.val, markup.judged(experiment.markup))}
    if experiment.mixed_in:
        load = unlabelled.load if experiment.adaptation else data.load
        faces["mixed_in"] = load(experiment.mixed_in, experiment.markup)
    return faces


def _source(spec: str, samples: list[data.Sample]) -> dict:
    return {"spec": spec, "faces": len(samples), "fingerprint": cache.fingerprint(samples)}


def _adapter(experiment: Experiment) -> Adapter | None:
    return load_adapter(Path(experiment.adapter)) if experiment.adapter else None


def _crops(
    experiment: Experiment, faces: dict[str, list[data.Sample]], adapter: Adapter | None
) -> dict[str, loader.Crops]:
    """What the network is shown of the faces of each role."""
    crops = {
        role: loader.crops_of(samples, experiment, "none" if role == "val" else experiment.augmentation)
        for role, samples in faces.items()
    }
    if adapter:
        exact = crops["mixed_in"].cache
        crops["mixed_in"].cache = exact.relabelled(adapter.labels(exact.landmarks, experiment.seed))
    return crops


def first_batch(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """What a network of this experiment is shown in its first step.

    Returns crops (b, s, s, 3) uint8 and landmarks (b, n, 2) in their pixels.
    """
    crops = _crops(experiment, _faces(experiment), _adapter(experiment))
    batches = loader.train_loader(
        crops["train"],
        experiment.batch_size,
        batches=1,
        mixed_in=crops.get("mixed_in"),
        share=experiment.share,
        workers=0,
    )
    images, landmarks = next(iter(batches))
    return images.permute(0, 2, 3, 1).numpy(), landmarks.numpy()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let one training of this run go on at a time; the processes that Lightning adds to it take part in that one."""
    if machine.is_first_process():
        with paths.alone(folder / ".lock"):
            yield
    else:
        yield


def _train(
    module: LandmarkModule,
    crops: dict[str, loader.Crops],
    folder: Path,
    sources: dict[str, dict],
    devices: int,
    nodes: int,
    workers: int,
) -> None:
    experiment, processes = module.experiment, devices * nodes
    batches = max(1, round((experiment.images_per_epoch or len(crops["train"])) / experiment.batch_size))
    validate_every = max(1, experiment.epochs // 50)
    best = _Checkpoint(folder, "best", monitor="val_nme", mode="min", enable_version_counter=False)
    progress = Progress(folder.name, batches * experiment.batch_size, validate_every, say_every=10)
    trainer = _trainer(experiment, folder, [best, progress], validate_every, devices, nodes)
    checkpoint = folder / "last.ckpt" if (folder / "last.ckpt").exists() else None
    train_batches = loader.train_loader(
        crops["train"],
        experiment.batch_size,
        batches,
        mixed_in=crops.get("mixed_in"),
        share=experiment.share,
        workers=workers,
        processes=processes,
        first_epoch=_epochs_in(checkpoint) if checkpoint else 0,
    )
    val_batches = loader.eval_loader(crops["val"], batch_size=64)
    _fit_or_interrupt(trainer, module, train_batches, val_batches, ckpt_path=checkpoint, weights_only=True)
    val_nme = best.best_model_score.item()  # type: ignore[union-attr]
    if not math.isfinite(val_nme):
        raise InputError(f"{folder}: the training diverged, no epoch has an error; remove it and choose a lower lr")
    if trainer.is_global_zero:
        chosen = torch.load(best.best_model_path, weights_only=True)
        module.load_state_dict(chosen["state_dict"])
        record = {
            "experiment": asdict(experiment),
            "data": sources,
            "selected_on": experiment.val,
            "best_epoch": chosen["epoch"] + 1,
            "val_nme": val_nme,
            "usual_confidence": TorchNetwork(module.model).usual_confidence(images for images, _ in val_batches),
            "pretrained": module.pretrained,
            "parameters": sum(p.numel() for p in module.model.parameters()),
            "minutes": round(progress.minutes, 2),
            "images_per_second": round(progress.images_per_second, 1),
            "machine": machine.describe(trainer.precision, processes),
            "curves": progress.curves,
        }
        store.save(folder, module.model, record)
        for left in folder.glob("*.ckpt"):
            left.unlink()
    trainer.strategy.barrier()


def _trainer(
    experiment: Experiment, folder: Path, callbacks: list[L.Callback], validate_every: int, devices: int, nodes: int
) -> L.Trainer:
    averaging = [_averaging(experiment.ema)] if experiment.ema else []
    last = _Checkpoint(folder, "last", save_on_train_epoch_end=True, enable_version_counter=False)
    return L.Trainer(
        max_epochs=experiment.epochs,
        precision=machine.precision(experiment.precision, experiment.backbone),  # type: ignore[arg-type]
        devices=devices,
        num_nodes=nodes,
        gradient_clip_val=1.0,
        check_val_every_n_epoch=validate_every,
        callbacks=[*averaging, *callbacks, last],
        logger=[CSVLogger(folder, "log"), TensorBoardLogger(folder, "log")],
        use_distributed_sampler=False,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )


class _Checkpoint(ModelCheckpoint):
    """Knows the best epoch so far also where somebody moved the folder before the run went on."""

    def load_state_dict(self, state_dict: dict) -> None:
        def moved(path: str) -> str:
            return path.replace(state_dict["dirpath"], str(self.dirpath))

        paths = {name: moved(path) for name, path in state_dict.items() if name.endswith("_path")}
        best = {moved(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | paths | {"dirpath": self.dirpath, "best_k_models": best})


def _epochs_in(checkpoint: Path) -> int:
    """Number of whole epochs in the checkpoint of an interrupted run. Raises InputError when it is broken."""
    try:
        return torch.load(checkpoint, weights_only=True)["epoch"] + 1
    except (RuntimeError, OSError, EOFError, UnpicklingError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{checkpoint}: not a checkpoint ({reason}); remove it to train this run anew") from None


def _fit_or_interrupt(trainer: L.Trainer, *args, **options) -> None:
    """trainer.fit, but Ctrl-C stays a KeyboardInterrupt: Lightning exits instead, and ignores the key from then on.

    A cluster's SIGTERM is one too; where it also reached the loader's processes, torch complains of their death.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(*args, **options)
    except SystemExit:
        raise KeyboardInterrupt from None
    except RuntimeError:
        if trainer.received_sigterm:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, handler)


def _averaging(decay: float) -> WeightAveraging:
    def update(averages: list[torch.Tensor], weights: list[torch.Tensor], count: torch.Tensor) -> None:
        # A short memory at first, so that a run of few steps is not held back by its random start.
        keep = min(decay, (1 + int(count)) / (10 + int(count)))
        for average, weight in zip(averages, weights, strict=True):
            if average.is_floating_point():
                average.lerp_(weight, 1 - keep)
            else:
                average.copy_(weight)

    return WeightAveraging(multi_avg_fn=update, use_buffers=True)
