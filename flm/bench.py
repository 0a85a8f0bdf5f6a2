"""How fast this machine is at each step of the work: the floor to measure against."""

import cProfile
import pstats
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from flm import data, markup, memory, models
from flm.data import cache, crop, generated, loader
from flm.errors import InputError
from flm.experiment import Experiment
from flm.training import machine
from flm.training.module import LandmarkModule

_SIZE, _SECONDS = 128, 8.0
_RECIPE = Experiment()
_PROFILED = 10  # pictures whose stages are timed
_STAGES = {
    "all of one picture": "example",
    "a person, with hair and clothes": "sample_face",
    "rendering": "picture",
    "    of it sending meshes and light": "_update",
    "    of it denoising": "denoise",
    "segmentation and visibility": "first_hits",
    "the camera's faults": "develop",
}


def bench_data(spec: str) -> dict:
    """Images/s of decoding and of the loader (one process each), and of training ResNet-18 on what the loader gives.

    {"machine": facts, "images_per_second": {step: rate}}. The loader works beside the model, so that with
    more than one core they share them.
    """
    samples = data.load(spec)
    faces = cache.build(samples, _SIZE)
    rates = {"decode and crop": _rate(partial(_decode, samples), len(samples))}
    for name in ("none", "all", "strong"):
        crops = loader.Crops(
            faces, markup.IBUG68.flip, size=_SIZE, scale=crop.SCALE, augmentation=name, grey=False, seed=0
        )
        rates[f"loader, augmentation {name}"] = _rate(partial(_read, crops), len(crops))
    precision = machine.precision("auto", "resnet18")
    rates["resnet18 training"] = _rate(_training_step(_RECIPE), _RECIPE.batch_size)
    return {"machine": machine.describe(precision, 1), "images_per_second": rates}


def bench_dense(backbone: str) -> dict:
    """What it costs to train a network for 68 to 1,001 landmarks, with a score map for each or with anchors.

    {"machine": facts, "rows": [{"head", "landmarks", "images_per_second", "kept_mib": of activations, a step}]}.
    """
    precision = machine.precision("auto", backbone)
    rows = []
    for head in ("softargmax", "anchored"):
        for name in markup.DENSE:
            step = _training_step(Experiment(backbone=backbone, head=head, markup=name))
            rate = _rate(step, _RECIPE.batch_size)
            count = markup.get(name).n
            rows.append({"head": head, "landmarks": count, "images_per_second": rate, "kept_mib": _kept(step)})
    return {"machine": machine.describe(precision, 1), "backbone": backbone, "rows": rows}


def dense_table(measured: dict) -> str:
    """What `bench_dense` measured, one line a head and landmark set."""
    columns = "{head:12}{landmarks:6} landmarks{images_per_second:8.0f} images/s{kept_mib:8.0f} MiB"
    lines = [columns.format(**row) for row in measured["rows"]]
    return "\n".join([f"{measured['backbone']}, {_SIZE} px, batches of {_RECIPE.batch_size}", *lines])


def bench_synth(size: int, workers: int) -> dict:
    """How fast faces of `size` pixels are made.

    {"machine": facts, "size", "workers", "seconds": {stage: of one picture in one process}, "images_per_second":
    of all workers with files written, start not counted, "peak_gib": memory of the largest worker}.
    """
    from flm.synth.dataset import SHARD, generate
    from flm.synth.generator import Generator, Recipe, check

    recipe = Recipe(size=size)
    check(recipe, 1)
    generator = Generator(recipe)
    generator.example(0)  # compiles kernels
    profile = cProfile.Profile()
    for index in range(1, 1 + _PROFILED):
        profile.runcall(generator.example, index)
    took = {function: row[3] for (_, _, function), row in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
    seconds = {stage: took.get(function, 0.0) / _PROFILED for stage, function in _STAGES.items()}
    with tempfile.TemporaryDirectory() as folder:
        shards = 4 * workers
        marks = [(time.perf_counter(), done) for done in generate(Path(folder), shards * SHARD, recipe, workers)]
    # From when each worker has written its first shard: by then all are started, and in step.
    (start, before), (end, after) = marks[workers], marks[-1]
    return {
        "machine": machine.describe("32-true", workers),
        "size": size,
        "workers": workers,
        "seconds": seconds,
        "images_per_second": (after - before) / (end - start),
        "peak_gib": resource.getrusage(resource.RUSAGE_CHILDREN if workers > 1 else resource.RUSAGE_SELF).ru_maxrss
        / 2**20,
    }


_KINDS = {
    "pictures": "*[0-9].png",
    "segmentations": "*_seg.png",
    "70 landmarks as text": "*_ldmks.txt",
    "1,001 landmarks and facts": "labels_*.npz",
}


def bench_storage(spec: str) -> dict:
    """What a set of generated faces costs on disk, and at each start of a training.

    {"machine": facts, "faces": in the set's folder, "files": in it, "bytes": {kind: of one face}, "pixel_cache": bytes
    of one face, "seconds": {step: of a thousand faces}}. Raises InputError for faces that were not generated.
    """
    samples = data.load(spec)
    folder = samples[0].image.parent
    if not (faces := generated.count(folder)):
        raise InputError(f"{spec}: expected generated faces, such as synthetic-1000/all")
    steps = {
        "reading labels": lambda: data.load(spec),
        "reading dense labels": lambda: data.load(spec, "dense1001"),
        "telling whether pictures changed": lambda: cache.fingerprint(samples),
    }
    files = {kind: [*folder.glob(pattern)] for kind, pattern in _KINDS.items()}
    return {
        "machine": machine.describe("32-true", 1),
        "faces": faces,
        "files": sum(map(len, files.values())),
        "bytes": {kind: sum(file.stat().st_size for file in of) / faces for kind, of in files.items()},
        "pixel_cache": cache.square(samples[0], _SIZE, crop.SCALE).nbytes,
        "seconds": {step: 1000 * _seconds(work) / len(samples) for step, work in steps.items()},
    }


def storage_table(measured: dict) -> str:
    """What `bench_storage` measured, one line a kind of file and a step."""
    sizes = measured["bytes"] | {f"pixel cache, crops of {_SIZE}": measured["pixel_cache"]}
    lines = [f"{kind:36}{size / 1000:8.1f} kB a face" for kind, size in sizes.items()]
    lines += [f"{step:36}{1000 * took:8.0f} ms a thousand" for step, took in measured["seconds"].items()]
    return "\n".join([*lines, f"{measured['faces']:,} faces in {measured['files']:,} files"])


def synth_table(measured: dict) -> str:
    """What `bench_synth` measured, one line a stage."""
    lines = [f"{stage:40}{1000 * seconds:8.0f} ms" for stage, seconds in measured["seconds"].items()]
    speed = f"{measured['images_per_second']:.2f} pictures/s of {measured['size']} px, files included"
    return "\n".join([*lines, f"{speed}, {measured['workers']} workers, {measured['peak_gib']:.1f} GiB each"])


def table(measured: dict) -> str:
    """What a benchmark measured, one line a step."""
    lines = [f"{name:32}{rate:8,.0f} images/s" for name, rate in measured["images_per_second"].items()]
    facts = measured["machine"]
    return "\n".join([*lines, f"{facts['device']}, {facts['cores']} cores, training in {facts['precision']}"])


def _rate(work: Callable[[], None], images: int) -> float:
    work()  # the first time warms caches and compiles kernels
    start, rounds = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < _SECONDS:
        work()
        rounds += 1
    return rounds * images / passed


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _decode(samples: list[data.Sample]) -> None:
    for sample in samples:
        cache.square(sample, _SIZE, crop.SCALE)


def _read(crops: loader.Crops) -> None:
    for i in range(len(crops)):
        crops[i]


def _training_step(experiment: Experiment) -> Callable[[], None]:
    memory.keep_freed_memory()
    batch, size = experiment.batch_size, experiment.size
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    module = LandmarkModule(experiment).to(device)
    precision = machine.precision(experiment.precision, experiment.backbone)
    optimizer = torch.optim.AdamW(module.parameters(), lr=experiment.lr, fused=True)
    images = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8, device=device)
    truth = torch.rand(batch, module.markup.n, 2, device=device) * size

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=precision.startswith("bf16")):
            loss = module.supervised(module.model(models.normalise(images)), truth)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()  # waits for a GPU

    return step


def _kept(step: Callable[[], None]) -> float:
    """Mebibytes that a training step keeps from its forward for its backward pass; parameters may be among them."""
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        step()
    return sum(kept.values()) / 2**20
