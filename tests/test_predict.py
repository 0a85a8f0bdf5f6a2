import json
from dataclasses import asdict
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from flm import data, detect, metrics
from flm.data import made
from flm.data.pts import read_pts
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models import Output
from flm.models.deployed import TorchNetwork
from flm.paths import SHIPPED, SHIPPED_FILE
from flm.predict import Predictor, save_faces

SIZE = 64


def predictor(model, mirror: bool = False) -> Predictor:
    run = SimpleNamespace(experiment=Experiment(size=SIZE), network=lambda: TorchNetwork(model), usual_confidence=1.0)
    return Predictor(run, mirror)


class Everywhere(torch.nn.Module):
    """Puts all landmarks on one place of the crop."""

    def __init__(self, x: float, y: float):
        super().__init__()
        self.place = torch.tensor([x, y])

    def forward(self, images: torch.Tensor) -> Output:
        return Output(self.place.expand(len(images), 68, 2))


class BrightSpot(torch.nn.Module):
    """Puts all landmarks on the centroid of what is bright."""

    def forward(self, images: torch.Tensor) -> Output:
        weight = images.mean(1) - images.mean(1).amin((1, 2), keepdim=True)  # (b, s, s)
        weight = weight / weight.sum((1, 2), keepdim=True)
        x, y = (weight.sum(axis) @ torch.arange(float(SIZE)) for axis in (1, 2))
        return Output(torch.stack([x, y], 1)[:, None].expand(-1, 68, 2))


def test_the_middle_of_the_crop_is_the_middle_of_the_box():
    middle = (SIZE - 1) / 2
    image = np.zeros((200, 300, 3), np.uint8)
    found = predictor(Everywhere(middle, middle)).in_boxes([image], [np.array([100, 50, 180, 110], np.float32)])
    assert found.shape == (1, 68, 2)
    np.testing.assert_allclose(found[0, 0], [140, 80], atol=1e-4)


def test_what_is_seen_in_the_crop_is_found_in_the_picture():
    image = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(image, (150, 70), 6, (255, 255, 255), -1)
    for mirror in (False, True):
        found = predictor(BrightSpot(), mirror).in_boxes([image], [np.array([100, 40, 200, 130], np.float32)])
        np.testing.assert_allclose(found[0, 0], [150, 70], atol=0.3)


def test_mirror_averaging_swaps_sides():
    """A model that says `left` whatever it sees says `middle` when averaged with its mirror image."""
    image, box = np.zeros((100, 100, 3), np.uint8), np.array([20, 20, 80, 80], np.float32)
    found = predictor(Everywhere(10.0, 20.0), mirror=True).in_boxes([image], [box])
    np.testing.assert_allclose(found[0, :, 0], 50, atol=1e-4)


def test_save_faces_writes_what_it_found(tmp_path, monkeypatch):
    cv2.imwrite(str(tmp_path / "photo.jpg"), np.full((120, 160, 3), 90, np.uint8))
    boxes = [np.array([30, 20, 90, 80], np.float32), np.array([80, 20, 140, 80], np.float32)]
    monkeypatch.setattr(detect, "detect", lambda _: [detect.Detection(box, 0.9) for box in boxes])
    shape = predictor(torch.nn.Sequential(Ellipse()))
    assert save_faces(shape, tmp_path / "photo.jpg", tmp_path / "out") == 2
    found = json.loads((tmp_path / "out" / "photo_landmarks.json").read_text())["faces"]
    np.testing.assert_allclose(read_pts(tmp_path / "out" / "photo_face1.pts", 68), found[1], atol=2e-3)
    assert cv2.imread(str(tmp_path / "out" / "photo_landmarks.png")).shape == (120, 160, 3)
    boxes.pop()
    assert save_faces(shape, tmp_path / "photo.jpg", tmp_path / "out") == 1
    assert not (tmp_path / "out" / "photo_face1.pts").exists(), "of the time before"


class Ellipse(torch.nn.Module):
    def forward(self, images: torch.Tensor) -> Output:
        angle = torch.arange(68) * 2 * torch.pi / 68
        ring = torch.stack([angle.cos() * 20, angle.sin() * 24], 1) + (SIZE - 1) / 2
        return Output(ring.expand(len(images), 68, 2))


def test_a_broken_picture_leaves_nothing(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"photo\.jpg"):
        save_faces(predictor(Ellipse()), tmp_path / "photo.jpg", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_experiment_survives_its_record():
    experiment = Experiment(lr=0.5, grey=True)
    assert Experiment.from_dict(json.loads(json.dumps(asdict(experiment)))) == experiment


def test_the_network_that_comes_with_the_package_finds_faces_it_has_not_seen():
    shipped, run = Predictor.load(SHIPPED_FILE), Predictor.load(SHIPPED)
    assert sum(file.stat().st_size for file in SHIPPED.iterdir() if file.is_file()) < 8e6
    faces = data.load("stand-in/val")[:12]
    images, boxes = [face.read() for face in faces], [face.box for face in faces]
    found = shipped.in_boxes(images, boxes)
    np.testing.assert_allclose(found, run.in_boxes(images, boxes), atol=0.01)  # pixels of the picture
    assert metrics.nme(found, np.stack([face.landmarks for face in faces]), shipped.markup).mean() < 6


def test_it_learnt_and_was_chosen_from_generated_faces_alone():
    record = json.loads((SHIPPED / "record.json").read_text())
    assert all(made.is_made(source["spec"].split("/")[0]) for source in record["data"].values())
    assert made.is_made(record["selected_on"].split("/")[0])
    assert record["experiment"]["start"] is None and not record["pretrained"]
