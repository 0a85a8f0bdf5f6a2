import cv2
import numpy as np
import pytest
from conftest import write_picture

from flm.data import face_synthetics
from flm.errors import InputError


def write_sample(folder, name, order=(68, 69), gap=40):
    """A face whose eyes are 20 px wide and `gap` px apart, with its pupils in the given order of rows."""
    landmarks = np.full((70, 2), 5.0)
    for first, x in ((36, 10), (42, 10 + gap)):
        landmarks[first : first + 6] = [(x, 20), (x + 7, 17), (x + 13, 17), (x + 20, 20), (x + 13, 23), (x + 7, 23)]
    landmarks[order, :] = (22, 20), (22 + gap, 20)
    write_picture(folder / f"{name}.png", 80, 60)
    np.savetxt(folder / f"{name}_ldmks.txt", landmarks, fmt="%.3f")
    cv2.imwrite(str(folder / f"{name}_seg.png"), np.full((60, 80), 13, np.uint8))


def test_a_folder_is_read_in_order(tmp_path):
    write_sample(tmp_path, "000010")
    write_sample(tmp_path, "000002")
    samples = face_synthetics.read(tmp_path, "all")
    assert [s.name for s in samples] == ["000002", "000010"]
    assert samples[0].landmarks[68:].tolist() == [[22, 20], [62, 20]]  # Counted from 0: nothing subtracted.
    assert face_synthetics.count(tmp_path, "all") == 2


@pytest.mark.parametrize("gap", [40, 15], ids=["frontal", "profile"])
def test_swapped_pupils_are_refused_not_mended(tmp_path, gap):
    write_sample(tmp_path, "000000", order=(69, 68), gap=gap)
    with pytest.raises(InputError, match="rows 69-70"):
        face_synthetics.read(tmp_path, "all")


def test_in_profile_pupils_may_be_nearer_to_the_other_eye(tmp_path):
    """The eyes lie over each other, and both look up: seen in faces that `flm synth` made."""
    write_sample(tmp_path, "000000", gap=3)
    labels = tmp_path / "000000_ldmks.txt"
    landmarks = np.loadtxt(labels)
    landmarks[68:, 0] -= 1.5
    np.savetxt(labels, landmarks)
    assert len(face_synthetics.read(tmp_path, "all")) == 1


def test_segmentation_holds_known_classes_only(tmp_path):
    write_sample(tmp_path, "000000")
    (sample,) = face_synthetics.read(tmp_path, "all")
    segmentation = face_synthetics.read_segmentation(sample)
    assert segmentation.shape == (60, 80)
    assert {face_synthetics.CLASSES[value] for value in np.unique(segmentation)} == {"hair"}
    cv2.imwrite(str(tmp_path / "000000_seg.png"), np.full((60, 80), 19, np.uint8))
    with pytest.raises(InputError, match=r"found the values \[19\]"):
        face_synthetics.read_segmentation(sample)


def test_an_empty_folder_and_another_split_are_refused(tmp_path):
    with pytest.raises(InputError, match="no FaceSynthetics faces"):
        face_synthetics.read(tmp_path, "all")
    write_sample(tmp_path, "000000")
    with pytest.raises(InputError, match="unknown split 'test'"):
        face_synthetics.read(tmp_path, "test")


def test_our_own_parts_share_no_face(tmp_path):
    for name in range(21):
        write_sample(tmp_path, f"{name:06d}")
    parts = {split: [s.name for s in face_synthetics.read(tmp_path, split)] for split in ("all", "train", "val")}
    assert parts["val"] == ["000000", "000020"]
    assert sorted(parts["train"] + parts["val"]) == parts["all"]


def test_the_real_samples_keep_the_documented_order(real_data):
    if not (folder := real_data / "face_synthetics_100").is_dir():
        pytest.skip(f"no {folder}")
    samples = face_synthetics.read(folder, "all")
    assert len(samples) == 100
    segmentation = face_synthetics.read_segmentation(samples[0])
    right_eye = np.argwhere(segmentation == face_synthetics.CLASSES.index("right_eye"))
    assert abs(right_eye[:, 1].mean() - samples[0].landmarks[69, 0]) < 10  # Right in the picture.
