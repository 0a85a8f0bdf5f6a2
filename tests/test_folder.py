import numpy as np
import pytest
from conftest import draw_face, write_face, write_picture

from flm.data import folder
from flm.errors import InputError


def test_pts_count_from_1_and_csv_from_0(tmp_path):
    landmarks = write_face(tmp_path / "b.jpg")
    np.savetxt(write_picture(tmp_path / "a.PNG").with_suffix(".csv"), landmarks, delimiter=",", header="x,y")
    samples = folder.read(tmp_path, "all")
    assert [s.name for s in samples] == ["a.PNG", "b.jpg"]
    assert all(np.array_equal(s.landmarks, landmarks) for s in samples)


def test_a_picture_without_labels_is_refused(tmp_path):
    write_picture(tmp_path / "a.jpg")
    with pytest.raises(InputError, match=r"expected a\.pts or a\.csv"):
        folder.read(tmp_path, "all")


def test_points_that_fall_together_are_no_face(tmp_path):
    """What some tools write where they found nothing."""
    np.savetxt(write_picture(tmp_path / "a.png").with_suffix(".csv"), np.zeros((68, 2)), delimiter=",")
    with pytest.raises(InputError, match=r"a\.png: the box of face a\.png is \[0\.0, .*expected one with an inside"):
        folder.read(tmp_path, "all")


def test_other_markups_empty_folders_and_other_splits_are_refused(tmp_path):
    with pytest.raises(InputError, match="no pictures"):
        folder.read(tmp_path, "all")
    with pytest.raises(InputError, match="only 'all'"):
        folder.read(tmp_path, "train")
    np.savetxt(write_picture(tmp_path / "a.png").with_suffix(".csv"), draw_face(98), delimiter=",")
    with pytest.raises(InputError, match="found 98 points, expected 68"):
        folder.read(tmp_path, "all")
