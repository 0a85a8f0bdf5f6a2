"""What is found in a video, written while it is found: an overlay, a table, a summary."""

import csv
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from flm import paths
from flm.draw import draw_landmarks
from flm.errors import InputError
from flm.markup import Markup
from flm.video.follow import Face, Follower
from flm.video.frames import Frame, frames, rate

_WINDOW = "flm"


def record(source: str, follower: Follower, folder: Path, show: bool = False) -> dict:
    """Follow the faces of a source and write what is found into `folder`: overlay.mp4, faces.csv and summary.json.

    show: in a window too, until q is pressed or it is closed.
    Nothing is kept in memory from frame to frame but the faces themselves and how long they took to find. When it is
    interrupted, all that was found until then is in place. Returns the summary. Raises InputError as `frames` does, and
    where no window can be opened.
    """
    if show:
        _open_window()
    markup = follower.predictor.markup
    seconds: list[float] = []
    seen: Counter[int] = Counter()
    with ExitStack() as stack:
        table = stack.enter_context(_table(folder / "faces.csv", markup))
        overlay = stack.enter_context(_Overlay(folder / "overlay.mp4", rate(source)))
        try:
            for frame in tqdm(frames(source), "following", unit=" frames", disable=None):
                start = time.perf_counter()
                faces = follower(frame)
                seconds.append(time.perf_counter() - start)
                seen.update(face.number for face in faces)
                table.writerows(_row(frame, face) for face in faces)
                drawn = drawn_faces(frame.image, faces, markup)
                overlay.write(drawn)
                if show and not _shown(drawn):
                    break
        except KeyboardInterrupt:
            if not seconds:
                raise
            print("flm: interrupted; what was found until now is kept", file=sys.stderr)
    summary = {
        "source": source,
        "frames": len(seconds),
        "detections": follower.detections,
        "frames_of_faces": seen,
        "frames_per_second": len(seconds) / sum(seconds),
        "milliseconds": {"median": 1e3 * float(np.median(seconds)), "p95": 1e3 * float(np.quantile(seconds, 0.95))},
    }
    paths.write_json(folder / "summary.json", summary, indent=1)
    return summary


def drawn_faces(image: np.ndarray, faces: list[Face], markup: Markup) -> np.ndarray:
    """A picture (h, w, 3) with the landmarks and the number of each face."""
    for face in faces:
        image = draw_landmarks(image, face.landmarks, markup)
        left, top = face.box[:2].round().astype(int).tolist()
        size = float(np.ptp(face.box[::2])) / 200
        cv2.putText(
            image, str(face.number), (left, top), cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA
        )
    return image


@contextmanager
def _table(path: Path, markup: Markup) -> Iterator:
    with paths.atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        points = (f"{axis}{i}" for i in range(markup.n) for axis in "xy")
        writer.writerow(["frame", "seconds", "face", "confidence", *points])
        yield writer


def _row(frame: Frame, face: Face) -> list:
    numbers = face.landmarks.ravel().round(2).tolist()
    return [frame.number, round(frame.time, 4), face.number, round(face.confidence, 3), *numbers]


class _Overlay:
    """A video file that begins with its first picture, whose size all have; others are fitted into it."""

    def __init__(self, path: Path, rate: float):
        self.path, self.rate = path, rate
        self._stack = ExitStack()
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self):
        self._temporary = self._stack.enter_context(paths.atomic_path(self.path))
        return self

    def __exit__(self, *error) -> None:
        if self._writer:
            self._writer.release()
        self._stack.__exit__(*error)

    def write(self, image: np.ndarray) -> None:
        if self._writer is None:
            self._size = image.shape[1::-1]
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._temporary), code, self.rate, self._size)
            if not self._writer.isOpened():
                raise InputError(f"{self.path}: OpenCV cannot write MPEG-4 here")
        if image.shape[1::-1] != self._size:
            image = cv2.resize(image, self._size)
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))


def _open_window() -> None:
    # Qt does not say that it has no screen, it ends the process.
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise InputError("window: no screen here (DISPLAY is not set); the overlay is written without --show too")
    try:
        cv2.namedWindow(_WINDOW)
    except cv2.error:
        raise InputError("window: this OpenCV has none; `pip install --force-reinstall opencv-python`") from None


def _shown(image: np.ndarray) -> bool:
    cv2.imshow(_WINDOW, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return cv2.waitKey(1) != ord("q") and cv2.getWindowProperty(_WINDOW, cv2.WND_PROP_VISIBLE) > 0
