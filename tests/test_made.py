import numpy as np
import pytest
from conftest import draw_face, write_face

from flm import data
from flm.data import generated, made
from flm.errors import InputError


def test_the_splits_of_the_stand_in_share_no_face():
    faces = {split: data.load(f"stand-in/{split}") for split in made.COUNTS}
    assert {split: len(of) for split, of in faces.items()} == made.COUNTS
    pictures = [sample.image.read_bytes() for of in faces.values() for sample in of]
    assert len(set(pictures)) == sum(made.COUNTS.values())
    with pytest.raises(InputError, match="unknown split 'all' of stand-in"):
        data.load("stand-in/all")


def test_the_stand_in_is_labelled_as_people_label_near_the_truth():
    one, other = data.load("stand-in/val")[:2]
    assert one.landmarks.shape == (68, 2)
    assert (one.landmarks != other.landmarks).any()


def test_no_stand_in_is_seen_in_full_profile():
    faces = [sample for split in made.COUNTS for sample in data.load(f"stand-in/{split}")]
    apart = [np.linalg.norm(face.landmarks[36] - face.landmarks[45]) / np.ptp(face.box[::2]) for face in faces]
    assert min(apart) > 0.25, "the mean error would be that of one face"


def test_more_synthetic_faces_begin_with_the_fewer():
    few, more = data.load("synthetic-2/all"), data.load("synthetic-3/all")
    assert [sample.image for sample in more[:2]] == [sample.image for sample in few]
    assert len(more) == 3
    assert not made.is_made("synthetic-0")
    assert made.is_made("no-hair-2") and not made.is_made("default-2")
    with pytest.raises(
        InputError, match="unknown split 'common' of synthetic-100000: choose one of all, train, val, test"
    ):
        data.load("synthetic-100000/common")  # before any face is made


def test_faces_are_counted_up_to_the_first_gap(tmp_path):
    """Several processes finish shards out of order, and may all be killed."""
    for first, faces in ((0, 50), (50, 50), (150, 50)):
        np.savez(tmp_path / f"labels_{first:06d}.npz", facts=np.array(["{}"] * faces))
    assert generated.count(tmp_path) == 100
    np.savez(tmp_path / "labels_000100.npz", facts=np.array(["{}"] * 20))
    assert generated.count(tmp_path) == 120
    assert generated.count(tmp_path / "nothing") == 0


def test_of_many_shards_only_those_asked_for_are_read(tmp_path):
    for first in (0, 2):
        labels = {"landmarks": np.stack([draw_face(68)] * 2), "dense": np.stack([draw_face(1001)] * 2)}
        labels |= {"visible": np.ones((2, 1001), bool), "facts": np.array(["{}"] * 2)}
        np.savez(tmp_path / f"labels_{first:06d}.npz", **labels)
    (tmp_path / "labels_000004.npz").write_bytes(b"broken")
    assert [face.name for face in generated.read(tmp_path, "all", 4)] == ["000000", "000001", "000002", "000003"]
    with pytest.raises(InputError, match="not a shard's labels"):
        generated.read(tmp_path, "all", 5)


def test_a_million_faces_are_counted_by_number(tmp_path):
    for first, faces in ((0, 100_000), (100_000, 50), (100_050, 899_950), (1_000_000, 50)):
        np.savez_compressed(tmp_path / f"labels_{first:06d}.npz", facts=np.full(faces, "{}"))
    assert generated.count(tmp_path) == 1_000_050


def test_synthetic_test_faces_come_after_all_others():
    (unseen,) = data.load("synthetic-2/test", "dense68")
    assert unseen.image == data.load("synthetic-3/all")[2].image
    assert unseen.landmarks.shape == (68, 2)


def test_dense_landmarks_come_with_the_box_of_the_68():
    for plain, dense in zip(data.load("synthetic-2/all"), data.load("synthetic-2/all", "dense490"), strict=True):
        assert dense.landmarks.shape == (490, 2) and dense.visible.shape == (490,)
        assert dense.landmarks[17:68] == pytest.approx(plain.landmarks[17:]), "all but the jaw, which people see"
        assert (dense.box == plain.box).all()


def test_photographs_have_no_dense_landmarks(tmp_path, monkeypatch):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    write_face(tmp_path / "300w/ibug/image_003_1.jpg")
    with pytest.raises(InputError, match="no conversion from ibug68 to dense490"):
        data.load("300w/challenging", "dense490")
