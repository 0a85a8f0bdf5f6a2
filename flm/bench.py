"""How fast this machine is at each step of the work: the floor to measure against."""

import time
from collections.abc import Callable
from functools import partial

import torch

from flm import data, markup, models
from flm.data import cache, crop, loader
from flm.experiment import Experiment
from flm.training import machine
from flm.training.losses import heatmap_loss, landmark_loss

_SIZE, _BATCH, _SECONDS = 128, 32, 8.0


def bench_data(spec: str) -> str:
    """A table of loader images/s, for each augmentation set, beside the images/s that ResNet-18 trains at.

    The loader runs in one process, the model on all cores: with more than one core the loader has to share them.
    """
    samples = data.load(spec)
    faces = cache.build(samples, _SIZE)
    rows = [f"{'decode and crop':32}{_rate(partial(_decode, samples), len(samples)):8.0f} images/s, one core"]
    for name in ("none", "all", "strong"):
        crops = loader.Crops(
            faces, markup.IBUG68.flip, size=_SIZE, scale=crop.SCALE, augmentation=name, grey=False, seed=0
        )
        rows.append(f"{f'loader, {name}':32}{_rate(partial(_read, crops), len(crops)):8.0f} images/s, one core")
    precision = machine.precision("auto", "resnet18")
    train = _rate(_training_step(precision), _BATCH)
    rows.append(f"{f'resnet18 training, {precision}':32}{train:8.0f} images/s, {torch.get_num_threads()} cores")
    return "\n".join(rows)


def _rate(work: Callable[[], None], images: int) -> float:
    work()  # the first time warms caches and compiles kernels
    start, rounds = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < _SECONDS:
        work()
        rounds += 1
    return rounds * images / passed


def _decode(samples: list[data.Sample]) -> None:
    for sample in samples:
        cache.square(sample, _SIZE, crop.SCALE)


def _read(crops: loader.Crops) -> None:
    for i in range(len(crops)):
        crops[i]


def _training_step(precision: str) -> Callable[[], None]:
    e = Experiment()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model, _ = models.build("resnet18", "softargmax", 68, _SIZE)
    model = model.to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=e.lr)
    images = torch.randint(0, 256, (_BATCH, 3, _SIZE, _SIZE), dtype=torch.uint8, device=device)
    truth = torch.rand(_BATCH, 68, 2, device=device) * _SIZE

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=precision.startswith("bf16")):
            output = model(models.normalise(images))
        loss = landmark_loss("l1", output.landmarks, truth, _SIZE)
        (loss + e.heatmap_weight * heatmap_loss(output.scores, truth, _SIZE)).backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()  # waits for a GPU

    return step
