"""Landmarks of faces in pictures: what a trained run is for."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from flm import detect, exported, markup
from flm.data import crop
from flm.data.image import read_image, write_image
from flm.data.loader import to_tensor
from flm.data.pts import write_pts
from flm.data.sample import landmark_box
from flm.draw import draw_faces
from flm.exported import Exported
from flm.markup import Markup
from flm.paths import atomic_path, write_json
from flm.training import store
from flm.training.store import Run


class Predictor:
    """A trained run, or what was exported from one, applied to pictures.

    mirror: average with the prediction on the mirrored crop, twice the time for a little accuracy.
    """

    def __init__(self, run: Run | Exported, mirror: bool = True):
        self.experiment = run.experiment
        self.markup = markup.get(run.experiment.markup)
        self.mirror = mirror
        self.network = run.network()
        self.usual_confidence = run.usual_confidence

    @classmethod
    def load(cls, path: Path, mirror: bool = True) -> "Predictor":
        """The predictor of a run's folder or of an ONNX file. Raises InputError where there is neither."""
        return cls(exported.load(path) if path.suffix == ".onnx" else store.load(path), mirror)

    def faces(self, image: np.ndarray) -> list[np.ndarray]:
        """Landmarks (n, 2) float32 of each face that the detector finds in a picture (h, w, 3) uint8 RGB.

        A second pass, on a crop around the first one's landmarks, makes up for what detector boxes lack in precision.
        """
        found = [face.box for face in detect.detect(image)]
        return [self.refined(image, box) for box in found]

    def refined(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Landmarks (n, 2) in a rough box (4,), by two passes."""
        first = self.in_boxes([image], [box])[0]
        return self.in_boxes([image], [self.box(first)])[0]

    def box(self, landmarks: np.ndarray) -> np.ndarray:
        """Box (4,) of a face with these landmarks (n, 2): the bounds of the points that people label."""
        return landmark_box(markup.convert(landmarks, self.markup.name, markup.judged(self.markup.name)))

    def in_boxes(self, images: list[np.ndarray], boxes: list[np.ndarray]) -> np.ndarray:
        """Landmarks (count, n, 2) float32, in picture pixels, of one face a picture, within its box (4,)."""
        return self.with_confidence(images, boxes)[0]

    def with_confidence(self, images: list[np.ndarray], boxes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks as `in_boxes` gives them, and how sure the network is that there is a face, (count,), 0 to 1."""
        size = self.experiment.size
        matrices = [crop.crop_matrix(box, size, self.experiment.scale) for box in boxes]
        squares = [crop.cut(image, matrix, size) for image, matrix in zip(images, matrices, strict=True)]
        crops = np.stack([to_tensor(square, self.experiment.grey).numpy() for square in squares])
        found, confidence = self.network(crops)
        if self.mirror:
            mirrored = self.network(np.ascontiguousarray(crops[..., ::-1]))[0][:, self.markup.flip]
            mirrored[..., 0] = size - 1 - mirrored[..., 0]
            found = (found + mirrored) / 2
        landmarks = [crop.transform(crop.invert(m), one) for m, one in zip(matrices, found, strict=True)]
        return np.stack(landmarks), confidence


def save_faces(predictor: Predictor, image: Path, folder: Path) -> int:
    """Write the landmarks of all faces in a picture file beside each other: drawn, as JSON and as `.pts`.

    Returns the number of faces. Raises InputError for a picture that cannot be read; then nothing is written.
    """
    picture = read_image(image)
    faces = predictor.faces(picture)
    write_faces(faces, predictor.markup, image, folder)
    with atomic_path(folder / f"{image.stem}_landmarks.png") as temporary:
        write_image(temporary, draw_faces(picture, faces, predictor.markup))
    return len(faces)


def write_faces(faces: Sequence[np.ndarray], of: Markup, image: Path, folder: Path) -> list[Path]:
    """Write the landmarks (n, 2) of the faces in the picture `image` to one JSON file, and to a `.pts` file each.

    Files of an earlier time, when more faces were found in it, are removed.
    """
    files = [folder / f"{image.stem}_face{number}.pts" for number in range(len(faces))]
    for file, landmarks in zip(files, faces, strict=True):
        write_pts(file, landmarks)
    for number in count(len(faces)):
        earlier = folder / f"{image.stem}_face{number}.pts"
        if not earlier.exists():
            break
        earlier.unlink()
    found = [landmarks.round(3).tolist() for landmarks in faces]
    table = folder / f"{image.stem}_landmarks.json"
    write_json(table, {"image": image.name, "markup": of.name, "faces": found})
    return [table, *files]
