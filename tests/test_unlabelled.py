from dataclasses import replace

import cv2
import numpy as np
import pytest

from flm import data, markup
from flm.data import cache, catalog, unlabelled
from flm.errors import InputError


def test_labels_play_no_part(monkeypatch):
    """The same faces in the same boxes, to the last bit, whatever the labels say."""
    faces = unlabelled.load("stand-in/val", "dense490")
    original = catalog.load

    def mislabelled(*of):
        return [replace(one, landmarks=one.landmarks[::-1] * 0.5 + 20, box=one.box + 9) for one in original(*of)]

    monkeypatch.setattr(catalog, "load", mislabelled)
    again = unlabelled.load("stand-in/val", "dense490")
    assert cache.fingerprint(faces) == cache.fingerprint(again)
    assert all(np.isnan(face.landmarks).all() and face.landmarks.shape == (490, 2) for face in again)


def test_boxes_are_near_those_of_the_labels():
    labelled = {sample.image: sample.box for sample in data.load("stand-in/val")}
    faces = unlabelled.load("stand-in/val")
    assert len(faces) > 0.8 * len(labelled)
    sides = [np.abs(face.box - labelled[face.image]).max() / np.ptp(labelled[face.image][::2]) for face in faces]
    assert np.median(sides) < 0.2


def test_a_folder_of_pictures_needs_no_labels(tmp_path, monkeypatch):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    (tmp_path / "mine").mkdir()
    face = data.load("stand-in/val")[0].read()
    cv2.imwrite(str(tmp_path / "mine" / "a.png"), face[..., ::-1])
    cv2.imwrite(str(tmp_path / "mine" / "b.png"), np.zeros((90, 90, 3), np.uint8))
    assert [one.image.name for one in unlabelled.load("mine/all")] == ["a.png"]
    assert unlabelled.load("mine/all")[0].landmarks.shape == (markup.IBUG68.n, 2)
    (tmp_path / "mine" / "a.png").unlink()
    with pytest.raises(InputError, match="mine/all: no face found in 1 pictures"):
        unlabelled.load("mine/all")
    with pytest.raises(InputError, match="unknown split 'train' of the folder"):
        unlabelled.load("mine/train")
