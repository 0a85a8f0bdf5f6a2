import numpy as np
import pytest
from conftest import draw_face

from flm.data.pts import read_pts, read_text_landmarks, write_pts
from flm.errors import InputError


def test_pts_files_count_from_1(tmp_path):
    file = tmp_path / "a.pts"
    file.write_text("version: 1\nn_points: 2\n{\n1 1\n10.5 20\n}\n")
    assert read_pts(file, 2).tolist() == [[0, 0], [9.5, 19]]


def test_written_pts_read_back(tmp_path):
    landmarks = draw_face(68)
    write_pts(tmp_path / "a.pts", landmarks)
    assert np.array_equal(read_pts(tmp_path / "a.pts", 68), landmarks)


@pytest.mark.parametrize("text", ["1 1\n10.5 20\n", "version:1\r\nn_points:2\r\n{\r\n1\t1\r\n10.5 20\r\n}\r\n"])
def test_the_header_may_be_missing_and_lines_end_as_in_windows(tmp_path, text):
    file = tmp_path / "a.pts"
    file.write_bytes(text.encode())
    assert read_pts(file, 2).tolist() == [[0, 0], [9.5, 19]]


def test_the_mark_that_excel_begins_files_with_is_no_landmark(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x,y\n1,2\n", encoding="utf-8-sig")
    assert read_text_landmarks(file, 1).tolist() == [[1, 2]]
    file.write_text("1,2\n", encoding="utf-8-sig")
    assert read_text_landmarks(file, 1).tolist() == [[1, 2]]


def test_a_zero_in_pts_is_suspicious(tmp_path):
    file = tmp_path / "a.pts"
    file.write_text("0 5\n3 4\n")
    with pytest.warns(UserWarning, match="count from 1"):
        read_pts(file, 2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1 2\n", "found 1 points, expected 2"),
        ("1 2\n3 4\n5 6\n", "found 3 points, expected 2"),
        ("1 2\n3 4 5\n", "expected two numbers"),
        ("1 2\nnan 4\n", "point 1"),
        ("1 2\nx 4\n", "no number"),
        ("", "found 0 points"),
    ],
)
def test_broken_files_are_refused(tmp_path, text, complaint):
    file = tmp_path / "a.pts"
    file.write_text(text)
    with pytest.raises(InputError, match=complaint) as error:
        read_pts(file, 2)
    assert str(file) in str(error.value)


def test_missing_and_binary_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_pts(tmp_path / "a.pts", 2)
    (tmp_path / "b.pts").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="not text"):
        read_pts(tmp_path / "b.pts", 2)


@pytest.mark.parametrize("text", ["0 0\n9.5 19\n", "0,0\n9.5,19\n", "x,y\n0,0\n9.5,19\n", "0.0e0;0\n9.5e+0; 19\n"])
def test_text_landmarks_count_from_0(tmp_path, text):
    file = tmp_path / "a.csv"
    file.write_text(text)
    assert read_text_landmarks(file, 2).tolist() == [[0, 0], [9.5, 19]]
