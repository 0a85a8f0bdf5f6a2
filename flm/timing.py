"""How long things take."""

import time
from collections.abc import Callable, Iterable

import numpy as np

_WARM = 5  # calls that find caches cold and kernels not compiled


def timed(work: Callable, over: Iterable) -> tuple[list, np.ndarray]:
    """What `work` makes of each thing, and the seconds that took, (count,); getting the thing does not count."""
    results, seconds = [], []
    for thing in over:
        start = time.perf_counter()
        results.append(work(thing))
        seconds.append(time.perf_counter() - start)
    return results, np.array(seconds)


def times(work: Callable, over: Iterable) -> dict[str, float]:
    """{"median_ms", "p95_ms", "per_second"} of `work` on more than 5 things, the first 5 left out."""
    seconds = timed(work, over)[1][_WARM:]
    median, p95 = np.quantile(seconds, (0.5, 0.95))
    return {"median_ms": 1e3 * float(median), "p95_ms": 1e3 * float(p95), "per_second": 1 / float(seconds.mean())}
