from types import SimpleNamespace

import numpy as np
import pytest
from conftest import write_picture

from flm import data, evaluate
from flm.data import w300vw
from flm.data.pts import write_pts
from flm.errors import InputError
from flm.video import clips
from flm.video.clips import by_clip, follow_clips
from flm.video.follow import Face

POINTS = np.random.default_rng(0).uniform(20, 40, (68, 2)).astype(np.float32)
POINTS[36], POINTS[45] = (20, 30), (70, 30)  # the outer corners of the eyes


def write_walk(root, clip: str, frames: int):
    """A clip in which a face walks to the right, two pixels a frame, after 25 frames at rest; returns its truth."""
    truth = [POINTS + [2 * max(0, i - 25), 0] for i in range(frames)]
    for number, landmarks in enumerate(truth, 1):
        write_pts(root / clip / f"annot/{number:06d}.pts", landmarks.astype(np.float32))
        write_picture(root / clip / f"imgs/{number:06d}.png", width=200)
    return truth


@pytest.fixture
def videos(tmp_path, monkeypatch):
    """300-VW with clip 114 of 60 frames and clip 124 of 3."""
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    write_walk(tmp_path / "300vw", "114", 60)
    write_walk(tmp_path / "300vw", "124", 3)
    return data.load("300vw/A")


class Walker:
    """In place of a follower: begins anew at each clip, loses the first frame, and is one pixel too low."""

    detections = 1

    def __init__(self, predictor):
        self.seen = 0

    def __call__(self, frame):
        assert frame.number == self.seen
        self.seen += 1
        points = POINTS + [2 * max(0, frame.number - 25), 1]
        return [Face(0, points, np.concatenate([points.min(0), points.max(0)]), 1.0)] if frame.number else []


def test_each_clip_is_followed_from_its_first_frame(videos, monkeypatch):
    monkeypatch.setattr(clips, "Follower", Walker)
    found = follow_clips(SimpleNamespace(markup=SimpleNamespace(n=68)), videos)
    assert found.shape == (63, 68, 2)
    assert np.flatnonzero(np.isnan(found).all((1, 2))).tolist() == [0, 60]
    first, second = by_clip(found, videos).values()
    one_pixel = 100 / 50  # %
    assert (first["frames"], second["frames"]) == (60, 3)
    assert (first["nme"], second["nme"]) == pytest.approx((one_pixel, one_pixel), rel=1e-3)
    assert first["fr8"] == pytest.approx(100 / 60) and second["fr8"] == pytest.approx(100 / 3)
    assert first["auc8"] == pytest.approx(59 / 60 * (1 - one_pixel / 8), rel=1e-3)
    assert first["jitter"] == pytest.approx(0, abs=1e-3)
    assert first["lag"] == pytest.approx(0, abs=0.05)
    assert second["lag"] is None, "too short to tell"


def test_a_clip_without_its_face_has_failed_and_no_more_is_known(videos):
    lost = np.full((63, 68, 2), np.nan)
    for clip in by_clip(lost, videos).values():
        assert (clip["nme"], clip["jitter"], clip["lag"]) == (None, None, None)
        assert (clip["auc8"], clip["fr8"]) == (0, 100)


def test_following_is_a_way_to_evaluate(videos, monkeypatch):
    monkeypatch.setattr(clips, "Follower", Walker)
    predictor = SimpleNamespace(markup=SimpleNamespace(n=68))
    found = evaluate.predict(predictor, videos, "following")
    np.testing.assert_array_equal(found, follow_clips(predictor, videos))


def test_pictures_without_order_are_not_followed(tmp_path):
    sample = data.Sample(write_picture(tmp_path / "a.png"), POINTS, "ibug68", "a", "300w", "val")
    with pytest.raises(InputError, match="300w: found faces without order, expected clips"):
        follow_clips(SimpleNamespace(), [sample])


def test_frames_are_named_after_their_clip(videos):
    """By which they are put together."""
    assert {sample.name.partition("/")[0] for sample in videos} == {"114", "124"} < set(w300vw.CLIPS["A"])
