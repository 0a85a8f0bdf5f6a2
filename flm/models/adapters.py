"""Label adapters: from where a network that learnt one convention puts landmarks to where people put iBUG's 68.

Whatever they learn (flm.models.corrections), all see faces of the same position, size and roll, and add a correction to
the source's own 68.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from flm import paths
from flm.errors import InputError
from flm.models.corrections import POINTS, correction_for

_USUAL_SPREAD, _USUAL_STEP = 0.1, 0.03  # of faces whose mean shape has unit size


class Adapter(nn.Module):
    """Landmarks (b, n, 2) of a markup whose first 68 are iBUG's, in any pixels, to (b, 68, 2) as people label.

    The correction is a network from deviations from the mean shape, (b, n, 2), to shifts of the 68, both in units of
    their usual size. learnt_from: what it was trained on, for people.
    """

    mean: torch.Tensor  # (n, 2), centred
    spread: torch.Tensor  # usual deviation of the source's points, once they are aligned
    step: torch.Tensor  # usual size of a shift
    noise: torch.Tensor  # (k, n, 2), errors of predictions on aligned faces, see `roughened`; k may be 0

    def __init__(self, kind: str, points: int, learnt_from: str = ""):
        super().__init__()
        self.kind, self.learnt_from = kind, learnt_from
        self.register_buffer("mean", torch.zeros(points, 2))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("step", torch.ones(()))
        self.register_buffer("noise", torch.zeros(0, points, 2))
        self.correction = correction_for(kind, points)

    def forward(self, landmarks: torch.Tensor) -> torch.Tensor:
        local, centre, turn = aligned(landmarks, self.mean)
        shift = self.step * self.correction((local - self.mean) / self.spread)
        return restored(local[:, :POINTS] + shift, centre, turn)

    def landmarks(self, landmarks: np.ndarray) -> np.ndarray:
        """The same of arrays: (b, n, 2) to (b, 68, 2) float32. Raises InputError for another number of points."""
        self._check(landmarks)
        with torch.inference_mode():
            return self(torch.from_numpy(landmarks.astype(np.float32))).numpy()

    def keep_noise(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Remember how predictions (k, n, 2) differ from exact labels (k, n, 2) of the same faces."""
        found, exact = (torch.from_numpy(points.astype(np.float32)) for points in (predicted, truth))
        local, centre, turn = aligned(exact, self.mean)
        self.noise = torch.view_as_real((as_complex(found) - centre) * turn) - local

    def labels(self, exact: np.ndarray, seed: int = 0) -> np.ndarray:
        """Exact labels (b, n, 2), roughened, as people would place them, (b, 68, 2) float32.

        Raises InputError for another number of points.
        """
        self._check(exact)
        return self.landmarks(self.roughened(exact, seed))

    def roughened(self, exact: np.ndarray, seed: int = 0) -> np.ndarray:
        """Exact labels (b, n, 2), each with the errors of one prediction, if this adapter remembers any.

        It learnt from predictions, which are rougher than exact labels.
        """
        if not len(self.noise):
            return exact
        drawn = torch.randint(len(self.noise), (len(exact),), generator=torch.Generator().manual_seed(seed))
        local, centre, turn = aligned(torch.from_numpy(exact.astype(np.float32)), self.mean)
        return restored(local + self.noise[drawn], centre, turn).numpy()

    def _check(self, landmarks: np.ndarray) -> None:
        if landmarks.shape[1] != len(self.mean):
            raise InputError(
                f"label adapter from {self.learnt_from}: it adapts {len(self.mean)} landmarks, found "
                f"{landmarks.shape[1]}; `flm adapt` makes one for each run"
            )

    def description(self) -> dict[str, str]:
        """What a run's record says of it."""
        return {"kind": self.kind, "learnt_from": self.learnt_from, "fingerprint": self.fingerprint()}

    def fingerprint(self) -> str:
        """Digest of its kind and all its numbers."""
        values = self.state_dict()
        return paths.digest([self.kind, *(values[name].numpy().tobytes() for name in sorted(values))])


def unfitted(kind: str, mean: torch.Tensor) -> Adapter:
    """An adapter that corrects nothing yet, for faces around a mean shape (n, 2), to be learnt along with a network.

    Raises InputError for an unknown kind.
    """
    adapter = Adapter(kind, len(mean))
    centred = mean - mean.mean(0)
    adapter.mean.copy_(centred / centred.square().sum(1).mean().sqrt())
    adapter.spread.fill_(_USUAL_SPREAD)
    adapter.step.fill_(_USUAL_STEP)
    return adapter


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Write an adapter to a safetensors file."""
    with paths.atomic_path(path) as temporary:
        save_file(adapter.state_dict(), temporary, {"kind": adapter.kind, "learnt_from": adapter.learnt_from})


def load_adapter(path: Path) -> Adapter:
    """The adapter in a file of `save_adapter`; a relative path counts from the project's root.

    Raises InputError when there is none.
    """
    path = paths.ROOT / path
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata()
        values = load_file(path)
        adapter = Adapter(facts["kind"], len(values["mean"]), facts["learnt_from"])
        adapter.noise = values["noise"]
        adapter.load_state_dict(values)
    except (SafetensorError, OSError, RuntimeError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a label adapter ({str(error).splitlines()[0]}); `flm adapt` makes one") from None
    return adapter.eval()


def aligned(landmarks: torch.Tensor, mean: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Landmarks (b, n, 2) moved, turned and scaled to lie nearest to a centred mean shape (n, 2).

    Returns them with the centres (b, 1) and turns (b, 1), complex, that `restored` takes.
    """
    shape, goal = as_complex(landmarks), as_complex(mean)
    centre = shape.mean(1, keepdim=True)
    shape = shape - centre
    turn = (shape.conj() * goal).sum(1, keepdim=True) / (shape.conj() * shape).sum(1, keepdim=True)
    return torch.view_as_real(shape * turn), centre, turn


def restored(local: torch.Tensor, centre: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """What `aligned` took away given back: (b, m, 2)."""
    return torch.view_as_real(as_complex(local) / turn + centre)


def as_complex(points: torch.Tensor) -> torch.Tensor:
    """Points (..., 2) as (...) complex: turning and scaling is multiplication."""
    return torch.view_as_complex(points.contiguous())
