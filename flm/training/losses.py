"""Losses between landmarks, in fractions of the crop, so that their size does not depend on its pixels."""

import math

import torch

from flm.models.heads import cell_centres


def l1(error: torch.Tensor) -> torch.Tensor:
    """Mean absolute error."""
    return error.abs().mean()


def rmse(error: torch.Tensor) -> torch.Tensor:
    """Root of the mean squared error over the batch, the SFU study's loss."""
    return error.square().mean().sqrt()


def wing(error: torch.Tensor, width: float = 10 / 256, curvature: float = 2 / 256) -> torch.Tensor:
    """Feng et al., "Wing loss": logarithmic below `width`, so that small errors still pull; linear above."""
    size = error.abs()
    joint = width - width * math.log(1 + width / curvature)
    return torch.where(size < width, width * torch.log1p(size / curvature), size - joint).mean()


LOSSES = {"l1": l1, "rmse": rmse, "wing": wing}


def landmark_loss(name: str, predicted: torch.Tensor, truth: torch.Tensor, size: int) -> torch.Tensor:
    """Loss called `name` of landmarks (b, n, 2) in crops of `size` pixels; truth outside the crop does not count.

    An augmentation can push a landmark out of sight, where a soft-argmax cannot follow.
    """
    return LOSSES[name]((predicted - truth)[_inside(truth, size)] / size)


def heatmap_loss(scores: torch.Tensor, truth: torch.Tensor, size: int, sigma: float = 0.02) -> torch.Tensor:
    """Cross-entropy between score maps (b, n, h, w) and a Gaussian of `sigma` crop sides around true landmarks.

    A soft-argmax loss alone says where the mean of a map should be, not that it should be one narrow peak;
    this says so, and training gets there several times sooner.
    """
    height, width = scores.shape[-2:]
    columns = _bell(cell_centres(width, size, scores.device) - truth[..., 0:1], sigma * size)  # (b, n, w)
    rows = _bell(cell_centres(height, size, scores.device) - truth[..., 1:2], sigma * size)  # (b, n, h)
    target = rows[..., :, None] * columns[..., None, :]
    cross_entropy = -(target.flatten(2) * scores.flatten(2).log_softmax(2)).sum(2)
    return cross_entropy[_inside(truth, size)].mean()


def _bell(distance: torch.Tensor, sigma: float) -> torch.Tensor:
    return (-0.5 * (distance / sigma).square()).softmax(-1)


def _inside(truth: torch.Tensor, size: int) -> torch.Tensor:
    return ((truth >= -0.5) & (truth <= size - 0.5)).all(dim=2)
