from types import SimpleNamespace

import numpy as np
import pytest

from flm.data.sample import landmark_box
from flm.detect import Detection
from flm.shape import mean_shape
from flm.video.follow import Follower, Rules
from flm.video.frames import Frame
from flm.video.smooth import Smoothing

SHAPE = mean_shape()[:, :2]
PICTURE = np.zeros((480, 640, 3), np.uint8)


class World:
    """Faces that are where `places` says at each time: what a perfect detector and a perfect network see of them."""

    def __init__(self, places):
        self.places, self.now, self.searches = places, 0, 0

    def faces(self) -> list[np.ndarray]:
        return [40 * SHAPE + place for place in self.places(self.now)]

    def detect(self, _) -> list[Detection]:
        self.searches += 1
        return [Detection(np.concatenate([face.min(0), face.max(0)]), 1.0) for face in self.faces()]

    def with_confidence(self, images, boxes):
        """The face that is nearest to the middle of each box, surely where it is near."""
        found, sure = [], []
        for box in boxes:
            middle = (box[:2] + box[2:]) / 2
            distance = [np.linalg.norm(face.mean(0) - middle) for face in self.faces()] or [np.inf]
            near = min(distance) < 40
            found.append(self.faces()[int(np.argmin(distance))] if near else 10 * SHAPE + middle)
            sure.append(0.25 if near else 0.05)
        return np.stack(found), np.array(sure)

    def follow(self, count: int, rules: Rules, smoothing: Smoothing | None = None) -> list[list]:
        predictor = SimpleNamespace(with_confidence=self.with_confidence, box=landmark_box, usual_confidence=0.25)
        follower = Follower(predictor, rules, smoothing, self.detect)
        found = []
        for self.now in range(count):
            found.append(follower(Frame(self.now, self.now / 30, PICTURE)))
        return found


def numbers(found: list[list]) -> list[list[int]]:
    return [sorted(face.number for face in faces) for faces in found]


def test_two_faces_keep_their_numbers_and_are_seldom_searched_for():
    world = World(lambda t: [np.array([150 + 2 * t, 200]), np.array([500 - 2 * t, 300])])
    found = world.follow(60, Rules(every=15))
    assert numbers(found) == [[0, 1]] * 60
    assert world.searches == 4
    first = [next(face for face in faces if face.number == 0) for faces in found]
    np.testing.assert_allclose(
        [face.landmarks.mean(0)[0] for face in first], 150 + 2 * np.arange(60) + 40 * SHAPE.mean(0)[0]
    )


def test_a_newcomer_is_found_at_the_next_search_and_who_leaves_is_lost_at_once():
    world = World(lambda t: [np.array([150, 200])] + ([np.array([450, 200])] if 20 <= t < 50 else []))
    found = numbers(world.follow(70, Rules(every=15)))
    assert found[:20] == [[0]] * 20 and found[50:] == [[0]] * 20
    assert found[31:50] == [[0, 1]] * 19


def test_a_face_that_comes_back_soon_is_the_same_one_and_later_another():
    soon = World(lambda t: [] if 10 <= t < 20 else [np.array([300, 200])])
    late = World(lambda t: [] if 10 <= t < 50 else [np.array([300, 200])])
    assert numbers(soon.follow(30, Rules()))[-1] == [0]
    assert numbers(late.follow(60, Rules()))[-1] == [1]


def test_nobody_is_followed_twice_and_not_more_than_asked_for():
    crowd = World(lambda _: [np.array([80 + 90 * i, 200]) for i in range(6)])
    assert numbers(crowd.follow(3, Rules(most=4, every=1)))[-1] == [0, 1, 2, 3]
    alone = World(lambda _: [np.array([300, 200])])
    twice = 2 * alone.detect(PICTURE)
    alone.detect = lambda *_: twice
    assert numbers(alone.follow(3, Rules(every=1)))[-1] == [0]


def test_a_box_within_that_leads_to_a_followed_face_is_nobody_new():
    world = World(lambda t: [np.array([300, 200])])
    middle = world.faces()[0].mean(0)
    nose = np.array([*(middle - 10), *(middle + 10)], np.float32)
    world.detect = lambda *_: [Detection(landmark_box(world.faces()[0]), 1.0), Detection(nose, 0.9)]
    assert numbers(world.follow(5, Rules(every=1))) == [[0]] * 5


def test_a_face_that_leaves_the_picture_is_lost():
    world = World(lambda t: [np.array([600 + 4 * t, 200])])
    assert numbers(world.follow(40, Rules(every=100)))[-1] == []


def test_smoothing_steadies_what_is_told_but_not_what_is_followed():
    noise = np.random.default_rng(0).normal(0, 1.5, (60, 68, 2))
    world = World(lambda t: [np.array([300, 200]) + noise[t]])
    raw = np.stack([faces[0].landmarks for faces in world.follow(60, Rules())])
    smooth = np.stack([faces[0].landmarks for faces in world.follow(60, Rules(), Smoothing())])
    assert np.diff(smooth, axis=0).std() < 0.4 * np.diff(raw, axis=0).std()
    assert world.follow(1, Rules(), Smoothing())[0][0].landmarks == pytest.approx(raw[0])


@pytest.mark.parametrize("doubts", [1, 2])
def test_a_face_of_which_the_network_is_unsure_for_a_moment_keeps_its_number(doubts):
    """Where it was, and, with a second doubt, where the detector sees it too: then it is lost for a frame."""
    world = World(lambda t: [np.array([300, 200])])
    sure, left = world.with_confidence, iter(range(doubts))

    def doubtful(images, boxes):
        found, confidence = sure(images, boxes)
        unsure = world.now == 3 and next(left, None) is not None
        return found, 0 * confidence if unsure else confidence

    world.with_confidence = doubtful
    assert numbers(world.follow(6, Rules())) == [[0]] * 3 + [[0] if doubts == 1 else []] + [[0]] * 2


def test_landmarks_that_fall_together_are_no_face():
    world = World(lambda t: [np.array([300, 200])])
    world.faces = lambda: [np.full((68, 2), 300.0)]
    world.detect = lambda *_: [Detection(np.array([250, 150, 350, 250], np.float32), 1.0)]
    assert numbers(world.follow(3, Rules())) == [[]] * 3
