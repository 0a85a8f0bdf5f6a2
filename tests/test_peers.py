import json
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from test_fit import TINY

from flm import data, markup, metrics, peers, peers_worker
from flm.errors import InputError
from flm.training import fit


def test_peers_look_in_a_square_twice_as_wide_as_the_face():
    for sample in data.load("stand-in/test")[:3]:
        bounds = peers._bounds(sample)
        square, framed = peers_worker.square(str(sample.image), bounds), np.pad(sample.read(), ((500,), (500,), (0,)))
        left, top, right, bottom = np.add(bounds, 500)
        np.testing.assert_array_equal(square, framed[top:bottom, left:right])
        side = bounds[2] - bounds[0]
        assert side == bounds[3] - bounds[1] == pytest.approx(2 * np.ptp(sample.box.reshape(2, 2), axis=0).max(), abs=1)


def test_the_worker_writes_what_each_peer_finds(tmp_path, monkeypatch):
    class Middle:
        """Finds a point in the middle of what it is shown, nothing in small pictures."""

        def __call__(self, image):
            height, width = image.shape[:2]
            return np.array([[width / 2, height / 2]], np.float32) if width > 20 else None

        follow = __call__

    picture, video = tmp_path / "a.png", tmp_path / "film.avi"
    cv2.imwrite(str(picture), np.zeros((100, 100, 3), np.uint8))
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for _ in range(5):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    job = {"pictures": [(str(picture), [-10, 20, 30, 60]), (str(picture), [0, 0, 10, 10])], "video": str(video)}
    (tmp_path / "job.json").write_text(json.dumps(job))
    monkeypatch.setattr(peers_worker, "PEERS", {"middle": (Middle, 1)})
    monkeypatch.setattr("sys.argv", ["peers_worker.py", str(tmp_path / "job.json"), str(tmp_path / "found.npz")])
    peers_worker.main()
    found = np.load(tmp_path / "found.npz")
    np.testing.assert_array_equal(found["middle.landmarks"][0], [[10, 40]])
    assert np.isnan(found["middle.landmarks"][1]).all()
    assert (len(found["middle.seconds"]), len(found["middle.video_seconds"])) == (2, 5)


def test_the_table_tells_errors_and_missed_faces_from_what_was_found(monkeypatch):
    train, test = data.load("stand-in/train")[:20], data.load("stand-in/test")[:10]
    truth, folder = np.stack([sample.landmarks for sample in train + test]), fit(TINY).folder
    lost = truth.copy()
    lost[-3:] = np.nan

    def found(samples, film, folder):
        seconds = np.full(len(samples), 0.01)
        landmarks = {"dlib": lost, "mediapipe": np.concatenate([truth] * 7, 1)[:, :468] + 5}
        return {f"{name}.landmarks": value for name, value in landmarks.items()} | {
            f"{name}.{what}": seconds for name in landmarks for what in ("seconds", "video_seconds")
        }

    target = SimpleNamespace(train="train", test="test", title="ten faces")
    monkeypatch.setattr(peers.data, "benchmark", lambda: target)
    monkeypatch.setattr(peers.data, "load", {"train": train, "test": test}.get)
    monkeypatch.setattr(peers, "_found", found)
    monkeypatch.setattr(peers, "_film", lambda path, predictor: path)
    monkeypatch.setattr(peers, "frames", lambda source: [])
    monkeypatch.setattr(peers, "timed", lambda work, over: (list(map(work, over)), np.full(10, 0.02)))
    measured = peers.bench_peers(folder)
    rows = {row["name"]: row for row in measured["rows"]}
    assert rows["dlib"]["missed"] == 3 and rows["dlib"]["nme"]["mean"] == pytest.approx(0, abs=1e-4)
    assert rows["dlib"]["picture_ms"] == pytest.approx(10) and rows["dlib"]["frames_per_second"] == pytest.approx(100)
    unadapted, adapted = rows["mediapipe"], rows["mediapipe, adapted"]
    nearest = metrics.nme(truth[20:] + 5, truth[20:], markup.IBUG68).mean()  # some other point may be nearer
    assert unadapted["missed"] == 0 and unadapted["nme"]["mean"] <= nearest
    assert adapted["nme"]["mean"] < 0.6 * nearest
    assert "research" in adapted["licence"] and "research" not in unadapted["licence"]
    assert rows["mtcnn"]["points"] == 5 and rows["flm"]["points"] == 68
    assert rows["flm, adapted"]["nme"]["mean"] < rows["flm"]["nme"]["mean"]
    assert all(name in peers.table(measured) for name in rows)


def test_a_worker_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "_python", lambda: sys.executable)
    (tmp_path / "found.npz").mkdir()
    with pytest.raises(InputError, match=r"peers failed: \w*Error"):
        peers._found([], tmp_path / "film.avi", tmp_path)
