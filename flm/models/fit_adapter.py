"""Training a label adapter: ridge regression, and for what a line leaves over a network by gradient descent."""

import numpy as np
import torch
from torch import nn

from flm import markup
from flm.models.adapters import Adapter, aligned, as_complex
from flm.models.corrections import POINTS, BeyondLinear, Linear, Offset


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
    wanted = torch.view_as_real((as_complex(labels) - centre) * turn)
    shifts, deviations = wanted - local[:, :POINTS], local - adapter.mean
    adapter.spread.copy_(deviations.std())
    adapter.step.copy_(shifts.std().clamp(min=1e-6))  # a source may be right already
    deviations, shifts = deviations / adapter.spread, shifts / adapter.step
    correction = adapter.correction
    if isinstance(correction, Offset):
        correction.shift.data = shifts.median(0).values
    elif isinstance(correction, Linear):
        _solve(correction.linear, deviations, shifts)
    elif isinstance(correction, BeyondLinear):
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
