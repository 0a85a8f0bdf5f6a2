import pytest

from flm.cost import cost
from flm.experiment import Experiment


def test_parameters_and_arithmetic_are_those_of_the_network():
    """ResNet-18 for ImageNet: 11.69 million parameters, 1.82 billion multiply-adds at 224 pixels."""
    found = cost(Experiment(backbone="resnet18", head="regression", size=224))
    last_layer = 512 * (1000 - 136) + 1000 - 136
    assert found.parameters == 11_689_512 - last_layer
    assert found.gflops == pytest.approx(2 * 1.814, rel=0.02)
    assert 0 < found.median_ms <= found.p95_ms


def test_arithmetic_grows_with_the_area():
    small, large = (cost(Experiment(backbone="resnet10t", size=size)).gflops for size in (64, 128))
    assert large == pytest.approx(4 * small, rel=0.02)
