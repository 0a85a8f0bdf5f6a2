"""From feature maps to coordinates, in several ways."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from flm.models.backbone import Pyramid


class Output(NamedTuple):
    """What a network says of a batch of crops.

    landmarks: (b, n, 2) float32 in crop pixels.
    scores: the maps (b, k, h, w) that landmarks were read from, those of the first k; or None.
    features: (b, c, h, w), what the maps were made from, or None.
    spread: (b, n) standard deviation of the landmarks in x and in y, as the network judges it itself, or None.
    earlier: first answers, of the hourglasses before the last.
    cells: what PIPNet's grid says, see flm.models.pip, or None.
    """

    landmarks: torch.Tensor
    scores: torch.Tensor = None  # type: ignore[assignment]
    features: torch.Tensor = None  # type: ignore[assignment]
    spread: torch.Tensor = None  # type: ignore[assignment]
    earlier: tuple["Output", ...] = ()
    cells: Any = None

    def of(self, points: slice) -> "Output":
        """Landmarks and spread of some of the points alone."""
        return Output(self.landmarks[:, points], spread=None if self.spread is None else self.spread[:, points])


class MapNetwork(nn.Module):
    """A network whose Output has scores and features, these of `width` channels.

    reader: its last layers, which turn features into scores.
    """

    width: int

    @property
    def reader(self) -> nn.Module:
        raise NotImplementedError

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of all that comes after the backbone."""
        raise NotImplementedError


class CoordinateRegression(nn.Module):
    """A classifier's pooled features and one linear layer: 2n numbers. The head of the SFU and ILM studies."""

    def __init__(self, body: nn.Module, size: int):
        super().__init__()
        self.body: Any = body
        self.size = size

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the last layer."""
        return self.body.get_classifier().parameters()

    def forward(self, images: torch.Tensor) -> Output:
        features = self.body.forward_head(self.body.forward_features(images), pre_logits=True)
        with torch.autocast(images.device.type, enabled=False):  # bf16 has no more than 8 bits for a coordinate
            numbers = self.body.get_classifier()(features.float())
        fractions = numbers.unflatten(1, (-1, 2))  # (b, n, 2), 0 in the middle of the crop
        return Output((fractions + 0.5) * self.size - 0.5)


class SoftArgmax(MapNetwork):
    """A light FPN down to stride 4, one score map a landmark, and the expectation of its softmax.

    Sources: Lin et al., "Feature pyramid networks"; Sun et al., "Integral human pose regression".
    Precise to a fraction of a cell, and it learns from few pictures because a landmark may be found anywhere.
    """

    def __init__(self, pyramid: Pyramid, landmarks: int, size: int, width: int = 64):
        super().__init__()
        self.pyramid = pyramid
        self.size, self.width = size, width
        self.lateral = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in pyramid.widths)
        self.score = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, landmarks, 1),
        )

    @property
    def reader(self) -> nn.Module:
        return self.score

    def head_parameters(self) -> Iterator[nn.Parameter]:
        return chain(self.lateral.parameters(), self.score.parameters())

    def forward(self, images: torch.Tensor) -> Output:
        laterals = [conv(features) for conv, features in zip(self.lateral, self.pyramid(images), strict=True)]
        top = laterals.pop()
        while laterals:
            finer = laterals.pop()
            top = finer + F.interpolate(top, size=finer.shape[-2:], mode="nearest")
        scores = self.score(top).float()  # (b, n, size / 4, size / 4)
        return Output(expectation(scores, self.size), scores, top)


def cell_centres(cells: int, size: int, device: torch.device) -> torch.Tensor:
    """Crop pixel under the middle of each of `cells` cells: cell i covers i * size / cells - 0.5 to the next one."""
    return (torch.arange(cells, device=device) + 0.5) * size / cells - 0.5


def bells(landmarks: torch.Tensor, cells: Sequence[int], size: int, sigma: float = 0.02) -> torch.Tensor:
    """Gaussians of `sigma` crop sides around landmarks (b, n, 2), as distributions over h x w cells, (b, n, h, w)."""
    height, width = (cell_centres(count, size, landmarks.device) for count in cells)
    columns, rows = (
        (-0.5 * ((centres - landmarks[..., axis, None]) / (sigma * size)).square()).softmax(-1)
        for axis, centres in enumerate((width, height))
    )
    return rows[..., :, None] * columns[..., None, :]


def cross_entropy(scores: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Between the distributions that score maps (b, n, h, w) stand for and `maps` (b, n, h, w), for each: (b, n)."""
    return -(maps.flatten(2) * scores.float().flatten(2).log_softmax(2)).sum(2)


def expectation(scores: torch.Tensor, size: int) -> torch.Tensor:
    """Mean position under the softmax of score maps (b, n, h, w), as crop pixels (b, n, 2)."""
    height, width = scores.shape[-2:]
    probability = scores.flatten(2).softmax(2).unflatten(2, (height, width))
    # Not as matrix products: autocast would round those to bf16, and landmarks to half a pixel.
    x = (probability.sum(2) * cell_centres(width, size, scores.device)).sum(2)
    y = (probability.sum(3) * cell_centres(height, size, scores.device)).sum(2)
    return torch.stack([x, y], dim=2)
