import numpy as np
import pytest
from conftest import write_picture

from flm import data, paths
from flm.data import Sample
from flm.difficulty import covered, difficulties, known_difficulties
from flm.shape import mean_shape

SKIN = (200, 150, 120)


def face(yaw: float = 0.0, size: float = 40.0) -> np.ndarray:
    """The mean head, turned, in a picture of 256 pixels."""
    angle = np.radians(yaw)
    x, y, z = (mean_shape() - mean_shape().mean(0)).T
    turned = np.stack([x * np.cos(angle) + z * np.sin(angle), y], 1)
    return (128 + size * turned / np.abs(turned).max() * 2).astype(np.float32)


def of(landmarks: np.ndarray, picture) -> dict[str, float]:
    sample = Sample(picture, landmarks, "ibug68", "a", "made", "all")
    return {name: float(values[0]) for name, values in difficulties([sample]).items()}


def test_a_head_that_turns_is_turned_and_a_face_half_as_large_is_small(tmp_path):
    picture = write_picture(tmp_path / "a.png", 256, 256)
    assert of(face(), picture)["turned"] < 6
    assert of(face(yaw=30), picture)["turned"] == pytest.approx(30, abs=6)
    assert of(face(size=20), picture)["small"] - of(face(), picture)["small"] == pytest.approx(np.log(2), abs=1e-3)


def test_what_is_not_skin_covers_its_share_of_the_face():
    landmarks = face() / 2
    bare = np.full((128, 128, 3), SKIN, np.uint8)
    assert covered(bare, landmarks) == 0
    darker = bare.copy()
    darker[:, 64:] = 0.6 * bare[:, 64:]
    assert covered(darker, landmarks) < 0.1, "a shadow is not a cover"
    hidden = bare.copy()
    hidden[:, 80:] = (30, 60, 200)
    assert 0.15 < covered(hidden, landmarks) < 0.5


def test_what_was_measured_is_known_without_the_faces(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "results_dir", tmp_path.joinpath)
    sample = Sample(write_picture(tmp_path / "a.png", 256, 256), face(yaw=30), "ibug68", "a", "made", "all")
    monkeypatch.setattr(data, "load", lambda _: [sample])
    measured = known_difficulties("set/split")
    monkeypatch.undo()
    monkeypatch.setattr(paths, "results_dir", tmp_path.joinpath)
    known = known_difficulties("set/split")
    assert known["turned"][0] == measured["turned"][0] == pytest.approx(30, abs=6)


def test_those_of_the_test_faces_are_kept():
    assert {len(values) for values in known_difficulties("300w/common").values()} == {554}
