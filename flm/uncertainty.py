"""How far off a network thinks that its landmarks may be, beside how far off they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from flm import data, models
from flm.data import Sample, loader
from flm.errors import InputError
from flm.training.store import Run


@dataclass(frozen=True)
class Seen:
    """Crops (count, s, s, 3) uint8 RGB, and in their pixels the true landmarks (count, m, 2), those that a network
    finds (count, n, 2), and the spread that it gives each, (count, n): the standard deviation in x and in y.
    """

    crops: np.ndarray
    truth: np.ndarray
    landmarks: np.ndarray
    spread: np.ndarray


@torch.inference_mode()
def see(run: Run, samples: Sequence[Sample]) -> Seen:
    """What the run says of faces. Raises InputError where it gives no spread."""
    model = run.model()
    parts = []
    for images, truth in loader.eval_loader(loader.crops_of(samples, run.experiment), batch_size=64):
        output = model(models.normalise(images))
        if output.spread is None:
            raise InputError(f"{run.folder}: its network gives landmarks no spread; train one with head anchored")
        parts.append((images.permute(0, 2, 3, 1), truth, output.landmarks, output.spread))
    return Seen(*(torch.cat(part).numpy() for part in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Judged:
    """Of each landmark of each face, (count, n), in % of the face box: its distance from the true place, and its
    spread.
    """

    distance: np.ndarray
    spread: np.ndarray

    @property
    def factor(self) -> float:
        """What spreads must be multiplied by to be right on the whole: above 1, the network is too sure."""
        return float(np.sqrt(np.mean(self.distance**2 / 2 / self.spread**2)))

    def reliability(self, bins: int = 12) -> pd.DataFrame:
        """Landmarks sorted by their spread into equal groups: root mean squares of the `spread` and of the `error`."""
        groups = np.array_split(np.argsort(self.spread, axis=None), bins)
        squares = (self.spread**2).ravel(), (self.distance**2 / 2).ravel()
        rms = [[np.sqrt(values[group].mean()) for values in squares] for group in groups]
        return pd.DataFrame(rms, columns=["spread", "error"])


def judge(run: Run, spec: str) -> Judged:
    """The run on faces that have all of its landmarks. Raises InputError where it gives no spread."""
    seen = see(run, data.load(spec, run.experiment.markup))
    percent = 100 * run.experiment.scale / run.experiment.size  # of the face box, a pixel of the crop
    return Judged(percent * np.linalg.norm(seen.landmarks - seen.truth, axis=2), percent * seen.spread)
