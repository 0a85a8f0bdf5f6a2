"""Networks that turn a batch of face crops into landmarks.

Every model maps images (b, c, size, size) float, see `normalise`, to an Output in crop pixels.
"""

import torch
from torch import nn

from flm.errors import InputError
from flm.models.backbone import Pyramid, create
from flm.models.heads import CoordinateRegression, Output, SoftArgmax

HEADS = ("softargmax", "regression")


def build(
    backbone: str, head: str, landmarks: int, size: int, *, grey: bool = False, pretrained: bool = False
) -> tuple[nn.Module, bool]:
    """A model of timm's `backbone` (for example resnet18, mobilenetv3_large_100, legacy_xception) with a `head`.

    Returns it with whether it starts from ImageNet weights.
    Raises InputError for an unknown head or backbone, or a size outside 64 to 256.
    """
    if not 64 <= size <= 256:
        raise InputError(f"crop size {size}: expected 64 to 256 pixels")
    if head == "softargmax":
        body, loaded = create(backbone, grey, pretrained, features_only=True)
        return SoftArgmax(Pyramid(body), landmarks, size), loaded
    if head == "regression":
        body, loaded = create(backbone, grey, pretrained, num_classes=2 * landmarks)
        return CoordinateRegression(body, size), loaded
    raise InputError(f"unknown head {head!r}: choose one of {', '.join(HEADS)}")


def parts(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters of a model's backbone, and those of its head."""
    head = list(model.head_parameters())  # type: ignore[operator]
    known = {id(p) for p in head}
    return [p for p in model.parameters() if id(p) not in known], head


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Crops (b, c, s, s) uint8 as what every model takes: float, about zero mean and unit variance, channels last."""
    return ((images.float() - 120) / 64).contiguous(memory_format=torch.channels_last)


__all__ = ["HEADS", "Output", "build", "normalise"]
