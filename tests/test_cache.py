import errno
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from flm.data import cache, crop, load
from flm.errors import InputError


@pytest.fixture
def faces():
    return load("stand-in/val")[:6]


@pytest.fixture
def here(faces, tmp_path, monkeypatch) -> Path:
    """An empty cache; the faces were made into another one."""
    monkeypatch.setenv("FLM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_cached_face_is_its_crop_with_its_landmarks(faces, here):
    kept = cache.build(faces, 64)
    matrix = cache.square_matrix(faces[2], 64, 1.25)
    np.testing.assert_array_equal(kept.pixels[2], crop.cut(faces[2].read(), matrix, 128))
    np.testing.assert_allclose(kept.landmarks[2], crop.transform(matrix, faces[2].landmarks))
    width, height = kept.boxes[2][2:] - kept.boxes[2][:2]
    assert max(width, height) == pytest.approx(128 / 2, abs=1e-3)


def test_a_second_time_nothing_is_decoded(faces, here, monkeypatch):
    first = cache.build(faces, 64)
    monkeypatch.setattr("flm.data.sample.read_image", lambda *_: pytest.fail("decoded again"))
    np.testing.assert_array_equal(cache.build(faces, 64).pixels, first.pixels)


def test_other_labels_pictures_or_sizes_are_another_cache(faces, here, tmp_path):
    moved = [replace(faces[0], landmarks=faces[0].landmarks + 0.5), *faces[1:]]
    repainted = tmp_path / "a.png"
    repainted.write_bytes(faces[0].image.read_bytes() + b"\0")
    other = [replace(faces[0], image=repainted), *faces[1:]]
    prints = {cache.fingerprint(of) for of in (faces, moved, other, faces[1:])}
    assert len(prints) == 4
    cache.build(faces, 64)
    cache.build(faces, 32)
    cache.build(faces, 32, scale=1.5)
    cache.build([replace(faces[0], box=faces[0].box + 1), *faces[1:]], 32)
    assert len(list(here.iterdir())) == 4


def test_other_labels_share_the_pixels(faces, here):
    first = cache.build(faces, 64)
    moved = cache.build([replace(face, landmarks=face.landmarks + 1) for face in faces], 64)
    assert len(list(here.iterdir())) == 1
    assert np.array_equal(first.pixels, moved.pixels)
    assert (moved.landmarks > first.landmarks).all()


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.5])
def test_a_crop_of_any_scale_lies_within_its_square(faces, here, scale):
    """Cut from the cache, a crop shows what it shows cut from the picture: nothing of it is missing at the border."""
    kept = cache.build(faces, 64, scale)
    for i, face in enumerate(faces):
        cached = crop.cut(kept.pixels[i], crop.crop_matrix(kept.boxes[i], 64, scale), 64)
        direct = crop.cut(face.read(), crop.crop_matrix(face.box, 64, scale), 64)
        # Blurred, since what is cut twice is a little softer; a shift or a border would show all the same.
        cached, direct = (cv2.GaussianBlur(image, (0, 0), 2).astype(float) for image in (cached, direct))
        assert np.abs(cached - direct).mean() < 2


def test_a_broken_picture_leaves_nothing(faces, here, tmp_path):
    broken = tmp_path / "a.png"
    broken.write_bytes(faces[0].image.read_bytes()[:500])
    with pytest.raises(InputError, match=r"a\.png"):
        cache.build([*faces, replace(faces[0], image=broken)], 64)
    assert not list(here.iterdir())


def test_a_full_disk_leaves_nothing(faces, here, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array_header_2_0", full)
    with pytest.raises(OSError, match="No space left"):
        cache.build(faces, 64)
    assert not list(here.iterdir())


def _build(faces, home: str) -> float:
    os.environ["FLM_CACHE"] = home
    return float(cache.build(faces, 48).pixels.mean())


def test_two_processes_may_write_the_same_cache(faces, here):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one, other = pool.starmap(_build, [(faces, str(here))] * 2)
    assert one == other
    assert [path.name.startswith("pixels-") for path in here.iterdir()] == [True]


def test_pictures_without_compression_are_told_apart_by_all_their_bytes(tmp_path):
    """A plain border is where such files begin and end, and they are all as long."""
    identities = []
    for brightness in (10, 200):
        image = np.zeros((96, 96, 3), np.uint8)
        image[40:56, 40:56] = brightness
        cv2.imwrite(str(tmp_path / "face.bmp"), image)
        identities.append(cache.picture_identity(tmp_path / "face.bmp", None))
    assert identities[0] != identities[1]


def test_a_missing_picture_is_one_line(faces, tmp_path):
    with pytest.raises(InputError, match=r"gone.png: No such file.*expected the picture of a labelled face"):
        cache.fingerprint([replace(faces[0], image=tmp_path / "gone.png")])
