"""The experiment of the quick start: a small network, trained from nothing in a minute or two on two cores."""

from flm.data import Benchmark
from flm.experiment import Experiment


def quick_start(benchmark: Benchmark, epochs: int = 8) -> Experiment:
    """MobileNetV3-small on 96 pixel crops: landmarks that follow a face, not more."""
    return Experiment(
        name="quick-start",
        train=benchmark.train,
        val=benchmark.val,
        backbone="mobilenetv3_small_100",
        size=96,
        augmentation="geometric",
        batch_size=32,
        lr=3e-3,
        epochs=epochs,
        ema=0.99,
    )
