import numpy as np
import pytest
from test_video_follow import PICTURE, SHAPE

from flm.video.follow import Face
from flm.video.frames import Frame
from flm.video.watch import watch, watch_unlabelled


def film(count: int = 60):
    """A face that stands still for 20 frames, then walks to the right, three pixels a frame."""
    for i in range(count):
        truth = (40 * SHAPE + [200 + 3 * max(0, i - 20), 200]).astype(np.float32)
        yield Frame(i, i / 30, PICTURE), truth


class Answers:
    """Says of each frame what `of` says, and counts two detections."""

    detections = 2

    def __init__(self, of):
        self.of, self.truth = of, [truth for _, truth in film()]

    def __call__(self, frame: Frame) -> list[Face]:
        return [
            Face(number, points.astype(np.float32), np.concatenate([points.min(0), points.max(0)]), 0.3)
            for number, points in self.of(self.truth, frame.number)
        ]


def test_who_is_right_has_no_error():
    seen = watch(Answers(lambda truth, i: [(4, truth[i])]), film()).summary()
    assert (seen["nme"], seen["failures"], seen["switches"], seen["detections"]) == (0, 0, 0, 2)
    assert seen["jitter"] == seen["jitter_still"] == 0
    assert seen["lag"] == pytest.approx(0, abs=0.05)


def test_who_is_late_lags_and_who_trembles_jitters():
    late = watch(Answers(lambda truth, i: [(0, truth[max(0, i - 2)])]), film()).summary()
    assert late["lag"] == pytest.approx(2, abs=0.1) and late["jitter_still"] == 0
    tremble = watch(Answers(lambda truth, i: [(0, truth[i] + (-1) ** i)]), film()).summary()
    apart = 40  # pixels between the outer eye corners
    assert tremble["jitter_still"] == pytest.approx(100 * 2 * np.sqrt(2) / apart, rel=0.01)
    assert tremble["nme"] == pytest.approx(100 * np.sqrt(2) / apart, rel=0.01)


def test_frames_without_the_face_are_failures_and_another_number_is_a_switch():
    def answer(truth, i):
        if i < 10:
            return []
        if i < 15:
            return [(7, truth[i] + 300)]  # somebody else
        return [(7, truth[i] + 300), (1 if i < 40 else 2, truth[i])]

    seen = watch(Answers(answer), film()).summary()
    assert seen["failures"] == pytest.approx(15 / 60)
    assert (seen["switches"], seen["nme"]) == (1, 0)


def test_smoothing_begins_anew_where_the_face_was_lost():
    class Late:
        """Says what it was told a frame before."""

        def __init__(self):
            self.last = None

        def __call__(self, landmarks, time):
            answer, self.last = landmarks if self.last is None else self.last, landmarks
            return answer

    seen = watch(Answers(lambda truth, i: [] if i == 30 else [(0, truth[i])]), film())
    late = seen.smoothed(Late, 30)
    np.testing.assert_array_equal(late.landmarks[25], seen.truth[24])
    np.testing.assert_array_equal(late.landmarks[31], seen.truth[31])
    assert np.isnan(late.landmarks[30]).all() and np.isinf(late.errors[30])
    assert late.errors[32] > 0 == seen.errors[32]


def test_without_truth_there_is_still_shaking():
    frames = [frame for frame, _ in film()]
    calm = watch_unlabelled(Answers(lambda truth, i: [(3, truth[0] + 9), (1, truth[0])] if i else []), frames)
    assert calm.shaking == 0 and calm.numbers.tolist() == [-1] + [1] * 59
    np.testing.assert_array_equal(calm.landmarks[5], next(film())[1])
    tremble = watch_unlabelled(Answers(lambda truth, i: [(0, truth[0] + (-1) ** i)]), frames)
    assert tremble.shaking == pytest.approx(100 * 4 * np.sqrt(2) / 40, rel=0.01)
