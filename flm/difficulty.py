"""What makes a face hard, measured from its picture and its true landmarks: pose, size, blur, and what covers it."""

import json
from collections.abc import Sequence

import cv2
import numpy as np

from flm import data, markup, metrics, paths
from flm.data import crop, made
from flm.data.sample import Sample
from flm.data.statistics import sharpness
from flm.pose import head_pose

_SIDE = 128  # pixels of the crop that blur and colours are measured in
_NOT_SKIN = [markup.IBUG68.curves[i] for i in (1, 2, 5, 6, 7)]  # brows, eyes, lips
_OTHER = 15  # distance from the skin's colour, in Lab without lightness, from which something is not skin


def known_difficulties(spec: str) -> dict[str, np.ndarray]:
    """The `difficulties` of the faces of SET/SPLIT, measured once and kept in report/results/difficulty/.

    So those who do not have the faces can still group the errors that others made on them. Faces that everybody can
    make are measured each time: they change with the generator.
    """
    if made.is_made(spec.partition("/")[0]):
        return difficulties(data.load(spec))
    path = paths.results_dir("difficulty") / f"{spec.replace('/', '-')}.json"
    if not path.exists():
        found = difficulties(data.load(spec))
        paths.write_json(path, {name: values.round(4).tolist() for name, values in found.items()})
    return {name: np.array(values) for name, values in json.loads(path.read_text()).items()}


def difficulties(samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    """Numbers (count,) that grow with difficulty, of faces with 68 landmarks, by name.

    turned: angle between the face and the camera's axis, degrees. small: logarithm of one over the distance between the
    outer eye corners in pixels. blurred: minus the logarithm of `sharpness`. covered: share of the
    face that does not have the colour of its skin, see `covered`.
    """
    landmarks = np.stack([sample.landmarks for sample in samples])
    yaw, pitch = np.deg2rad(head_pose(landmarks)[:, :2]).T
    crops = [_crop(sample) for sample in samples]
    return {
        "turned": np.rad2deg(np.arccos(np.cos(yaw) * np.cos(pitch))),
        "small": -np.log(metrics.normaliser(landmarks, markup.IBUG68)),
        "blurred": np.array([-np.log(sharpness(image) + 1e-6) for image, _ in crops]),
        "covered": np.array([covered(image, points) for image, points in crops]),
    }


def _crop(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    matrix = crop.crop_matrix(sample.box, _SIDE, crop.SCALE)
    return crop.cut(sample.read(), matrix, _SIDE), crop.transform(matrix, sample.landmarks)


def covered(image: np.ndarray, landmarks: np.ndarray) -> float:
    """Share of the face, 0 to 1, whose colour is not the skin's: hair, beards, glasses, microphones, coloured light.

    image: (s, s, 3) uint8, landmarks: (68, 2) in its pixels. The skin's colour is the median between brows and jaw
    without eyes and mouth; how light it is does not count, since light falls unevenly.
    """
    inner = _filled(image, landmarks[:27])
    for part in _NOT_SKIN:
        inner &= ~_filled(image, landmarks[list(part)])
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[inner].astype(np.float32)
    if not len(colours):
        return 0.0
    distance = np.linalg.norm((colours - np.median(colours, axis=0))[:, 1:], axis=1)
    return float((distance > _OTHER).mean())


def _filled(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(landmarks.round().astype(np.int32)), 1)
    return mask.astype(bool)
