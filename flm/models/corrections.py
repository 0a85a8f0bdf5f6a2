"""What a label adapter learns: deviations from the mean shape, (b, n, 2), to shifts of iBUG's 68, (b, 68, 2).

Sources: Wood et al., "Fake it till you make it" (an MLP); Synthesis AI's case study (a small U-Net over points in the
order of contours).
"""

from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional as F

from flm.errors import InputError

KINDS = ("offset", "ridge", "mlp", "unet")
POINTS = 68

L = TypeVar("L", nn.Linear, nn.Conv1d)


def correction_for(kind: str, points: int) -> nn.Module:
    """The network of an adapter of so many points. Raises InputError for an unknown kind."""
    if kind not in KINDS:
        raise InputError(f"unknown label adapter {kind!r}: choose one of {', '.join(KINDS)}")
    if kind == "offset":
        return Offset(points)
    if kind == "ridge":
        return Linear(points)
    return BeyondLinear(points, _MLP(points) if kind == "mlp" else _UNet(points))


class Offset(nn.Module):
    """One shift a point, the same for every face."""

    def __init__(self, points: int):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(POINTS, 2))

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.shift.expand(len(deviations), -1, -1)


class Linear(nn.Module):
    """Every shift a linear function of all coordinates."""

    def __init__(self, points: int):
        super().__init__()
        self.linear = _zero(nn.Linear(2 * points, 2 * POINTS))

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.linear(deviations.flatten(1)).unflatten(1, (POINTS, 2))


class BeyondLinear(nn.Module):
    """A linear function, and a network for what it leaves over.

    The network's last layer starts at zero: trained little, on few faces, it does not harm what the line has found.
    """

    def __init__(self, points: int, network: nn.Module):
        super().__init__()
        self.line = Linear(points)
        self.network = network

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.line(deviations) + self.network(deviations)


class _MLP(nn.Module):
    """Two hidden layers between all coordinates and all shifts."""

    def __init__(self, points: int, width: int = 256, dropout: float = 0.2):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * points, width), nn.GELU(), nn.Dropout(dropout),
            nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout),
            _zero(nn.Linear(width, 2 * POINTS)),
        )  # fmt: skip

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.layers(deviations.flatten(1)).unflatten(1, (POINTS, 2))


class _UNet(nn.Module):
    """Convolutions along the points in their order, which follows contours, at four resolutions with skips between."""

    def __init__(self, points: int, width: int = 32, levels: int = 4):
        super().__init__()
        widths = [width * (level + 2) // 2 for level in range(levels)]
        self.place = nn.Parameter(0.1 * torch.randn(1, 8, points))  # which point it is, for filters shared by all
        self.enter = _block(2 + 8, widths[0])
        self.down = nn.ModuleList(_block(a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_block(a + b, a) for a, b in pairwise(widths))
        self.leave = _zero(nn.Conv1d(widths[0], 2, 1))

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        place = self.place.expand(len(deviations), -1, -1)
        features = [self.enter(torch.cat([deviations.transpose(1, 2), place], 1))]
        for block in self.down:
            features.append(block(F.avg_pool1d(features[-1], 2, ceil_mode=True)))
        top = features.pop()
        for block in reversed(self.up):
            skip = features.pop()
            top = block(torch.cat([skip, F.interpolate(top, size=skip.shape[2], mode="nearest")], 1))
        return self.leave(top).transpose(1, 2)[:, :POINTS]


def _block(inputs: int, outputs: int) -> nn.Module:
    # Without normalisation, which would take away how large a deviation is.
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, 5, padding=2), nn.GELU(),
        nn.Conv1d(outputs, outputs, 5, padding=2), nn.GELU(),
    )  # fmt: skip


def _zero(layer: L) -> L:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer
