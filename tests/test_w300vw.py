import cv2
import numpy as np
import pytest
from conftest import draw_face, write_picture
from scipy.io import savemat

from flm.data import w300vw
from flm.data.pts import write_pts
from flm.errors import InputError


def write_labels(clip, numbers):
    for number in numbers:
        write_pts(clip / f"annot/{number:06d}.pts", draw_face(68, number))


def write_clip(clip, frames):
    """A video whose frame number i, from 0, is grey i * 50."""
    write_labels(clip, range(1, frames + 1))
    video = cv2.VideoWriter(str(clip / "vid.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for i in range(frames):
        video.write(np.full((48, 64, 3), i * 50, np.uint8))
    video.release()


def test_the_published_lists_hold_every_clip_once():
    assert w300vw.COUNTS == {"train": 50, "A": 31, "B": 19, "C": 14, "all": 114}
    assert len(set(w300vw.CLIPS["all"])) == 114


def test_labels_meet_their_frames(tmp_path):
    write_clip(tmp_path / "001", 4)
    write_clip(tmp_path / "002", 2)
    samples = w300vw.read(tmp_path, "train")
    assert [(s.name, s.frame) for s in samples[2:5]] == [("001/000003", 2), ("001/000004", 3), ("002/000001", 0)]
    assert np.array_equal(samples[2].landmarks, draw_face(68, 3))
    assert abs(samples[2].read().mean() - 100) < 3
    assert w300vw.count(tmp_path, "train") == 2


def test_a_clip_can_be_asked_for_by_its_number(tmp_path):
    write_clip(tmp_path / "001", 4)
    write_clip(tmp_path / "223", 2)
    assert [sample.name for sample in w300vw.read(tmp_path, "223")] == ["223/000001", "223/000002"]
    with pytest.raises(InputError, match="unknown 300-VW split '999': choose one of train, A, B, C, all, or a clip"):
        w300vw.read(tmp_path, "999")


def test_frames_and_labels_must_match(tmp_path):
    write_clip(tmp_path / "001", 4)
    (tmp_path / "001/annot/000004.pts").unlink()
    with pytest.raises(InputError, match=r"4 frames and 3 \.pts files.*number 4"):
        w300vw.read(tmp_path, "train")


def test_extracted_frames_are_read_instead_of_the_video(tmp_path):
    write_labels(tmp_path / "401", [731, 732])
    for number in (731, 732):
        write_picture(tmp_path / f"401/imgs/{number:06d}.jpg")
    first, _ = w300vw.read(tmp_path, "A")
    assert (first.image.name, first.frame) == ("000731.jpg", None)
    assert first.read().shape == (48, 64, 3)


def test_broken_frames_are_left_out_where_they_are_listed(tmp_path):
    write_clip(tmp_path / "001", 3)
    (tmp_path / "extra").mkdir()
    savemat(tmp_path / "extra/001.mat", {"error": [[1, 3]]})
    assert [s.name for s in w300vw.read(tmp_path, "train")] == ["001/000002"]


def test_an_unknown_split_and_an_absent_one_are_refused(tmp_path):
    with pytest.raises(InputError, match="unknown 300-VW split 'D'"):
        w300vw.read(tmp_path, "D")
    with pytest.raises(InputError, match="no clips of 300-VW C"):
        w300vw.read(tmp_path, "C")


def test_real_frames_are_read(real_data):
    if not (folder := real_data / "300vw_samples").is_dir():
        pytest.skip(f"no {folder}")
    assert [s.name for s in w300vw.read(folder, "A")] == ["401/000731", "401/000732"]
