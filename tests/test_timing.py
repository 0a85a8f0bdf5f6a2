import time

import numpy as np
import pytest

from flm.timing import timed, times


def slowly(count: int, seconds: float):
    for i in range(count):
        time.sleep(seconds)
        yield i


def test_getting_a_thing_does_not_count():
    results, seconds = timed(lambda i: i * i, slowly(3, 0.02))
    assert results == [0, 1, 4]
    assert seconds.shape == (3,)
    assert seconds.max() < 0.02


def test_the_first_calls_are_left_out():
    waits = iter([0.2] * 5 + [0.002] * 20)
    found = times(lambda _: time.sleep(next(waits)), range(25))
    assert 2 <= found["median_ms"] <= found["p95_ms"] < 100
    assert found["per_second"] == pytest.approx(1e3 / found["median_ms"], rel=0.5)
    assert not next(waits, None)


def test_no_call_is_no_error():
    results, seconds = timed(np.sqrt, [])
    assert results == []
    assert len(seconds) == 0
