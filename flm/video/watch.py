"""A follower on a film whose truth is known: errors, jitter and lag, and how often it lost or mistook somebody."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from flm import markup, metrics
from flm.data.sample import landmark_box
from flm.detect import overlap
from flm.video.follow import Face, Follower
from flm.video.frames import Frame
from flm.video.measure import jitter, lag, shaking

_SAME = 0.3  # overlap of boxes from which a face is the one that was meant
_STILL = 0.1  # % of the distance between the eyes a frame: slower is standing still
_FAILED = 8.0  # NME, %, from which a face counts as not found


@dataclass(frozen=True)
class Watched:
    """What a follower said of one face in t frames.

    landmarks: (t, points, 2), NaN where it was lost. truth: (t, 68, 2). numbers: (t,), its own, -1 where it was lost.
    seconds: (t,) that it took. detections: how often a whole frame was searched.
    """

    landmarks: np.ndarray
    truth: np.ndarray
    numbers: np.ndarray
    seconds: np.ndarray
    detections: int

    @property
    def errors(self) -> np.ndarray:
        """Inter-ocular NME of each frame, %, (t,); infinite where the face was lost."""
        return metrics.nme(self.landmarks, self.truth, markup.IBUG68)

    @property
    def shaking(self) -> float:
        """How much the landmarks shake, without asking for the truth, see flm.video.measure.shaking."""
        return shaking(self.landmarks, metrics.normaliser(self.landmarks, markup.IBUG68))

    def smoothed(self, filters: Callable[[], Callable[[np.ndarray, float], np.ndarray]], rate: float) -> "Watched":
        """The same with landmarks filtered, as a follower does it: from where the face was lost, by a new filter.

        filters: makes one, see flm.video.smooth.Steady. rate: frames a second.
        """
        smooth, steady = self.landmarks.copy(), None
        for number, landmarks in enumerate(self.landmarks):
            lost = np.isnan(landmarks).any()
            steady = None if lost else steady or filters()
            if steady:
                smooth[number] = steady(landmarks, number / rate)
        return replace(self, landmarks=smooth)

    def summary(self) -> dict[str, float | None]:
        """nme, % of frames with the face; failures, share of all frames in which it is lost or above 8 %; jitter, % of
        the distance between the eyes a frame, also where the face stands still; lag, frames; detections; switches, how
        often the face got another number; milliseconds a frame, median. None where there is nothing to measure it on.
        """
        size = metrics.normaliser(self.truth, markup.IBUG68)
        errors = self.errors
        speed = 100 * np.linalg.norm(np.diff(self.truth, axis=0), axis=2).max(1) / size[1:]
        still = np.concatenate([[False], speed < _STILL])
        resting = np.where(still[:, None, None], self.landmarks, np.nan)
        known = self.numbers[self.numbers >= 0]
        return {
            "nme": float(errors[self.numbers >= 0].mean()) if len(known) else None,
            "failures": float(1 - (errors < _FAILED).mean()),
            "jitter": jitter(self.landmarks, self.truth, size),
            "jitter_still": jitter(resting, self.truth, size),
            "lag": lag(self.landmarks, self.truth),
            "detections": self.detections,
            "switches": int((np.diff(known) != 0).sum()),
            "milliseconds": 1e3 * float(np.median(self.seconds)),
        }


def watch(follower: Follower, film: Iterable[tuple[Frame, np.ndarray]], points: int = 68) -> Watched:
    """Let a follower of so many points see a film: pairs of a frame and the true landmarks (68, 2) of one face in it.

    What it says can be summed up if those are the same 68.
    """

    def meant(faces: list[Face], truth: np.ndarray) -> Face | None:
        box = landmark_box(truth)
        face = max(faces, key=lambda face: overlap(face.box, box), default=None)
        return face if face and overlap(face.box, box) >= _SAME else None

    return _watch(follower, film, points, meant)


def watch_unlabelled(follower: Follower, frames: Iterable[Frame]) -> Watched:
    """Let a follower of 68 points see frames whose truth nobody knows, NaN: what it says of the face it saw first."""
    unknown = np.full((68, 2), np.nan, np.float32)
    film = ((frame, unknown) for frame in frames)
    return _watch(follower, film, 68, lambda faces, _: min(faces, key=lambda face: face.number, default=None))


def _watch(
    follower: Follower,
    film: Iterable[tuple[Frame, np.ndarray]],
    points: int,
    chosen: Callable[[list[Face], np.ndarray], Face | None],
) -> Watched:
    lost = np.full((points, 2), np.nan, np.float32)
    found, true, numbers, seconds = [], [], [], []
    for frame, truth in film:
        start = time.perf_counter()
        faces = follower(frame)
        seconds.append(time.perf_counter() - start)
        face = chosen(faces, truth)
        found.append(face.landmarks if face else lost)
        numbers.append(face.number if face else -1)
        true.append(truth)
    return Watched(np.stack(found), np.stack(true), np.array(numbers), np.array(seconds), follower.detections)
