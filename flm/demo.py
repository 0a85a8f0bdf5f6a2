"""A page in the browser: landmarks of a picture, or of whoever sits before the webcam."""

import tempfile
import time
from pathlib import Path

import gradio as gr
import numpy as np

from flm import markup
from flm.detect import detect
from flm.draw import draw_faces
from flm.markup import Markup
from flm.predict import Predictor, write_faces
from flm.video.follow import Face, Follower, Rules
from flm.video.frames import Frame
from flm.video.smooth import Smoothing

_PRIVATE = "No picture leaves the machine that this runs on."
_HEIGHT = 420  # of pictures on the page, pixels
_EVERY, _LONGEST = 0.04, 3600  # seconds from one picture of the webcam to the next, and until it has to be restarted
_CAMERAS = 8  # at a time
_KEPT = 3600  # seconds that the page's own copies of pictures are kept
_ALL = Rules(sure=0.0, most=100)


def page(predictor: Predictor, name: str) -> gr.Blocks:
    """The page of a predictor, which is called `name` there."""
    sets = shown_sets(predictor.markup)
    still, moving = Still(predictor), Moving(predictor)
    with gr.Blocks(title="flm", analytics_enabled=False, delete_cache=(_KEPT, _KEPT)) as blocks:
        gr.Markdown(f"# Landmarks\nby `{name}`, learnt from `{predictor.experiment.train}`. {_PRIVATE}")
        points = gr.Radio(list(sets), value=next(iter(sets)), label="landmarks")
        with gr.Tab("Picture"), gr.Row():
            picture = gr.Image(sources=["upload", "clipboard"], label="picture", height=_HEIGHT)
            with gr.Column():
                found, said = _found("png")
                files = gr.Files(label="to take away: JSON, and .pts of each face")
        with gr.Tab("Webcam"), gr.Row():
            camera = gr.Image(sources=["webcam"], streaming=True, label="camera", height=_HEIGHT)
            with gr.Column():
                live, speed = _found("jpeg")
        gr.on([picture.change, points.change], still, [picture, points], [found, said, files])
        camera.stream(
            moving,
            [camera, points],
            [live, speed],
            stream_every=_EVERY,
            time_limit=_LONGEST,
            concurrency_limit=_CAMERAS,
        )
        blocks.unload(moving.forget)
    return blocks


def _found(kind: str) -> tuple[gr.Image, gr.Textbox]:
    # Gradio's third button would send the picture away.
    picture = gr.Image(label="found", format=kind, buttons=["download", "fullscreen"], height=_HEIGHT)
    return picture, gr.Textbox(label="faces")


def shown_sets(of: Markup) -> dict[str, tuple[slice, Markup]]:
    """What a network of this markup can show, by name: which of its points those are, and their markup."""
    everything = {f"{of.n:,}": (slice(0, of.n), of)}
    if of.name in markup.BOTH:
        dense = markup.get(markup.BOTH[of.name])
        return {"68": (slice(0, 68), markup.IBUG68), f"{dense.n:,}": (slice(68, of.n), dense)}
    return {"68": (slice(0, 68), markup.IBUG68)} | everything if of.name in markup.DENSE else everything


class Still:
    """What the page does with a picture."""

    def __init__(self, predictor: Predictor):
        self.predictor, self.sets = predictor, shown_sets(predictor.markup)
        self._files = tempfile.TemporaryDirectory(prefix="flm-")

    def __call__(self, image: np.ndarray | None, points: str) -> tuple[np.ndarray | None, str, list[str]]:
        """The picture (h, w, 3) uint8 RGB with its landmarks, what there is to say of it, and files."""
        if image is None:
            return None, "", []
        start = time.perf_counter()
        faces = Follower(self.predictor, _ALL, detector=detect)(Frame(0, 0.0, image))
        took = time.perf_counter() - start
        chosen, of = self.sets[points]
        folder = Path(tempfile.mkdtemp(dir=self._files.name))
        shown = [face.landmarks[chosen] for face in faces]
        files = [str(file) for file in write_faces(shown, of, Path("picture"), folder)]
        return draw_faces(image, shown, of), f"{described(faces)}, {1e3 * took:.0f} ms", files


class Moving:
    """What the page does with the pictures of a webcam: each visitor's faces are followed."""

    def __init__(self, predictor: Predictor):
        self.predictor, self.sets = predictor, shown_sets(predictor.markup)
        self._followers: dict[str, tuple[Follower, float]] = {}  # and when each saw its first picture

    def __call__(self, image: np.ndarray | None, points: str, request: gr.Request) -> tuple[np.ndarray | None, str]:
        """The next picture (h, w, 3) uint8 RGB with its landmarks, and what there is to say of it."""
        if image is None:
            return None, ""
        now, visitor = time.perf_counter(), str(request.session_hash)
        follower, since = self._followers.setdefault(visitor, (Follower(self.predictor, smoothing=Smoothing()), now))
        faces = follower(Frame(0, now - since, image))
        took = time.perf_counter() - now
        said = f"{described(faces)}, {1e3 * took:.0f} ms: up to {1 / took:.0f} frames/s"
        chosen, of = self.sets[points]
        return draw_faces(image, (face.landmarks[chosen] for face in faces), of), said

    def forget(self, request: gr.Request) -> None:
        """A visitor has left."""
        self._followers.pop(str(request.session_hash), None)


def described(faces: list[Face]) -> str:
    """How many faces there are, and how sure the network is of each."""
    if not faces:
        return "no face"
    sure = ", ".join(f"{face.confidence:.2f}" for face in faces)
    return f"{len(faces)} {'face' if len(faces) == 1 else 'faces'}, confidence {sure}"
