"""Faces followed from frame to frame: detected now and then, found again where their landmarks were."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from flm.detect import Detection, detect, overlap
from flm.errors import InputError
from flm.predict import Predictor
from flm.video.frames import Frame
from flm.video.smooth import Smoothing, Steady

_SAME = 0.3  # overlap from which two boxes are of one face
NEVER = 10**9
"""As Rules.every: faces are searched for only while nobody is followed."""
_FAST = partial(detect, by="blazeface")
_ABSENT = 1.0  # seconds after which a face that was lost and comes back is another one


@dataclass(frozen=True)
class Face:
    """A face in a frame: number, which it keeps while it is followed; landmarks (n, 2), smoothed if that is wanted;
    its box (4,), see Predictor.box; confidence, see Predictor.with_confidence.
    """

    number: int
    landmarks: np.ndarray
    box: np.ndarray
    confidence: float


@dataclass(frozen=True)
class Rules:
    """every: frames from one detection to the next; while nobody is followed, every frame is searched.

    sure: confidence below which a face is lost, in what the network usually has. most: faces that are followed at most.
    """

    every: int = 15
    sure: float = 0.8
    most: int = 8

    def __post_init__(self):
        if self.every < 1:
            raise InputError(f"every {self.every}: expected 1 frame or more from one detection to the next")


class Follower:
    """Call it with each frame in turn.

    detector: faces in a picture (h, w, 3) uint8 RGB, the surest first; BlazeFace, unless another one is given.
    detections: how often it searched a whole frame.
    """

    def __init__(
        self,
        predictor: Predictor,
        rules: Rules | None = None,
        smoothing: Smoothing | None = None,
        detector: Callable[[np.ndarray], list[Detection]] = _FAST,
    ):
        self.predictor, self.rules, self.smoothing, self.detector = predictor, rules or Rules(), smoothing, detector
        self.detections = 0
        self._faces: list[Face] = []
        self._filters: dict[int, Steady] = {}
        self._lost: dict[int, tuple[np.ndarray, float]] = {}  # box and time of faces that were followed lately
        self._next = 0
        self._since_detection = self.rules.every

    def __call__(self, frame: Frame) -> list[Face]:
        """The faces in a frame."""
        followed = self._find(frame, [(face.number, face.box) for face in self._faces])
        self._remember(followed, frame.time)
        self._since_detection += 1
        if not followed or self._since_detection >= self.rules.every:
            followed += self._newcomers(frame, followed)
            self._remember(followed, frame.time)
        return [self._smoothed(face, frame.time) for face in followed]

    def _find(self, frame: Frame, known: list[tuple[int, np.ndarray]]) -> list[Face]:
        """Faces near known boxes, without those that are not there any more and those that another one stands for."""
        if not known:
            return []
        numbers, boxes = zip(*known, strict=True)
        landmarks, confidence = self.predictor.with_confidence([frame.image] * len(boxes), list(boxes))
        least = self.rules.sure * self.predictor.usual_confidence
        kept: list[Face] = []
        for number, points, sure in zip(numbers, landmarks, confidence, strict=True):
            face = Face(number, points, self.predictor.box(points), float(sure))
            twin = any(_are_twins(face, other) for other in kept)
            if sure >= least and not twin and _is_seen(face.box, frame.image):
                kept.append(face)
        return kept

    def _newcomers(self, frame: Frame, followed: list[Face]) -> list[Face]:
        self.detections += 1
        self._since_detection = 0
        new = [
            found.box
            for found in self.detector(frame.image)
            if all(overlap(found.box, face.box) < _SAME for face in followed)
        ][: self.rules.most - len(followed)]
        numbered: dict[int, np.ndarray] = {}
        for box in new:
            numbered[self._number(box, numbered)] = box
        rough = self._find(frame, list(numbered.items()))
        # A second pass, in the box of the first one's landmarks, as everywhere.
        found = self._find(frame, [(face.number, face.box) for face in rough])
        return [face for face in found if not any(_are_twins(face, other) for other in followed)]

    def _number(self, box: np.ndarray, taken: Collection[int]) -> int:
        """That of the face that was lost here a moment ago, or a new one."""
        for number, (last, _) in self._lost.items():
            if number not in taken and overlap(box, last) >= _SAME:
                return number
        self._next += 1
        return self._next - 1

    def _remember(self, faces: list[Face], time: float) -> None:
        present = {face.number for face in faces}
        gone = {face.number: (face.box, time) for face in self._faces if face.number not in present}
        lost = (self._lost | gone).items()
        self._lost = {number: one for number, one in lost if number not in present and time - one[1] <= _ABSENT}
        self._filters = {number: steady for number, steady in self._filters.items() if number in present}
        self._faces = faces

    def _smoothed(self, face: Face, time: float) -> Face:
        if self.smoothing is None:
            return face
        steady = self._filters.setdefault(face.number, Steady(self.smoothing))
        return replace(face, landmarks=steady(face.landmarks, time))


def _are_twins(one: Face, other: Face) -> bool:
    """Whether two are the same face of the picture, found from two boxes."""
    return overlap(one.box, other.box) > 2 * _SAME


def _is_seen(box: np.ndarray, image: np.ndarray) -> bool:
    """Whether a box has an inside, and at least half of that is in the picture."""
    height, width = image.shape[:2]
    inside = np.clip(box, 0, [width, height, width, height])
    return 0 < float(np.prod(box[2:] - box[:2])) <= 2 * float(np.prod(inside[2:] - inside[:2]))
