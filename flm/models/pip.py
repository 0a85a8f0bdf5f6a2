"""PIPNet: which coarse cell a landmark is in, where in the cell, and where its neighbours are from there.

Source: Jin et al., "Pixel-in-pixel net: towards efficient facial landmark detection in the wild" (2021). Unlike the
published code, truth is not rounded to pixels, and cells are square in crop pixels.
"""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from flm.models.backbone import Pyramid
from flm.models.heads import Output

NEIGHBOURS = 10
_SCORE_WEIGHT = 10.0  # of the loss, as published


class Cells(NamedTuple):
    """What each cell of an (h, w) grid says of each of n landmarks and of the k neighbours of each.

    score: (b, n, h, w) whether the landmark is in this cell. shift: (b, n, 2, h, w) where, from the cell's corner, in
    cells. neighbours: (b, n, k, 2, h, w) the same of the neighbours. nearest: (n, k) which landmarks those are.
    """

    score: torch.Tensor
    shift: torch.Tensor
    neighbours: torch.Tensor
    nearest: torch.Tensor


class PipNet(nn.Module):
    """A backbone down to stride 32, and Cells by one convolution each.

    shape: (n, d) mean face, whose nearest landmarks are each other's neighbours.
    """

    nearest: torch.Tensor  # (n, k)

    def __init__(self, pyramid: Pyramid, shape: torch.Tensor, size: int):
        super().__init__()
        n, channels = len(shape), pyramid.widths[-1]
        self.pyramid = pyramid
        self.size = size
        self.register_buffer("nearest", torch.cdist(shape, shape).argsort(1)[:, 1 : NEIGHBOURS + 1])
        self.score = nn.Conv2d(channels, n, 1)
        self.shift = nn.Conv2d(channels, 2 * n, 1)
        self.neighbours = nn.Conv2d(channels, 2 * n * self.nearest.shape[1], 1)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the three convolutions."""
        return chain(self.score.parameters(), self.shift.parameters(), self.neighbours.parameters())

    def forward(self, images: torch.Tensor) -> Output:
        features = self.pyramid(images)[-1].float()
        n, k = self.nearest.shape
        with torch.autocast(images.device.type, enabled=False):  # bf16 has no more than 8 bits for a coordinate
            cells = Cells(
                self.score(features),
                self.shift(features).unflatten(1, (n, 2)),
                self.neighbours(features).unflatten(1, (n, k, 2)),
                self.nearest,
            )
        return Output(positions(cells) * self.size / features.shape[-1] - 0.5, cells=cells)


def positions(cells: Cells) -> torch.Tensor:
    """Landmarks (b, n, 2), in cells: of each the mean of what its own best cell says, and of what the best cells of all
    those say whose neighbour it is.
    """
    best = cells.score.flatten(2).argmax(2)  # (b, n)
    width = cells.score.shape[-1]
    corner = torch.stack([best % width, best // width], 2)  # (b, n, 2)
    own = corner + at(cells.shift, best)
    of_neighbours = corner[:, :, None] + at(cells.neighbours, best)  # (b, n, k, 2)
    neighbour = cells.nearest.flatten()
    votes = torch.zeros_like(own).index_add(1, neighbour, of_neighbours.flatten(1, 2))
    count = torch.bincount(neighbour, minlength=own.shape[1])[:, None]
    return (own + votes) / (1 + count)


def at(maps: torch.Tensor, cell: torch.Tensor) -> torch.Tensor:
    """Of maps (b, n, ..., h, w), what they say at cell (b, n), its number in the grid: (b, n, ...)."""
    flat = maps.flatten(-2)
    index = cell.reshape(*cell.shape, *[1] * (flat.ndim - 2)).expand(*flat.shape[:-1], 1)
    return flat.gather(-1, index)[..., 0]


def pip_loss(cells: Cells, truth: torch.Tensor, size: int) -> torch.Tensor:
    """Squared error of the scores and absolute errors of the shifts in the true cells, of landmarks (b, n, 2), pixels.

    A landmark outside the crop is in no cell.
    """
    height, width = cells.score.shape[-2:]
    place = (truth + 0.5) * width / size  # in cells
    inside = ((place >= 0) & (place < torch.tensor([width, height], device=truth.device))).all(2)
    corner = torch.where(inside[..., None], place, 0).floor()
    number = (corner[..., 1] * width + corner[..., 0]).long()
    wanted = F.one_hot(number, height * width) * inside[..., None]
    score = F.mse_loss(cells.score.flatten(2), wanted.float())
    shift = (at(cells.shift, number) - (place - corner))[inside].abs()
    near = (at(cells.neighbours, number) - (place[:, cells.nearest] - corner[:, :, None]))[inside].abs()
    # A batch in which every landmark lies outside has no mean.
    return _SCORE_WEIGHT * score + sum(error.sum() / max(1, error.numel()) for error in (shift, near))
