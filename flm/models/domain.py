"""Critics: they see labelled synthetic and unlabelled real faces, and what they notice is taken out of the features.

Each is a loss of (output, known, strength): an Output of a batch, which of its faces are labelled (b,) bool, and how
strongly the features are to be changed, 0 to 1. The critic gets better at telling the two kinds apart by the same
descent by which the features, through a reversed gradient, get better at hiding it.

Sources: Ganin et al., "Domain-adversarial training of neural networks" (2016), the discriminator and the reversal;
Chen et al., "Reusing the task-specific classifier as a discriminator" (2022), DALN; Jiang et al., "Regressive domain
adaptation for unsupervised keypoint detection" (2021), RegDA.
"""

from copy import deepcopy

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from flm.errors import InputError
from flm.models.heads import MapNetwork, Output, bells, cross_entropy, expectation

CRITICS = ("discriminator", "daln", "regda")


def critic(name: str, model: nn.Module, size: int) -> nn.Module:
    """The critic called `name`, for a model of crops of `size` pixels.

    Raises InputError for another name, and for a model without score maps.
    """
    if name not in CRITICS:
        raise InputError(f"unknown adaptation {name!r}: choose one of {', '.join(CRITICS)}")
    if not isinstance(model, MapNetwork):
        raise InputError(
            f"adaptation {name}: expected score maps to adapt, head softargmax or anchored, of one set of landmarks"
        )
    if name == "discriminator":
        return Discriminator(model.width)
    return Daln(model.reader) if name == "daln" else RegDa(model.reader, size)


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features: torch.Tensor, strength: float) -> torch.Tensor:
        ctx.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(ctx, gradient: torch.Tensor):  # type: ignore[override]
        return -ctx.strength * gradient, None


def reversed_gradient(features: torch.Tensor, strength: float) -> torch.Tensor:
    """The features as they are; their gradient comes back times -strength."""
    return _Reversal.apply(features, strength)  # type: ignore[return-value]


class Discriminator(nn.Module):
    """A small network that says of a feature map whether it comes from a synthetic face."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, width, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 1),
        )  # fmt: skip

    def forward(self, output: Output, known: torch.Tensor, strength: float) -> torch.Tensor:
        says = self.layers(reversed_gradient(output.features, strength))[:, 0].float()
        return F.binary_cross_entropy_with_logits(says, known.float())


class Daln(nn.Module):
    """No network of its own: the model's own last layers look for features whose maps are sure and diverse on labelled
    faces and not on the others, which the nuclear norm of a batch of distributions measures.

    DALN is a method for classifiers. Here each landmark is a classifier whose classes are the cells of its map.

    reader: those last layers, from features to score maps.
    """

    def __init__(self, reader: nn.Module):
        super().__init__()
        self._reader = (reader,)  # in a tuple, since its weights are the model's and not the critic's

    def forward(self, output: Output, known: torch.Tensor, strength: float) -> torch.Tensor:
        scores = self._reader[0](reversed_gradient(output.features, strength))
        return nuclear_norm(scores[~known]) - nuclear_norm(scores[known])


def nuclear_norm(scores: torch.Tensor) -> torch.Tensor:
    """Sum of the singular values of each landmark's distributions (b, cells), over b, mean over the landmarks.

    Of maps (b, n, h, w): 1 where each face has its own sure cell, 1 / sqrt(b) where all have the same one, and
    1 / sqrt(b * cells) where no map says anything.
    """
    with torch.autocast(scores.device.type, enabled=False):
        maps = scores.float().flatten(2).softmax(2).transpose(0, 1)  # (n, b, cells)
        # Eigenvalues of the small (n, b, b) products: the squares of the singular values, and so much cheaper.
        squares = torch.linalg.eigvalsh(maps @ maps.transpose(1, 2))
        return squares.clamp(min=1e-6).sqrt().sum(1).mean() / len(scores)


class RegDa(nn.Module):
    """A second head, which agrees with the first on labelled faces, and on others looks for each landmark where another
    one is; the features are changed until it cannot.

    Anywhere else would be easy to find. Where other landmarks are is where a real mistake would put it.

    reader: the model's last layers, from features to score maps, of which the second head is a copy.
    """

    def __init__(self, reader: nn.Module, size: int):
        super().__init__()
        self.head = deepcopy(reader)
        self.size = size

    def forward(self, output: Output, known: torch.Tensor, strength: float) -> torch.Tensor:
        found = bells(expectation(output.scores.detach(), self.size), output.scores.shape[-2:], self.size)
        labelled, others = output.features[known], output.features[~known]
        agreeing = cross_entropy(self.head(labelled), found[known]).mean()
        astray = cross_entropy(self.head(others.detach()), elsewhere(found[~known])).mean()
        fixed = {name: weight.detach() for name, weight in self.head.named_parameters()}
        led_back = cross_entropy(functional_call(self.head, fixed, others), found[~known]).mean()
        return agreeing + astray + strength * led_back


def elsewhere(maps: torch.Tensor) -> torch.Tensor:
    """For each landmark's map (b, n, h, w) that of all others together, where it is not itself: (b, n, h, w) again."""
    peaks = maps / maps.amax((2, 3), keepdim=True)
    others = (peaks.sum(1, keepdim=True) - peaks).clamp(max=1) * (1 - peaks)
    return others / others.sum((2, 3), keepdim=True)
