"""Others' detectors beside ours: the same photographs, the same film, the same machine, one table.

They live in an environment of their own, made when it is first asked for, so that nobody has to install them.
"""

import json
import subprocess
import venv
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from flm import data, detect, markup, metrics, paths
from flm.errors import InputError
from flm.models.fit_adapter import fit_adapter
from flm.peers_worker import square
from flm.predict import Predictor
from flm.timing import timed
from flm.training import machine
from flm.video.film import Camera, portrait_film
from flm.video.follow import NEVER, Follower, Rules
from flm.video.frames import frames

PACKAGES = ("dlib-bin==19.24.6", "face_recognition_models==0.3.0", "mediapipe==0.10.21", "setuptools<81")
LICENCES = {
    "dlib": "weights: research only (300-W)",
    "mediapipe": "Apache-2.0",
    "mtcnn": "MIT",
    "flm": "yours, if trained on generated faces alone",
}
_LABELS = "; the adapter: research only (300-W's labels)"
_ROOM = 2.0  # side of the square that a peer looks in, over the longer side of the face's box
_FRAMES = 300


def bench_peers(path: Path) -> dict:
    """Errors on the benchmark's test faces, and times, of dlib, MediaPipe, MTCNN and the run or ONNX file at `path`.

    {"machine": facts, "test": title, "run", "rows": [{"name", "points", "nme": interval, "missed", "picture_ms",
    "frames_per_second", "licence", "remark"}]}. A peer gets the square twice as large as the face's box, and finds the
    face in it by itself. MediaPipe and the run follow the face through the film, and look for it where they lost it.
    Raises InputError where the peers cannot be installed.
    """
    target, predictor = data.benchmark(), Predictor.load(path, mirror=False)
    train, test = data.load(target.train), data.load(target.test)
    with TemporaryDirectory() as folder:
        film = _film(Path(folder) / "film.avi", predictor)
        found = _found(train + test, film, Path(folder))
        rows = [
            _dlib(found, train, test),
            *_mediapipe(found, train, test),
            _mtcnn(test, film),
            *_ours(predictor, train, test, film),
        ]
    return {"machine": machine.describe("32-true", 1), "test": target.title, "run": path.stem, "rows": rows}


def table(measured: dict) -> str:
    """What `bench_peers` measured, one line a system."""
    lines = [f"{'':20}{'points':>8}{'NME %':>20}{'missed':>8}{'ms a picture':>14}{'frames/s':>10}  remark"]
    for row in measured["rows"]:
        nme = str(metrics.Interval(**row["nme"]))
        numbers = (
            f"{row['points']:8}{nme:>20}{row['missed']:8}{row['picture_ms']:14.1f}{row['frames_per_second']:10.0f}"
        )
        lines.append(f"{row['name']:20}{numbers}  {row['remark']}")
    return "\n".join([*lines, f"{measured['test']}; {measured['machine']['threads']} threads"])


def _row(
    name: str, points: int, errors: np.ndarray, picture_seconds: np.ndarray, frame_seconds: np.ndarray, remark: str
) -> dict:
    whose, _, how = name.partition(", ")
    seen = errors[np.isfinite(errors)]
    return {
        "name": name,
        "points": points,
        "nme": asdict(metrics.bootstrap(seen)),
        "missed": int(len(errors) - len(seen)),
        "picture_ms": 1e3 * float(np.median(picture_seconds)),
        "frames_per_second": len(frame_seconds) / float(frame_seconds.sum()),
        "licence": LICENCES[whose] + (_LABELS if how == "adapted" else ""),
        "remark": remark,
    }


def _dlib(found: dict, train: list, test: list) -> dict:
    truth = _labels(test)
    landmarks = found["dlib.landmarks"][len(train) :]
    errors = metrics.nme(landmarks, truth, markup.IBUG68)
    remark = "not comparable: its training set holds these faces"
    return _row("dlib", 68, errors, found["dlib.seconds"], found["dlib.video_seconds"], remark)


def _mediapipe(found: dict, train: list, test: list) -> list[dict]:
    landmarks, times = found["mediapipe.landmarks"], (found["mediapipe.seconds"], found["mediapipe.video_seconds"])
    learnt, judged = landmarks[: len(train)], landmarks[len(train) :]
    known, seen = (np.isfinite(points).all((1, 2)) for points in (learnt, judged))
    learnt, labels, truth = learnt[known], _labels(train)[known], _labels(test)
    adapter = fit_adapter("ridge", learnt, labels, None)
    raw, adapted = np.full((2, len(test)), np.inf)
    raw[seen] = metrics.nme(judged[seen][:, _nearest(learnt, labels)], truth[seen], markup.IBUG68)
    adapted[seen] = metrics.nme(adapter.landmarks(judged[seen]), truth[seen], markup.IBUG68)
    by = f"by {len(labels):,} training faces"
    return [
        _row("mediapipe", 468, raw, *times, f"of its 468 points the nearest to each of the 68, {by}"),
        _row("mediapipe, adapted", 468, adapted, *times, f"a ridge adapter from its 468 points to the 68, {by}"),
    ]


def _nearest(landmarks: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which of the landmarks (count, n, 2) is nearest to each of the labels (count, 68, 2), in the mean, (68,)."""
    size = metrics.normaliser(labels, markup.IBUG68)[:, None]
    each = labels.transpose(1, 0, 2)[:, :, None]  # (68, count, 1, 2)
    return np.array([(np.linalg.norm(landmarks - label, axis=2) / size).mean(0).argmin() for label in each])


def _mtcnn(test: list, film: Path) -> dict:
    def find(image):
        faces = detect.detect(image)
        return faces[0].points if faces else np.full((5, 2), np.nan)

    landmarks, seconds = timed(find, (square(str(sample.image), _bounds(sample)) for sample in test))
    corners = np.array([_bounds(sample)[:2] for sample in test])
    truth = _labels(test)
    distance = np.linalg.norm(np.stack(landmarks) + corners[:, None] - _five(truth), axis=2).mean(1)
    errors = 100 * distance / metrics.normaliser(truth, markup.IBUG68)
    _, per_frame = timed(lambda frame: detect.detect(frame.image), frames(str(film)))
    return _row("mtcnn", 5, errors, seconds, per_frame, "its five points against eye centres, nose tip, mouth corners")


def _five(landmarks: np.ndarray) -> np.ndarray:
    """MTCNN's five points (count, 5, 2) of iBUG's 68."""
    eyes = [landmarks[:, list(eye)].mean(1) for eye in markup.IBUG68.eyes]
    return np.stack([*eyes, landmarks[:, 30], landmarks[:, 48], landmarks[:, 54]], 1)


def _ours(predictor: Predictor, train: list, test: list, film: Path) -> list[dict]:
    def find(samples):
        faces = ((sample.read(), sample.box) for sample in samples)
        found, seconds = timed(lambda face: predictor.in_boxes([face[0]], [face[1]])[0], faces)
        return np.stack(found), seconds

    (learnt, _), (judged, seconds) = find(train), find(test)
    name, truth = predictor.markup.name, _labels(test)
    raw = metrics.nme(markup.convert(judged, name, "ibug68"), truth, markup.IBUG68)
    adapter = fit_adapter("ridge", learnt, _labels(train), name)
    adapted = metrics.nme(adapter.landmarks(judged), truth, markup.IBUG68)
    _, following = timed(Follower(predictor, Rules(every=NEVER)), frames(str(film)))
    _, searching = timed(Follower(predictor), frames(str(film)))
    often = f"{len(searching) / searching.sum():.0f} frames/s with a search in every {Rules().every}th frame"
    by = f"by {len(train):,} training faces"
    return [
        _row("flm", predictor.markup.n, raw, seconds, following, f"in true boxes; {often}"),
        _row("flm, adapted", predictor.markup.n, adapted, seconds, following, f"a ridge adapter to people's 68, {by}"),
    ]


def _labels(samples: list[data.Sample]) -> np.ndarray:
    return np.stack([sample.landmarks for sample in samples])


def _bounds(sample: data.Sample) -> list[int]:
    """The square that a peer looks in: left, top, right, bottom."""
    middle, side = (sample.box[:2] + sample.box[2:]) / 2, float(np.max(sample.box[2:] - sample.box[:2]))
    corner = (middle - _ROOM * side / 2).round().astype(int)
    return [*corner.tolist(), *(corner + round(_ROOM * side)).tolist()]


def _film(path: Path, predictor: Predictor) -> Path:
    """A video file of 1280 x 720 pixels in which one face moves about."""
    camera = Camera()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), camera.rate, camera.size)
    for frame, _ in portrait_film(predictor, _FRAMES, camera):
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def _found(samples: list[data.Sample], film: Path, folder: Path) -> dict[str, np.ndarray]:
    """What the peers find, see flm.peers_worker."""
    job, answer = folder / "job.json", folder / "found.npz"
    pictures = [(str(sample.image), _bounds(sample)) for sample in samples]
    job.write_text(json.dumps({"pictures": pictures, "video": str(film)}))
    worker = Path(__file__).with_name("peers_worker.py")
    said = subprocess.run([_python(), worker, job, answer], capture_output=True, text=True, check=False)
    if said.returncode:
        raise InputError(f"peers failed: {_last_line(said.stderr)}")
    with np.load(answer) as found:
        return dict(found)


def _python() -> str:
    """The interpreter of the peers' environment, which is made where it is not there yet."""
    home = paths.cache_dir() / f"peers-{paths.digest(list(PACKAGES))}"
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        print(f"installing {', '.join(PACKAGES)} into {home}")
        venv.create(home, with_pip=True, clear=True)
        answer = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *PACKAGES], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise InputError(f"peers cannot be installed: {_last_line(answer.stderr)}")
        (home / "installed").touch()
    return str(python)


def _last_line(said: str) -> str:
    return (said.strip() or "no reason given").splitlines()[-1]
