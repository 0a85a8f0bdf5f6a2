"""Any timm network, whole or as a pyramid of feature maps."""

import logging
from typing import cast

import timm
import torch
from timm.models import FeatureInfo
from torch import nn

from flm.errors import InputError

log = logging.getLogger(__name__)


def create(name: str, grey: bool, pretrained: bool, **options) -> tuple[nn.Module, bool]:
    """timm's model `name` for colour or grey pictures, and whether it really has ImageNet weights.

    Where the weights cannot be had, because their hub is out of reach, the model starts from random ones: nothing
    fails, and the run's record says which it was. Raises InputError for a name that timm does not know.
    """
    if not timm.is_model(name):
        close = timm.list_models(f"*{name[:6]}*")[:5]
        raise InputError(f"unknown backbone {name!r}: timm has {', '.join(close) or 'nothing like it'}")
    channels = 1 if grey else 3
    if pretrained:
        try:
            return timm.create_model(name, in_chans=channels, pretrained=True, **options), True
        except (OSError, RuntimeError) as error:
            log.warning("no pretrained weights for %s (%s): starting from random ones", name, type(error).__name__)
    return timm.create_model(name, in_chans=channels, **options), False


class Pyramid(nn.Module):
    """The feature maps of strides 4 to 32 of a timm model created with `features_only`; widths: their channels."""

    def __init__(self, body: nn.Module):
        super().__init__()
        self.body = body
        levels = cast(FeatureInfo, body.feature_info)
        self.maps = [i for i, stride in enumerate(levels.reduction()) if stride >= 4]
        self.widths = [levels.channels()[i] for i in self.maps]

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        features = self.body(images)
        return [features[i] for i in self.maps]
