"""Stacked hourglasses: coarse to fine and back, again and again, with score maps after each.

Source: Newell et al., "Stacked hourglass networks for human pose estimation" (2016), with narrower layers.
"""

from collections.abc import Iterator
from itertools import chain

import torch
from torch import nn
from torch.nn import functional as F

from flm.errors import InputError
from flm.models.heads import MapNetwork, Output, expectation


class StackedHourglass(MapNetwork):
    """Score maps (b, landmarks, size / 4, size / 4) after each of `stacks` hourglasses; the last are the answer.

    channels: of the pictures. depth: how often an hourglass halves its maps. width: channels of its maps.
    Raises InputError where the maps cannot be halved so often.
    """

    def __init__(self, landmarks: int, size: int, channels: int = 3, stacks: int = 1, depth: int = 4, width: int = 128):
        super().__init__()
        if size % (4 << depth):
            raise InputError(f"crops of {size} pixels cannot be halved {depth + 2} times: choose another size or depth")
        self.size, self.width = size, width
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width // 2, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            _Residual(width // 2, width),
        )
        self.hourglasses = nn.ModuleList(_Hourglass(depth, width) for _ in range(stacks))
        self.features = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
            for _ in range(stacks)
        )
        self.scores = nn.ModuleList(nn.Conv2d(width, landmarks, 1) for _ in range(stacks))
        self.features_back = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(stacks - 1))
        self.scores_back = nn.ModuleList(nn.Conv2d(landmarks, width, 1) for _ in range(stacks - 1))

    @property
    def reader(self) -> nn.Module:
        return self.scores[-1]

    def head_parameters(self) -> Iterator[nn.Parameter]:
        return chain(self.scores.parameters(), self.scores_back.parameters())

    def forward(self, images: torch.Tensor) -> Output:
        x = self.stem(images)
        stages: list[Output] = []
        for number, (hourglass, feature, score) in enumerate(
            zip(self.hourglasses, self.features, self.scores, strict=True)
        ):
            features = feature(hourglass(x))
            maps = score(features)  # (b, n, size / 4, size / 4)
            stages.append(Output(expectation(maps.float(), self.size), maps.float(), features))
            if number < len(self.scores_back):
                x = x + self.features_back[number](features) + self.scores_back[number](maps)
        return stages[-1]._replace(earlier=tuple(stages[:-1]))


class _Hourglass(nn.Module):
    def __init__(self, depth: int, width: int):
        super().__init__()
        self.beside = _Residual(width, width)
        self.before = _Residual(width, width)
        self.inside = _Hourglass(depth - 1, width) if depth > 1 else _Residual(width, width)
        self.after = _Residual(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        coarse = self.after(self.inside(self.before(F.max_pool2d(x, 2))))
        return self.beside(x) + F.interpolate(coarse, scale_factor=2, mode="nearest")


class _Residual(nn.Module):
    """A bottleneck that normalises before it convolves."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        middle = outputs // 2
        self.change = nn.Sequential(
            nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, middle, 1, bias=False),
            nn.BatchNorm2d(middle), nn.ReLU(inplace=True), nn.Conv2d(middle, middle, 3, padding=1, bias=False),
            nn.BatchNorm2d(middle), nn.ReLU(inplace=True), nn.Conv2d(middle, outputs, 1),
        )  # fmt: skip
        self.pass_on = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pass_on(x) + self.change(x)
