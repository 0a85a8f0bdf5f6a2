"""Landmarks of faces in pictures: what a trained run is for."""

from pathlib import Path

import numpy as np
import torch

from flm import detect, markup, models
from flm.data import crop
from flm.data.image import read_image, write_image
from flm.data.loader import to_tensor
from flm.data.pts import write_pts
from flm.data.sample import landmark_box
from flm.draw import draw_landmarks
from flm.paths import atomic_path, write_json
from flm.training.store import Run, load


class Predictor:
    """A trained run applied to pictures.

    mirror: average with the prediction on the mirrored crop, twice the time for a little accuracy.
    """

    def __init__(self, run: Run, mirror: bool = True):
        self.experiment = run.experiment
        self.markup = markup.get(run.experiment.markup)
        self.mirror = mirror
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = run.model().to(self.device)

    @classmethod
    def from_folder(cls, folder: Path, mirror: bool = True) -> "Predictor":
        """The predictor of the run in `folder`. Raises InputError when there is none."""
        return cls(load(folder), mirror)

    def faces(self, image: np.ndarray) -> list[np.ndarray]:
        """Landmarks (n, 2) float32 of each face that the detector finds in a picture (h, w, 3) uint8 RGB.

        A second pass, on a crop around the first one's landmarks, makes up for what detector boxes lack in precision.
        """
        found = [face.box for face in detect.detect(image)]
        return [self.refined(image, box) for box in found]

    def refined(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Landmarks (n, 2) in a rough box (4,), by two passes."""
        first = self.in_boxes([image], [box])[0]
        people = markup.convert(first, self.markup.name, markup.judged(self.markup.name))
        return self.in_boxes([image], [landmark_box(people)])[0]

    def in_boxes(self, images: list[np.ndarray], boxes: list[np.ndarray]) -> np.ndarray:
        """Landmarks (count, n, 2) float32, in picture pixels, of one face a picture, within its box (4,)."""
        return self.with_confidence(images, boxes)[0]

    @torch.inference_mode()
    def with_confidence(self, images: list[np.ndarray], boxes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks as `in_boxes` gives them, and how sure the network is that there is a face, (count,), 0 to 1.

        That is how peaked its score maps are; a network without any is always sure.
        """
        size = self.experiment.size
        matrices = [crop.crop_matrix(box, size, self.experiment.scale) for box in boxes]
        crops = [crop.cut(image, matrix, size) for image, matrix in zip(images, matrices, strict=True)]
        batch = torch.stack([to_tensor(square, self.experiment.grey) for square in crops]).to(self.device)
        output = self.model(models.normalise(batch))
        found = output.landmarks.cpu().numpy()
        if self.mirror:
            mirrored = self.model(models.normalise(batch.flip(3))).landmarks.cpu().numpy()[:, self.markup.flip]
            mirrored[..., 0] = size - 1 - mirrored[..., 0]
            found = (found + mirrored) / 2
        landmarks = [crop.transform(crop.invert(m), one) for m, one in zip(matrices, found, strict=True)]
        return np.stack(landmarks), _peaked(output.scores, len(found))


def _peaked(scores: torch.Tensor | None, count: int) -> np.ndarray:
    if scores is None:
        return np.ones(count)
    return scores.flatten(2).softmax(2).amax(2).mean(1).cpu().numpy()


def save_faces(predictor: Predictor, image: Path, folder: Path) -> int:
    """Write the landmarks of all faces in a picture file beside each other: drawn, as JSON and as `.pts`.

    Returns the number of faces. Raises InputError for a picture that cannot be read; then nothing is written.
    """
    picture = read_image(image)
    faces = predictor.faces(picture)
    drawn = picture
    for number, landmarks in enumerate(faces):
        drawn = draw_landmarks(drawn, landmarks, predictor.markup)
        write_pts(folder / f"{image.stem}_face{number}.pts", landmarks)
    found = [landmarks.round(3).tolist() for landmarks in faces]
    values = {"image": image.name, "markup": predictor.markup.name, "faces": found}
    write_json(folder / f"{image.stem}_landmarks.json", values)
    with atomic_path(folder / f"{image.stem}_landmarks.png") as temporary:
        write_image(temporary, drawn)
    return len(faces)
