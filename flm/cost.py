"""What a network costs, beside how well it does: parameters, arithmetic, and time for one face."""

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from flm import models
from flm.experiment import Experiment
from flm.timing import times

_CROPS = 55


@dataclass(frozen=True)
class Cost:
    """parameters: how many. gflops: billions of multiplications and of additions for one crop, counted together.

    median_ms, p95_ms: of one crop, batches of one, 32-bit, on `threads` CPU threads.
    """

    parameters: int
    gflops: float
    median_ms: float
    p95_ms: float
    threads: int


@torch.inference_mode()
def cost(experiment: Experiment) -> Cost:
    """The cost of an experiment's network with random weights, which cost what trained ones do."""
    torch.manual_seed(0)
    network, _ = models.build(experiment)
    network.eval().to(memory_format=torch.channels_last)
    image = models.normalise(
        torch.zeros(1, 1 if experiment.grey else 3, experiment.size, experiment.size, dtype=torch.uint8)
    )
    with FlopCounterMode(display=False) as counter:
        network(image)
    one = times(network, [image] * _CROPS)
    return Cost(
        parameters=sum(p.numel() for p in network.parameters()),
        gflops=counter.get_total_flops() / 1e9,
        median_ms=one["median_ms"],
        p95_ms=one["p95_ms"],
        threads=torch.get_num_threads(),
    )
