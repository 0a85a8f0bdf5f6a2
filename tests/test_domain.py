import math

import pytest
import torch

from flm import models
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models import domain
from flm.models.heads import bells, expectation

SIZE = 64


def sure(cells: list[int], count: int = 16) -> torch.Tensor:
    """Score maps (b, 1, 4, 4) of faces that are each sure of one cell."""
    scores = torch.full((len(cells), 1, count), -100.0)
    scores[torch.arange(len(cells)), 0, torch.tensor(cells)] = 100
    return scores.unflatten(2, (4, 4))


def test_the_nuclear_norm_by_hand():
    assert domain.nuclear_norm(sure([0, 5, 9, 15])).item() == pytest.approx(1)
    assert domain.nuclear_norm(sure([5, 5, 5, 5])).item() == pytest.approx(1 / math.sqrt(4), abs=2e-3)
    assert domain.nuclear_norm(torch.zeros(4, 1, 4, 4)).item() == pytest.approx(1 / math.sqrt(4 * 16), abs=2e-3)


def test_the_nuclear_norm_is_that_of_the_matrix_of_distributions():
    scores = torch.randn(5, 3, 4, 4)
    maps = scores.flatten(2).softmax(2).transpose(0, 1)
    expected = torch.stack([torch.linalg.matrix_norm(one, "nuc") for one in maps]).mean() / 5
    assert domain.nuclear_norm(scores).item() == pytest.approx(expected.item(), rel=1e-3)


def test_a_reversed_gradient():
    features = torch.ones(3, requires_grad=True)
    same = domain.reversed_gradient(features, 0.5)
    assert torch.equal(same, features)
    (2 * same).sum().backward()
    assert features.grad.tolist() == [-1, -1, -1]


def test_elsewhere_is_where_the_other_landmarks_are():
    landmarks = torch.tensor([[[10.0, 10.0], [50.0, 10.0], [10.0, 50.0]]])
    wrong = domain.elsewhere(bells(landmarks, (16, 16), SIZE))
    torch.testing.assert_close(wrong.sum((2, 3)), torch.ones(1, 3))
    assert wrong[0, 0, 2, 2] < 1e-6, "not where it is itself"
    middle = expectation(wrong.clamp(min=1e-9).log(), SIZE)[0, 0]
    torch.testing.assert_close(middle, torch.tensor([30.0, 30.0]), atol=0.5, rtol=0)


@pytest.mark.parametrize("name", domain.CRITICS)
@pytest.mark.parametrize("backbone", ["resnet10t", "hourglass"])
def test_every_critic_moves_the_features(name, backbone):
    model, _ = models.build(Experiment(backbone=backbone, width=16, size=SIZE, head="anchored", markup="dense243"))
    critic = domain.critic(name, model, SIZE)
    known = torch.tensor([True, False, True, False])
    output = model(models.normalise(torch.randint(0, 256, (4, 3, SIZE, SIZE), dtype=torch.uint8)))
    output.features.retain_grad()
    critic(output, known, 0.0).backward(retain_graph=True)
    still = output.features.grad[~known].abs().max()
    assert still == 0, "a critic that has learnt nothing changes no unlabelled face"
    critic(output, known, 1.0).backward()
    assert output.features.grad[~known].abs().max() > 0
    assert all(parameter.grad is not None for parameter in critic.parameters())


def test_a_discriminator_and_what_it_reads_want_opposite_things():
    critic = domain.Discriminator(4)
    features = torch.randn(6, 4, 8, 8)
    features[:3] += 1
    known = torch.arange(6) < 3
    features.requires_grad_()

    def loss(of: torch.Tensor) -> torch.Tensor:
        return critic(models.Output(torch.zeros(6, 1, 2), features=of), known, 1.0)

    before = loss(features)
    before.backward()
    with torch.no_grad():
        assert loss(features - features.grad) > before, "features descend to where the critic is worse"
        for parameter in critic.parameters():
            parameter -= 0.01 * parameter.grad
        assert loss(features) < before, "the critic descends to where it is better"


def test_what_cannot_be_adapted_says_so():
    maps, _ = models.build(Experiment(backbone="resnet10t", size=SIZE))
    none, _ = models.build(Experiment(backbone="resnet10t", size=SIZE, head="regression"))
    with pytest.raises(InputError, match="unknown adaptation 'mmd': choose one of discriminator, daln, regda"):
        domain.critic("mmd", maps, SIZE)
    with pytest.raises(InputError, match="adaptation daln: expected score maps to adapt, head softargmax or anchored"):
        domain.critic("daln", none, SIZE)
