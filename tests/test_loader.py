import itertools

import numpy as np
import pytest
import torch

from flm import augment
from flm.data import cache, crop, load, loader
from flm.errors import InputError
from flm.markup import IBUG68


@pytest.fixture(scope="module")
def faces() -> cache.PixelCache:
    return cache.build(load("stand-in/val"), 64)


def crops(faces: cache.PixelCache, augmentation: str, seed: int = 0, grey: bool = False) -> loader.Crops:
    return loader.Crops(faces, IBUG68.flip, size=64, scale=1.25, augmentation=augmentation, grey=grey, seed=seed)


def test_an_item_is_a_function_of_seed_and_draw(faces):
    one, again, other = crops(faces, "strong"), crops(faces, "strong"), crops(faces, "strong", seed=1)
    image, landmarks = one[5]
    assert torch.equal(image, again[5][0]) and torch.equal(landmarks, again[5][1])
    assert not torch.equal(image, one[5 + len(one)][0]), "drawn again, a face looks different"
    assert not torch.equal(image, other[5][0])


def test_without_augmentation_every_draw_is_the_same(faces):
    plain = crops(faces, "none")
    assert torch.equal(plain[3][0], plain[3 + len(plain)][0])
    assert plain[0][0].shape == (3, 64, 64) and crops(faces, "none", grey=True)[0][0].shape == (1, 64, 64)


def test_the_box_is_centred_and_fills_its_share(faces):
    _, landmarks = crops(faces, "none")[0]
    low, high = landmarks.amin(0), landmarks.amax(0)
    np.testing.assert_allclose((low + high) / 2, 31.5, atol=1e-3)
    assert (high - low).max() == pytest.approx(64 / 1.25, abs=1e-3)


def test_mirrored_faces_keep_their_sides():
    facing = [face for face in load("stand-in/val") if abs(face.attributes["stance"]["yaw"]) < 0.5]
    geometric = crops(cache.build(facing, 64), "geometric")
    for item in range(4 * len(geometric)):
        _, landmarks = geometric[item]
        assert landmarks[36, 0] < landmarks[45, 0], "36 is in the left eye, mirrored or not"


def test_epochs_cut_whole_rounds(faces):
    items = [list(one_epoch(10, 8, epoch)) for epoch in range(5)]
    drawn = list(itertools.chain(*items))
    assert len(set(drawn)) == 40
    for draw in range(4):
        assert sorted(drawn[10 * draw : 10 * draw + 10]) == list(range(10 * draw, 10 * draw + 10))
    assert [i % 10 for i in drawn[:10]] != [i % 10 for i in drawn[10:20]]


def one_epoch(count: int, per_epoch: int, epoch: int) -> loader.EndlessShuffle:
    sampler = loader.EndlessShuffle(count, per_epoch, seed=0)
    sampler.set_epoch(epoch)
    return sampler


def test_two_processes_share_the_batches_of_one(monkeypatch):
    alone = list(one_epoch(10, 8, 1))
    shares = []
    for rank in (0, 1):
        monkeypatch.setattr(loader, "_rank_and_world", lambda rank=rank: (rank, 2))
        shares.append(list(one_epoch(10, 8, 1)))
        assert len(one_epoch(10, 8, 1)) == 4
    together = [item for pair in zip(*shares, strict=True) for item in pair]
    assert together == alone


@pytest.mark.parametrize("world", [2, 4])
def test_each_process_has_its_share_of_a_mixture(monkeypatch, world):
    """Or batch norms would see one kind of faces alone, and critics would have nothing to tell apart."""
    alone = list(loader.MixedShuffle((10, 7), 0.5, 32, seed=0))
    parts = []
    for rank in range(world):
        monkeypatch.setattr(loader, "_rank_and_world", lambda rank=rank: (rank, world))
        parts.append(np.array(list(loader.MixedShuffle((10, 7), 0.5, 32, seed=0, block=16 // world))).reshape(2, -1))
        assert (parts[-1] % 2).mean(1) == pytest.approx(0.5)
    assert np.concatenate(parts, axis=1).ravel().tolist() == alone


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 1.0])
def test_a_mixture_holds_its_share_in_every_batch(share):
    sampler = loader.MixedShuffle((10, 7), share, per_epoch=40, seed=0)
    items = [*sampler, *one_more_epoch(sampler)]
    seconds = np.array([item % 2 for item in items])
    per_batch = seconds.reshape(-1, 20).sum(1)
    assert (per_batch == round(20 * share)).all()
    for which, count in ((0, 10), (1, 7)):
        drawn = [item // 2 for item in items if item % 2 == which]
        alone = loader.EndlessShuffle(count, max(1, len(drawn)), seed=which)
        assert drawn == list(alone)[: len(drawn)], "each set is drawn from as if it were alone"


def one_more_epoch(sampler: loader.MixedShuffle) -> loader.MixedShuffle:
    sampler.set_epoch(1)
    return sampler


def test_a_mixture_gives_faces_of_both_sets(faces):
    first, second = crops(faces, "none"), crops(faces, "none", grey=True)
    mixture = loader.Mixture(first, second)
    assert torch.equal(mixture[6][0], first[3][0])
    assert torch.equal(mixture[7][0], second[3][0])


@pytest.mark.parametrize("name", augment.SETS)
def test_every_augmentation_set_gives_a_picture(faces, name):
    image, landmarks = crops(faces, name)[1]
    assert image.dtype == torch.uint8 and image.shape == (3, 64, 64)
    assert landmarks.dtype == torch.float32 and torch.isfinite(landmarks).all()


def test_pixels_are_changed_without_moving_landmarks(faces):
    (plain, expected), (changed, landmarks) = crops(faces, "none")[2], crops(faces, "photometric", seed=3)[2]
    assert torch.equal(landmarks, expected) and not torch.equal(plain, changed)


def test_landmarks_follow_the_pixels():
    """A bright dot on each landmark in turn is found where the landmark went."""
    box = np.array([20, 20, 100, 100], np.float32)
    for seed in range(20):
        dot = np.random.default_rng(seed).integers(35, 85, 2)
        image = np.zeros((120, 120, 3), np.uint8)
        image[dot[1] - 2 : dot[1] + 3, dot[0] - 2 : dot[0] + 3] = 255
        matrix, _ = augment.SETS["strong"].place(box, 96, 1.25, np.random.default_rng(seed))
        square = crop.cut(image, matrix, 96).astype(float).sum(2)
        y, x = np.mgrid[:96, :96]
        found = np.array([(square * x).sum(), (square * y).sum()]) / square.sum()
        np.testing.assert_allclose(found, crop.transform(matrix, dot.astype(float)), atol=0.15)


def test_an_unknown_set_says_so():
    with pytest.raises(InputError, match="unknown augmentation 'heavy'"):
        augment.get("heavy")
