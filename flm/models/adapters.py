"""Label adapters: from where a network that learnt one convention puts landmarks to where people put iBUG's 68.

Sources: Wood et al., "Fake it till you make it" (an MLP); Synthesis AI's case study (a small U-Net over points in the
order of contours). All see faces of the same position, size and roll, and add a correction to the source's own 68.
"""

from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from flm import markup, paths
from flm.errors import InputError

KINDS = ("offset", "ridge", "mlp", "unet")
_POINTS = 68
_USUAL_SPREAD, _USUAL_STEP = 0.1, 0.03  # of faces whose mean shape has unit size


L = TypeVar("L", nn.Linear, nn.Conv1d)


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
        if kind not in KINDS:
            raise InputError(f"unknown label adapter {kind!r}: choose one of {', '.join(KINDS)}")
        self.kind, self.learnt_from = kind, learnt_from
        self.register_buffer("mean", torch.zeros(points, 2))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("step", torch.ones(()))
        self.register_buffer("noise", torch.zeros(0, points, 2))
        self.correction = _correction(kind, points)

    def forward(self, landmarks: torch.Tensor) -> torch.Tensor:
        local, centre, turn = aligned(landmarks, self.mean)
        shift = self.step * self.correction((local - self.mean) / self.spread)
        return restored(local[:, :_POINTS] + shift, centre, turn)

    def landmarks(self, landmarks: np.ndarray) -> np.ndarray:
        """The same of arrays: (b, n, 2) to (b, 68, 2) float32."""
        with torch.inference_mode():
            return self(torch.from_numpy(landmarks.astype(np.float32))).numpy()

    def keep_noise(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Remember how predictions (k, n, 2) differ from exact labels (k, n, 2) of the same faces."""
        found, exact = (torch.from_numpy(points.astype(np.float32)) for points in (predicted, truth))
        local, centre, turn = aligned(exact, self.mean)
        self.noise = torch.view_as_real((_complex(found) - centre) * turn) - local

    def labels(self, exact: np.ndarray, seed: int = 0) -> np.ndarray:
        """Exact labels (b, n, 2), roughened, as people would place them, (b, 68, 2) float32."""
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
    shape, goal = _complex(landmarks), _complex(mean)
    centre = shape.mean(1, keepdim=True)
    shape = shape - centre
    turn = (shape.conj() * goal).sum(1, keepdim=True) / (shape.conj() * shape).sum(1, keepdim=True)
    return torch.view_as_real(shape * turn), centre, turn


def restored(local: torch.Tensor, centre: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """What `aligned` took away given back: (b, m, 2)."""
    return torch.view_as_real(_complex(local) / turn + centre)


def _complex(points: torch.Tensor) -> torch.Tensor:
    return torch.view_as_complex(points.contiguous())


def _correction(kind: str, points: int) -> nn.Module:
    if kind == "offset":
        return _Offset(points)
    if kind == "ridge":
        return _Linear(points)
    return _BeyondLinear(points, _MLP(points) if kind == "mlp" else _UNet(points))


class _Offset(nn.Module):
    """One shift a point, the same for every face."""

    def __init__(self, points: int):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(_POINTS, 2))

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.shift.expand(len(deviations), -1, -1)


class _Linear(nn.Module):
    """Every shift a linear function of all coordinates."""

    def __init__(self, points: int):
        super().__init__()
        self.linear = _zero(nn.Linear(2 * points, 2 * _POINTS))

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.linear(deviations.flatten(1)).unflatten(1, (_POINTS, 2))


class _BeyondLinear(nn.Module):
    """A linear function, and a network for what it leaves over.

    The network's last layer starts at zero: trained little, on few faces, it does not harm what the line has found.
    """

    def __init__(self, points: int, network: nn.Module):
        super().__init__()
        self.line = _Linear(points)
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
            _zero(nn.Linear(width, 2 * _POINTS)),
        )  # fmt: skip

    def forward(self, deviations: torch.Tensor) -> torch.Tensor:
        return self.layers(deviations.flatten(1)).unflatten(1, (_POINTS, 2))


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
        return self.leave(top).transpose(1, 2)[:, :_POINTS]


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


def fit_adapter(
    kind: str,
    source: np.ndarray,
    target: np.ndarray,
    markup_name: str | None = "ibug68",
    seed: int = 0,
    learnt_from: str = "",
) -> Adapter:
    """An adapter trained to turn source (count, n, 2), of a markup, into target (count, 68, 2).

    Each face is learnt from twice, as it is and mirrored; without a markup, None, only as it is, since nobody says
    which points mirror each other. Raises InputError for an unknown kind.
    """
    torch.manual_seed(seed)
    given, labels = _with_mirrored(source, markup_name), _with_mirrored(target, markup_name and "ibug68")
    adapter = Adapter(kind, given.shape[1], learnt_from)
    adapter.mean.copy_(_mean_shape(given))
    local, centre, turn = aligned(given, adapter.mean)
    wanted = torch.view_as_real((_complex(labels) - centre) * turn)
    shifts, deviations = wanted - local[:, :_POINTS], local - adapter.mean
    adapter.spread.copy_(deviations.std())
    adapter.step.copy_(shifts.std().clamp(min=1e-6))  # a source may be right already
    deviations, shifts = deviations / adapter.spread, shifts / adapter.step
    correction = adapter.correction
    if isinstance(correction, _Offset):
        correction.shift.data = shifts.median(0).values
    elif isinstance(correction, _Linear):
        _solve(correction.linear, deviations, shifts)
    elif isinstance(correction, _BeyondLinear):
        _solve(correction.line.linear, deviations, shifts)
        with torch.no_grad():
            left_over = shifts - correction.line(deviations)
        _descend(correction.network, deviations, left_over, torch.Generator().manual_seed(seed))
    return adapter.eval()


def _with_mirrored(landmarks: np.ndarray, name: str | None) -> torch.Tensor:
    if name is None:
        return torch.from_numpy(landmarks.astype(np.float32))
    mirrored = landmarks[:, markup.get(name).flip] * np.array([-1, 1])
    return torch.from_numpy(np.concatenate([landmarks, mirrored]).astype(np.float32))


def _mean_shape(landmarks: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    mean = landmarks[0] - landmarks[0].mean(0)
    for _ in range(rounds):
        mean = mean / mean.square().sum(1).mean().sqrt()
        mean = aligned(landmarks, mean)[0].mean(0)
    return mean


_STRENGTHS = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
_FOLDS = 5


def _solve(layer: nn.Linear, inputs: torch.Tensor, outputs: torch.Tensor) -> None:
    """Ridge regression from points (b, n, 2) to (b, m, 2), as strong as does best on held-out fifths of the faces."""
    inputs, outputs = inputs.flatten(1), outputs.flatten(1)
    fold = torch.arange(len(inputs)) % (len(inputs) // 2) % _FOLDS  # a face and its mirror image stay together

    def held_out(strength: float) -> float:
        errors = []
        for number in range(_FOLDS):
            weight, bias = _ridge(inputs[fold != number], outputs[fold != number], strength)
            left_over = inputs[fold == number] @ weight.T + bias - outputs[fold == number]
            errors.append(left_over.unflatten(1, (-1, 2)).norm(dim=2).mean())
        return float(torch.stack(errors).mean())

    weight, bias = _ridge(inputs, outputs, min(_STRENGTHS, key=held_out))
    layer.weight.data, layer.bias.data = weight, bias


def _ridge(inputs: torch.Tensor, outputs: torch.Tensor, strength: float) -> tuple[torch.Tensor, torch.Tensor]:
    centre_in, centre_out = inputs.mean(0), outputs.mean(0)
    x, y = (inputs - centre_in).double(), (outputs - centre_out).double()
    gram = x.T @ x + strength * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    weight = torch.linalg.solve(gram, x.T @ y).T.float()
    return weight, centre_out - weight @ centre_in


_EPOCHS, _BATCH, _RATE, _DECAY = 40, 128, 5e-4, 1.0


def _descend(network: nn.Module, inputs: torch.Tensor, outputs: torch.Tensor, rng: torch.Generator) -> None:
    steps = max(2, _EPOCHS * len(inputs) // _BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(inputs), (_BATCH,), generator=rng)
        loss = (network(inputs[chosen]) - outputs[chosen]).norm(dim=2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
