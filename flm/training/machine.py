"""What the machine at hand is, and what is fast on it."""

import os
import platform

import torch

_DEPTHWISE = ("mobilenet", "efficientnet", "xception", "lcnet", "tinynet")


def is_first_process() -> bool:
    """Whether this is the process that a user started, not one that Lightning or a cluster started beside it."""
    return all(os.environ.get(rank, "0") == "0" for rank in ("LOCAL_RANK", "NODE_RANK", "SLURM_PROCID", "RANK"))


def workers(wanted: int | None) -> int:
    """Loader processes: `wanted`, or one for each two cores up to 8; one core has none to spare."""
    if wanted is not None:
        return wanted
    return min(8, len(os.sched_getaffinity(0)) // 2) if hasattr(os, "sched_getaffinity") else 1


def precision(wanted: str, backbone: str) -> str:
    """Lightning's name of the precision to train in.

    bf16 is faster on GPUs and on CPUs that multiply it in hardware; depthwise convolutions are slower in it on CPUs.
    """
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16-mixed"
    depthwise = any(word in backbone for word in _DEPTHWISE)
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() and not depthwise else "32-true"


def describe(used_precision: str, processes: int) -> dict:
    """The facts that a timing needs beside it."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    return {
        "device": device,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "processes": processes,
        "precision": used_precision,
        "torch": torch.__version__,
    }
