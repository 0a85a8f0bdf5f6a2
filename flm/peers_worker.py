"""What others' detectors find in pictures and a video, and how long it takes them.

flm.peers runs it in an environment of its own, where this package is not installed:

    python peers_worker.py job.json found.npz

The job names pictures, each with the square to look in, and a video. For each peer it writes NAME.landmarks
(count, n, 2), NaN where nothing was found, NAME.seconds (count,) and NAME.video_seconds, one of each frame.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np


class Dlib:
    """One Millisecond Face Alignment (Kazemi and Sullivan 2014), 68 points, behind dlib's own detector."""

    def __init__(self):
        import dlib
        import face_recognition_models

        self.detector = dlib.get_frontal_face_detector()
        self.predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())

    def __call__(self, image: np.ndarray):
        faces = self.detector(image, 0) or self.detector(image, 1)
        if not faces:
            return None
        found = self.predictor(image, max(faces, key=lambda face: face.area()))
        return np.array([(point.x, point.y) for point in found.parts()], np.float32)

    follow = __call__


class MediaPipe:
    """Face Mesh, 468 points, behind its own detector; in videos it follows the face that it has found."""

    def __init__(self):
        from mediapipe.python.solutions.face_mesh import FaceMesh

        self.single = FaceMesh(static_image_mode=True, max_num_faces=1, min_detection_confidence=0.2)
        self.video = FaceMesh(static_image_mode=False, max_num_faces=1)

    def __call__(self, image: np.ndarray):
        return self._found(self.single, image)

    def follow(self, image: np.ndarray):
        return self._found(self.video, image)

    def _found(self, mesh, image: np.ndarray):
        faces = mesh.process(image).multi_face_landmarks
        if not faces:
            return None
        height, width = image.shape[:2]
        # Its fractions are of edges, ours of pixel centres.
        return np.array([(p.x * width - 0.5, p.y * height - 0.5) for p in faces[0].landmark], np.float32)


PEERS: dict[str, tuple[type[Dlib] | type[MediaPipe], int]] = {"dlib": (Dlib, 68), "mediapipe": (MediaPipe, 468)}


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    found: dict = {}
    for name, (peer, count) in PEERS.items():
        find = peer()
        landmarks, seconds = zip(*(timed(find, square(*picture)) for picture in job["pictures"]), strict=True)
        corners = np.array([[left, top] for _, (left, top, _, _) in job["pictures"]], np.float32)
        missed = np.full((count, 2), np.nan, np.float32)
        stacked = np.stack([missed if one is None else one for one in landmarks])
        found[f"{name}.landmarks"] = stacked + corners[:, None]
        found[f"{name}.seconds"] = np.array(seconds)
        found[f"{name}.video_seconds"] = np.array([timed(find.follow, frame)[1] for frame in frames(job["video"])])
    np.savez(sys.argv[2], **found)


def square(path: str, box: list) -> np.ndarray:
    """The part (left, top, right, bottom) of a picture, black beyond its border."""
    decoded = cv2.imread(path)
    assert decoded is not None, path
    image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    left, top, right, bottom = box
    height, width = image.shape[:2]
    part = image[max(0, top) : bottom, max(0, left) : right]
    return cv2.copyMakeBorder(
        part, max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width), cv2.BORDER_CONSTANT
    )


def timed(find, image: np.ndarray) -> tuple:
    start = time.perf_counter()
    found = find(image)
    return found, time.perf_counter() - start


def frames(path: str):
    """The frames of a video, RGB."""
    capture = cv2.VideoCapture(path)
    while True:
        more, image = capture.read()
        if not more:
            return
        yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


if __name__ == "__main__":
    main()
