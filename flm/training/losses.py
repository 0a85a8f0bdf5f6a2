"""Losses between landmarks, in fractions of the crop, so that their size does not depend on its pixels."""

import math

import torch

from flm.models.heads import Output, bells, cross_entropy


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


def likelihood(error: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    """Negative logarithm of the likelihood of errors (k, 2) that are Gaussian, as far spread (k,) as the network says.

    Source: Wood et al., "3D face reconstruction with dense landmarks" (2022).
    """
    return (0.5 * error.square().sum(1) / spread.square() + 2 * spread.log()).mean()


LOSSES = {"l1": l1, "rmse": rmse, "wing": wing}
LIKELIHOOD = "likelihood"


def landmark_loss(name: str, output: Output, truth: torch.Tensor, size: int) -> torch.Tensor:
    """Loss called `name` of an output's n landmarks, against the first n of truth (b, m, 2), in crops of `size` pixels.

    Truth outside the crop does not count, since a soft-argmax cannot follow where an augmentation pushed a landmark
    out of sight; nor does what is unknown, NaN. Where the network says how far its landmarks spread, that is learnt
    beside, by their likelihood; only under the loss of that name do the landmarks themselves follow it.
    """
    truth = truth[:, : output.landmarks.shape[1]]
    known = _inside(truth, size)
    if not known.any():
        return output.landmarks.new_zeros(())
    error = (output.landmarks - truth)[known] / size
    if output.spread is None:
        return LOSSES[name](error)
    spread = output.spread[known] / size
    return likelihood(error, spread) if name == LIKELIHOOD else LOSSES[name](error) + likelihood(error.detach(), spread)


def heatmap_loss(scores: torch.Tensor, truth: torch.Tensor, size: int) -> torch.Tensor:
    """Cross-entropy between n score maps (b, n, h, w) and narrow Gaussians around the first n of truth (b, m, 2).

    A soft-argmax loss alone says where the mean of a map should be, not that it should be one narrow peak;
    this says so, and training gets there several times sooner.
    """
    truth = truth[:, : scores.shape[1]]
    known = _inside(truth, size)
    if not known.any():
        return scores.new_zeros(())
    # Where it is unknown it does not count, but NaN would spoil the gradient all the same.
    return cross_entropy(scores, bells(truth.nan_to_num(), scores.shape[-2:], size))[known].mean()


def _inside(truth: torch.Tensor, size: int) -> torch.Tensor:
    return ((truth >= -0.5) & (truth <= size - 0.5)).all(dim=2)
