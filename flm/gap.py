"""How differently a network sees two kinds of faces."""

from collections.abc import Sequence

import numpy as np
import torch

from flm import models
from flm.data import Sample, loader
from flm.errors import InputError
from flm.training.store import Run


@torch.inference_mode()
def features(run: Run, samples: Sequence[Sample]) -> np.ndarray:
    """What the network's landmarks are read from, the mean over each face's feature maps: (count, channels).

    Raises InputError for a network without such maps.
    """
    model = run.model()
    means = []
    for images, _ in loader.eval_loader(loader.crops_of(samples, run.experiment), batch_size=64):
        found = model(models.normalise(images)).features
        if found is None:
            raise InputError(f"{run.folder}: its head reads no feature maps; choose softargmax or anchored")
        means.append(found.float().mean((2, 3)).numpy())
    return np.concatenate(means)


def plane(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of features (a, c) and (b, c) in the plane in which together they vary most: (a, 2) and (b, 2)."""
    both = np.concatenate([first, second])
    centred = both - both.mean(0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
    places = centred @ directions.T
    return places[: len(first)], places[len(first) :]


def told_apart(first: np.ndarray, second: np.ndarray, seed: int = 0, folds: int = 5) -> float:
    """Share of faces, 0.5 to about 1, that a linear classifier of their features (a, c) and (b, c) assigns to the
    right set, when it has learnt from the others; both sets weigh the same. 0.5 is guessing.

    Ridge regression to -1 and 1: enough to say whether anything is left to tell them by.
    """
    x = np.concatenate([first, second])
    x = np.column_stack([(x - x.mean(0)) / (x.std(0) + 1e-9), np.ones(len(x))])
    y = np.repeat([-1.0, 1.0], [len(first), len(second)])
    weight = np.where(y < 0, 1 / len(first), 1 / len(second))
    fold = np.random.default_rng(seed).permutation(len(x)) % folds
    right = np.empty(len(x), bool)
    for held_out in range(folds):
        known = fold != held_out
        weighted = x[known] * weight[known, None]
        gram = weighted.T @ x[known] + 1e-2 * np.eye(x.shape[1])
        direction = np.linalg.solve(gram, weighted.T @ y[known])
        right[~known] = x[~known] @ direction * y[~known] > 0
    return float((right * weight).sum() / weight.sum())
