"""Many landmarks at little more than the price of a few, and people's labels beside them."""

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional as F

from flm.models.adapters import Adapter
from flm.models.heads import MapNetwork, Output

_CODE = 16  # numbers that tell one landmark from another


class Anchored(MapNetwork):
    """n landmarks from a network with score maps for k anchors: a first guess, then a look at the features around it.

    The guess is an affine combination of the anchors, the same for all faces. A shared layer reads the feature map
    where the guess lies; from what it finds, each landmark gets its own shift and spread. One map for each of 1,001
    landmarks would cost more than the rest of the network.

    weights: (n, k) of the anchors at first, see `affine_weights`.
    """

    def __init__(self, anchors: MapNetwork, weights: torch.Tensor, size: int):
        super().__init__()
        n, width = len(weights), anchors.width
        self.anchors = anchors
        self.size, self.width = size, width
        self.weights = nn.Parameter(weights)
        self.code = nn.Parameter(torch.randn(n, _CODE))
        self.look = nn.Linear(width, width)
        self.tell_apart = nn.Linear(_CODE, width, bias=False)
        self.shift = nn.Parameter(torch.zeros(n, width, 2))
        self.spread = nn.Parameter(torch.zeros(n, width))
        self.usual_spread = nn.Parameter(torch.full((n,), -4.0))  # logarithm, in crop sides

    @property
    def reader(self) -> nn.Module:
        return self.anchors.reader

    def head_parameters(self) -> Iterator[nn.Parameter]:
        yield from self.anchors.head_parameters()
        yield from (p for name, p in self.named_parameters() if not name.startswith("anchors."))

    def forward(self, images: torch.Tensor) -> Output:
        found = self.anchors(images)
        with torch.autocast(images.device.type, enabled=False):  # bf16 has no more than 8 bits for a coordinate
            guess = self._affine() @ found.landmarks  # (b, n, 2)
            here = sampled(found.features.float(), guess, self.size)
            seen = F.relu(self.look(here) + self.tell_apart(self.code))  # (b, n, width)
            shift = torch.einsum("bnc,ncd->bnd", seen, self.shift)
            # How sure it is must not change what it sees.
            spread = torch.einsum("bnc,nc->bn", seen.detach(), self.spread) + self.usual_spread
        return found._replace(landmarks=guess + self.size * shift, spread=self.size * spread.clamp(-8, 0).exp())

    def _affine(self) -> torch.Tensor:
        # Rows sum to one however they change in training: a face moved as a whole moves all its landmarks.
        return self.weights + (1 - self.weights.sum(1, keepdim=True)) / self.weights.shape[1]


def sampled(features: torch.Tensor, landmarks: torch.Tensor, size: int) -> torch.Tensor:
    """Features (b, n, c) under landmarks (b, n, 2), in crop pixels, of maps (b, c, h, w) that cover the crop.

    No gradient flows to where they were taken.
    """
    grid = 2 * (landmarks.detach() + 0.5) / size - 1  # -1 and 1 are the crop's edges
    return F.grid_sample(features, grid[:, None], padding_mode="border", align_corners=False)[:, :, 0].transpose(1, 2)


def affine_weights(points: torch.Tensor, anchors: torch.Tensor, stiffness: float = 1e-3) -> torch.Tensor:
    """Weights (n, k), each row summing to one, of anchors (k, d) that together come near points (n, d)."""
    centred, wanted = (anchors - anchors.mean(0)).double(), (points - anchors.mean(0)).double()
    gram = centred @ centred.T + stiffness * torch.eye(len(anchors), dtype=torch.double)
    # The centred anchors sum to zero, and so do these weights but for the mean's share.
    return (torch.linalg.solve(gram, centred @ wanted.T).T + 1 / len(anchors)).float()


class WithPeoplesLabels(nn.Module):
    """A network for dense landmarks, and before those the 68 as people would label them.

    A label adapter turns the ones into the others and is learnt along, so that faces with only people's labels teach
    the dense landmarks too.
    """

    def __init__(self, dense: nn.Module, adapter: Adapter):
        super().__init__()
        self.dense = dense
        self.adapter = adapter

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the dense network's head and of the adapter."""
        yield from self.dense.head_parameters()  # type: ignore[operator]
        yield from self.adapter.parameters()

    def forward(self, images: torch.Tensor) -> Output:
        found = self.dense(images)
        with torch.autocast(images.device.type, enabled=False):
            people = self.adapter(found.landmarks)
        landmarks = torch.cat([people, found.landmarks], 1)
        spread = None if found.spread is None else torch.cat([found.spread[:, :68], found.spread], 1)
        return found._replace(landmarks=landmarks, spread=spread)
