"""A network for those who only use it: one function from crops to landmarks."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from flm import models


class Deployed(nn.Module):
    """Crops (b, c, s, s) uint8 in; landmarks (b, n, 2) in crop pixels and confidence (b,), 0 to 1, out.

    Confidence is how peaked the score maps are, which only the same network's say something about; a network without
    any is always sure.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self.model(models.normalise(crops))
        if output.scores is None:
            return output.landmarks, torch.ones_like(output.landmarks[:, 0, 0])
        return output.landmarks, output.scores.flatten(2).softmax(2).amax(2).mean(1)


class TorchNetwork:
    """The same on arrays, by PyTorch, on the GPU where there is one."""

    def __init__(self, model: nn.Module):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = Deployed(model).eval().to(self.device)

    @torch.inference_mode()
    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks (b, n, 2) float32 in crop pixels and confidence (b,), of crops (b, c, s, s) uint8."""
        landmarks, confidence = self.model(torch.from_numpy(crops).to(self.device))
        return landmarks.cpu().numpy(), confidence.cpu().numpy()

    def usual_confidence(self, crops: Iterable[torch.Tensor]) -> float:
        """The confidence that 95 of 100 faces exceed, over batches of their crops (b, c, s, s) uint8."""
        return float(np.percentile(np.concatenate([self(batch.numpy())[1] for batch in crops]), 5))
