"""Networks that turn a batch of face crops into landmarks.

Every model maps images (b, c, size, size) float, see `normalise`, to an Output in crop pixels.
"""

from dataclasses import replace

import torch
from torch import nn

from flm import markup
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models.adapters import unfitted
from flm.models.backbone import Pyramid, create
from flm.models.dense import Anchored, WithPeoplesLabels, affine_weights
from flm.models.heads import CoordinateRegression, MapNetwork, Output, SoftArgmax
from flm.models.hourglass import StackedHourglass
from flm.models.pip import PipNet

HEADS = ("softargmax", "regression", "anchored", "pip")
HOURGLASS = "hourglass"


def build(experiment: Experiment) -> tuple[nn.Module, bool]:
    """The untrained network of an experiment, and whether it starts from ImageNet weights.

    Raises InputError for an unknown head or backbone, what does not go together, or a size outside 64 to 256.
    """
    if not 64 <= experiment.size <= 256:
        raise InputError(f"crop size {experiment.size}: expected 64 to 256 pixels")
    if experiment.head not in HEADS:
        raise InputError(f"unknown head {experiment.head!r}: choose one of {', '.join(HEADS)}")
    if experiment.markup not in markup.BOTH:
        return _network(experiment)
    if experiment.head == "pip":
        raise InputError(f"head pip: it has no dense landmarks to adapt, found markup {experiment.markup}")
    name = markup.BOTH[experiment.markup]
    dense, loaded = _network(replace(experiment, markup=name))
    return WithPeoplesLabels(dense, unfitted(experiment.transfer, _mean_face(name)[:, :2])), loaded


def _network(e: Experiment) -> tuple[nn.Module, bool]:
    if e.head == "anchored":
        if e.markup not in markup.DENSE:
            raise InputError(f"head anchored: found markup {e.markup}, expected one of {', '.join(markup.DENSE)}")
        anchors, loaded = _map_network(e, 68)
        points = _mean_face(e.markup)
        return Anchored(anchors, affine_weights(points, points[:68]), e.size), loaded
    landmarks = markup.get(e.markup).n
    if e.head == "softargmax":
        return _map_network(e, landmarks)
    if e.backbone == HOURGLASS:
        raise InputError(f"an hourglass has score maps: expected head softargmax or anchored, found {e.head}")
    if e.head == "pip":
        body, loaded = create(e.backbone, e.grey, e.pretrained, features_only=True)
        return PipNet(Pyramid(body), _mean_face(e.markup)[:, :2], e.size), loaded
    body, loaded = create(e.backbone, e.grey, e.pretrained, num_classes=2 * landmarks)
    return CoordinateRegression(body, e.size), loaded


def _map_network(e: Experiment, landmarks: int) -> tuple[MapNetwork, bool]:
    if e.backbone == HOURGLASS:
        if e.pretrained:
            raise InputError("an hourglass has no ImageNet weights: leave --pretrained out, or take a backbone of timm")
        return StackedHourglass(landmarks, e.size, 1 if e.grey else 3, e.stacks, e.depth, e.width), False
    body, loaded = create(e.backbone, e.grey, e.pretrained, features_only=True)
    return SoftArgmax(Pyramid(body), landmarks, e.size), loaded


def _mean_face(name: str) -> torch.Tensor:
    # The generator's head takes a second to load: only where it is asked for.
    from flm.shape import mean_shape

    return torch.from_numpy(mean_shape(name)).float()


def parts(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters of a model's backbone, and those of its head."""
    head = list(model.head_parameters())  # type: ignore[operator]
    known = {id(p) for p in head}
    return [p for p in model.parameters() if id(p) not in known], head


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Crops (b, c, s, s) uint8 as what every model takes: float, about zero mean and unit variance, channels last."""
    return ((images.float() - 120) / 64).contiguous(memory_format=torch.channels_last)


__all__ = ["HEADS", "Output", "build", "normalise"]
