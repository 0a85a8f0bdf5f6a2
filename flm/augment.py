"""The named augmentation sets: how a crop is placed, then what is done to its pixels.

Placement (rotation, scale, translation, mirror) is folded into the one warp that cuts the crop, so nothing is
interpolated twice; landmarks go through the same matrix and those that leave the frame are kept.
Pixel changes come from albumentations and do not move landmarks.
"""

import os
from dataclasses import dataclass, field
from functools import cache

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for news at import

import albumentations as A
import numpy as np

from flm.data import crop
from flm.errors import InputError


@dataclass(frozen=True)
class Augmentation:
    """One augmentation set.

    rotation: standard deviation, degrees. scale: standard deviation of the logarithm of the crop's side.
    translation: largest shift, in fractions of the crop. mirror: half of the faces are mirrored.
    pixels: names of the pixel changes, see PIXELS.
    """

    rotation: float = 0.0
    scale: float = 0.0
    translation: float = 0.0
    mirror: bool = False
    pixels: tuple[str, ...] = field(default=())

    def place(self, box: np.ndarray, size: int, scale: float, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """A randomly placed crop of `size` pixels around box (4,): its matrix (2, 3), and whether it is mirrored."""
        mirror = self.mirror and rng.random() < 0.5
        matrix = crop.crop_matrix(
            box,
            size,
            scale * np.exp(rng.normal(0, self.scale)),
            rotation=rng.normal(0, self.rotation),
            shift=tuple(rng.uniform(-self.translation, self.translation, 2)),
            mirror=mirror,
        )
        return matrix, mirror

    def recolour(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A crop (s, s, 3) uint8 with its pixels changed."""
        if not self.pixels:
            return image
        changes = _compose(self.pixels)
        changes.set_random_seed(int(rng.integers(2**31)))
        return changes(image=image)["image"]


PIXELS: dict[str, A.BasicTransform | A.BaseCompose] = {
    "contrast and brightness": A.RandomBrightnessContrast(0.25, 0.35, p=0.6),
    "hue and saturation": A.HueSaturationValue(10, 40, 0, p=0.4),
    "grey": A.ToGray(p=0.1),
    "blur": A.OneOf([A.GaussianBlur(blur_limit=0, sigma_limit=(0.4, 2.0)), A.MotionBlur((3, 9))], p=0.25),
    "noise": A.GaussNoise(std_range=(0.01, 0.06), noise_scale_factor=0.5, p=0.2),
    "compression": A.ImageCompression(quality_range=(25, 90), p=0.2),
    "occlusion": A.OneOf(
        [
            A.CoarseDropout((1, 3), (0.08, 0.33), (0.08, 0.33), fill="random_uniform"),
            A.CoarseDropout((1, 3), (0.08, 0.33), (0.08, 0.33), fill="random"),
        ],
        p=0.5,
    ),
}  # fmt: skip

SETS = {
    "none": Augmentation(),
    "translation+occlusion": Augmentation(translation=0.08, pixels=("occlusion",)),
    "rotation": Augmentation(rotation=15),
    "translation": Augmentation(translation=0.08),
    "blur": Augmentation(pixels=("blur",)),
    "occlusion": Augmentation(pixels=("occlusion",)),
    "all": Augmentation(rotation=15, translation=0.08, pixels=("blur", "occlusion")),
    "photometric": Augmentation(pixels=("contrast and brightness", "hue and saturation")),
    "geometric": Augmentation(rotation=15, scale=0.08, mirror=True),
    "photometric+geometric": Augmentation(
        rotation=15, scale=0.08, mirror=True, pixels=("contrast and brightness", "hue and saturation")
    ),
    "strong": Augmentation(rotation=15, scale=0.08, translation=0.06, mirror=True, pixels=tuple(PIXELS)),
}
"""`none` to `all` are of the ILM study, those between its parts; `photometric` and `geometric` are the SFU study's,
`strong` is ours."""


@cache
def _compose(names: tuple[str, ...]) -> A.Compose:
    return A.Compose([PIXELS[name] for name in names])


def get(name: str) -> Augmentation:
    """The augmentation set called `name`. Raises InputError for an unknown one."""
    if name not in SETS:
        raise InputError(f"unknown augmentation {name!r}: choose one of {', '.join(SETS)}")
    return SETS[name]
