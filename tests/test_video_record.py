import csv
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from flm import markup
from flm.errors import InputError
from flm.shape import mean_shape
from flm.video.follow import Face
from flm.video.record import record


@pytest.fixture
def film(tmp_path) -> str:
    """Ten grey frames, 20 a second."""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (160, 120))
    for _ in range(10):
        writer.write(np.full((120, 160, 3), 90, np.uint8))
    writer.release()
    return str(path)


def follower(stop_at: int | None = None):
    """Finds face 3 in every frame, one pixel farther to the right each time; Ctrl-C is pressed at frame `stop_at`."""
    shape = 30 * mean_shape()[:, :2] + [80, 60]

    def follow(frame):
        if frame.number == stop_at:
            raise KeyboardInterrupt
        found = (shape + [frame.number, 0]).astype(np.float32)
        return [Face(3, found, np.concatenate([found.min(0), found.max(0)]), 0.25)]

    follow.predictor, follow.detections = SimpleNamespace(markup=markup.IBUG68), 1
    return follow


def overlay_frames(path) -> list[np.ndarray]:
    capture, found = cv2.VideoCapture(str(path)), []
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(20)
    while (answer := capture.read())[0]:
        found.append(answer[1])
    return found


def test_table_overlay_and_summary_hold_what_was_found(film, tmp_path):
    summary = record(film, follower(), tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "faces.csv").open()))
    assert len(rows) == 10 and [float(row["seconds"]) for row in rows] == pytest.approx(np.arange(10) / 20, abs=1e-3)
    assert float(rows[9]["x30"]) - float(rows[0]["x30"]) == pytest.approx(9, abs=0.02)
    shown = overlay_frames(tmp_path / "out" / "overlay.mp4")
    assert len(shown) == 10 and np.ptp(shown[0]) > 60, "points are drawn"
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["frames"] == summary["frames"] == 10
    assert summary["frames_of_faces"] == {3: 10}


def test_what_was_found_until_ctrl_c_is_kept(film, tmp_path):
    assert record(film, follower(stop_at=4), tmp_path / "out")["frames"] == 4
    assert len(overlay_frames(tmp_path / "out" / "overlay.mp4")) == 4
    assert len((tmp_path / "out" / "faces.csv").read_text().splitlines()) == 5


def test_a_window_wants_a_screen(film, tmp_path, monkeypatch):
    """Qt would end the process."""
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(screen, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(InputError, match="window: no screen here"):
        record(film, follower(), tmp_path / "out", show=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
def test_nothing_is_left_where_nothing_was_found(film, tmp_path, error):
    source = film if error is KeyboardInterrupt else str(tmp_path / "nothing.mp4")
    with pytest.raises(error):
        record(source, follower(stop_at=0), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
