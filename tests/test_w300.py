from collections import Counter

import numpy as np
import pytest
from conftest import write_face

from flm.data import w300
from flm.errors import InputError


@pytest.fixture
def root(tmp_path):
    """A made-up copy with what differs between the archives people have."""
    write_face(tmp_path / "helen/testset/1_1.jpg")
    write_face(tmp_path / "helen/testset/2_1.png")
    write_face(tmp_path / "lfpw/testset/image_0001.png")
    write_face(tmp_path / "ibug/image_092 _01.jpg")
    headless = tmp_path / "helen/testset/1_1.pts"
    headless.write_text("".join(headless.read_text().splitlines(keepends=True)[3:-1]))
    for name in ("afw/1051618982_1", "afw/111076519_1", *w300.validation_names()):
        write_face(tmp_path / f"{name}.jpg")
    return tmp_path


def test_every_variant_of_the_layout_is_read(root):
    samples = w300.read(root, "full")
    assert [(s.name, s.image.name) for s in samples] == [
        ("helen/testset/1_1", "1_1.jpg"),
        ("helen/testset/2_1", "2_1.png"),
        ("lfpw/testset/image_0001", "image_0001.png"),
        ("ibug/image_092 _01", "image_092 _01.jpg"),
    ]
    assert all(np.array_equal(s.landmarks, samples[0].landmarks) for s in samples)
    assert samples[0].read().shape == (48, 64, 3)


def test_png_goes_before_jpg(root):
    write_face(root / "helen/testset/1_1.png")
    assert w300.read(root, "common")[0].image.name == "1_1.png"


def test_train_and_val_share_no_face(root):
    parts = {split: {s.name for s in w300.read(root, split)} for split in ("train", "val", "official-train")}
    assert parts["val"] == w300.validation_names()
    assert len(parts["val"]) == w300.COUNTS["val"]
    assert parts["train"] == parts["official-train"] - parts["val"]


def test_what_is_missing_is_named(root):
    with pytest.raises(InputError, match=r"unknown 300-W split 'test'.*common"):
        w300.read(root, "test")
    with pytest.raises(InputError, match="01_Indoor"):
        w300.read(root, "private")
    (root / "ibug/image_092 _01.jpg").unlink()
    with pytest.raises(InputError, match="no picture beside it"):
        w300.read(root, "challenging")


def test_the_real_common_set_is_complete(real_data):
    samples = w300.read(real_data / "300w", "common")
    assert Counter(s.source for s in samples) == {"300w/helen": 330, "300w/lfpw": 224}
    assert len({s.name for s in samples}) == w300.COUNTS["common"] == 554
