"""From the pixel cache to batches: crops placed and augmented, each one a function of (seed, draw) alone.

That a crop depends on nothing else is what lets a killed run go on exactly, and several processes share one epoch.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from flm import augment, markup
from flm.data import cache, crop
from flm.data.cache import PixelCache
from flm.data.sample import Sample
from flm.experiment import Experiment


class Crops(Dataset):
    """Training crops of a pixel cache.

    Item `draw * len(cache) + i` is face i as it looks the time it is drawn for the `draw`-th time:
    image (channels, size, size) uint8, landmarks (n, 2) float32 in crop pixels.
    """

    def __init__(
        self,
        cache: PixelCache,
        flip: np.ndarray,
        *,
        size: int,
        scale: float,
        augmentation: str,
        grey: bool,
        seed: int,
    ):
        self.cache, self.flip = cache, flip
        self.size, self.scale, self.grey, self.seed = size, scale, grey, seed
        self.augmentation = augment.get(augmentation)

    def __len__(self) -> int:
        return len(self.cache.pixels)

    def __getitem__(self, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        i = item % len(self)
        rng = np.random.default_rng((self.seed, item))
        matrix, mirrored = self.augmentation.place(self.cache.boxes[i], self.size, self.scale, rng)
        landmarks = crop.transform(matrix, self.cache.landmarks[i])
        image = self.augmentation.recolour(crop.cut(self.cache.pixels[i], matrix, self.size), rng)
        return to_tensor(image, self.grey), torch.from_numpy(landmarks[self.flip] if mirrored else landmarks)


def crops_of(samples: Sequence[Sample], experiment: Experiment, augmentation: str = "none") -> Crops:
    """What a network of this experiment is shown of these faces. Raises InputError for unreadable pictures."""
    return Crops(
        cache.build(samples, experiment.size, experiment.scale),
        markup.get(samples[0].markup).flip,
        size=experiment.size,
        scale=experiment.scale,
        augmentation=augmentation,
        grey=experiment.grey,
        seed=experiment.seed,
    )


def to_tensor(image: np.ndarray, grey: bool) -> torch.Tensor:
    """Crop (s, s, 3) uint8 RGB as (1 or 3, s, s) uint8."""
    if grey:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


class Mixture(Dataset):
    """Two sets of crops as one: item 2k is item k of the first, item 2k + 1 is item k of the second."""

    def __init__(self, first: Crops, second: Crops):
        self.sets = first, second

    def __getitem__(self, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        k, which = divmod(item, 2)
        return self.sets[which][k]


class EndlessShuffle(Sampler[int]):
    """The items of an endless run over `count` faces, shuffled anew each round, cut into epochs of `per_epoch`.

    In a process group each process takes `block` items in turn, its part of a batch: global batches are the same for
    any number of processes, and each part is mixed as the whole is.
    """

    def __init__(self, count: int, per_epoch: int, seed: int, epoch: int = 0, block: int = 1):
        self.count, self.per_epoch, self.seed, self.epoch, self.block = count, per_epoch, seed, epoch, block

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before each epoch but the first of a resumed run, which `epoch` of __init__ is for."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.per_epoch // _rank_and_world()[1]

    def __iter__(self) -> Iterator[int]:
        rank, world = _rank_and_world()
        start = self.epoch * self.per_epoch
        for first in range(start + rank * self.block, start + self.per_epoch, world * self.block):
            yield from map(self.item, range(first, first + self.block))

    def item(self, place: int) -> int:
        """What is drawn at this place of the endless run."""
        draw, position = divmod(place, self.count)
        return draw * self.count + int(_order(self.seed, draw, self.count)[position])


class MixedShuffle(EndlessShuffle):
    """The items of a Mixture, `share` of them of the second set, evenly strewn; each set shuffled by itself."""

    def __init__(
        self, counts: tuple[int, int], share: float, per_epoch: int, seed: int, epoch: int = 0, block: int = 1
    ):
        super().__init__(counts[0], per_epoch, seed, epoch, block)
        self.share, self.second = share, EndlessShuffle(counts[1], per_epoch, seed + 1)

    def item(self, place: int) -> int:
        seconds = int(place * self.share)
        if int((place + 1) * self.share) > seconds:
            return 2 * self.second.item(seconds) + 1
        return 2 * super().item(place - seconds)


@lru_cache(maxsize=4)
def _order(seed: int, draw: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, draw)).permutation(count)


def _rank_and_world() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def train_loader(
    crops: Crops,
    batch_size: int,
    batches: int,
    *,
    mixed_in: Crops | None = None,
    share: float = 0.0,
    workers: int,
    processes: int = 1,
    first_epoch: int = 0,
) -> DataLoader:
    """Training crops: `batches` batches an epoch, of `batch_size` faces over all processes together.

    mixed_in: other crops that make up a share of each batch.
    """
    per_epoch, block = batches * batch_size, batch_size // processes
    faces: Crops | Mixture = crops
    sampler = EndlessShuffle(len(crops), per_epoch, crops.seed, first_epoch, block)
    if mixed_in:
        faces = Mixture(crops, mixed_in)
        sampler = MixedShuffle((len(crops), len(mixed_in)), share, per_epoch, crops.seed, first_epoch, block)
    return DataLoader(
        faces,
        block,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        prefetch_factor=4 if workers else None,
    )


def eval_loader(crops: Crops, batch_size: int) -> DataLoader:
    """Every crop once, in order."""
    return DataLoader(crops, batch_size)
