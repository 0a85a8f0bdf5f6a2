import itertools

import cv2
import numpy as np
import pytest

from flm.errors import InputError
from flm.video.frames import FOLDER_RATE, frames, rate


def film(path, count: int = 12, rate: float = 20.0, size: tuple[int, int] = (64, 48)):
    """A video whose n-th frame is grey, 20 n bright."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, size)
    for i in range(count):
        writer.write(np.full((size[1], size[0], 3), 20 * i % 256, np.uint8))
    writer.release()
    return path


def test_frames_come_in_order_with_their_times(tmp_path):
    found = list(frames(str(film(tmp_path / "a.avi"))))
    assert [frame.number for frame in found] == list(range(12))
    assert [frame.image.mean() / 20 for frame in found] == pytest.approx(range(12), abs=0.2)
    assert np.diff([frame.time for frame in found]) == pytest.approx(1 / 20, abs=1e-3)


def test_a_folder_is_a_video_too(tmp_path):
    for name in ("b.png", "a.png"):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), ord(name[0]), np.uint8))
    first, second = frames(str(tmp_path))
    assert (first.image.max(), second.image.max()) == (ord("a"), ord("b"))
    assert second.time - first.time == pytest.approx(1 / FOLDER_RATE)


def test_a_video_cut_short_says_so(tmp_path, caplog):
    path = film(tmp_path / "a.avi", 60)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = list(frames(str(path)))
    assert 0 < len(found) < 60
    assert "it may be cut off" in caplog.text


class Camera:
    """Gives three pictures and goes away; its clock stands still."""

    def __init__(self, *_):
        self.left = 3

    def isOpened(self):
        return True

    def get(self, _):
        return 0.0

    def read(self):
        self.left -= 1
        return self.left >= 0, np.zeros((4, 4, 3), np.uint8)

    def release(self):
        self.released = True


def test_times_grow_and_a_camera_that_goes_away_is_no_error(monkeypatch, caplog):
    camera = Camera()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: camera)
    monkeypatch.setattr("time.monotonic", lambda: 5.0)
    times = [frame.time for frame in frames("0")]
    assert times[0] < times[1] < times[2]
    assert "camera 0 gave no more pictures after 3" in caplog.text
    assert camera.released


def test_a_source_is_let_go_when_nobody_wants_more(monkeypatch):
    camera = Camera()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: camera)
    some = frames("0")
    list(itertools.islice(some, 1))
    some.close()
    assert camera.released


def test_what_cannot_be_opened_says_so(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "empty").mkdir()
    for source, message in (
        (tmp_path / "nothing.mp4", "nothing.mp4: no such file or folder"),
        (tmp_path / "text.mp4", "text.mp4: no video that OpenCV can decode"),
        (tmp_path / "empty", "empty: no pictures"),
    ):
        with pytest.raises(InputError, match=message):
            next(frames(str(source)))


def test_a_rate_is_one_that_films_can_be_written_at(tmp_path):
    film = cv2.VideoWriter(str(tmp_path / "fast.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 239.914, (32, 32))
    film.write(np.zeros((32, 32, 3), np.uint8))
    film.release()
    assert rate(str(tmp_path / "fast.avi")) == 239.91
    assert rate("0") == FOLDER_RATE
