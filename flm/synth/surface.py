"""The skin of the head as a surface: which part of the body mesh it is, refined once, and what lies where on it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from scipy import sparse

from flm.data.face_synthetics import CLASSES
from flm.synth import mesh
from flm.synth.head import head_model, uv_mask
from flm.synth.identity import Identity

# FaceSynthetics' segmentation classes; its left and right are those of the picture, not of the person.
CLASS = {name: number for number, name in enumerate(CLASSES)}

_BOTTOM, _REACH = 4.6, 2.6  # how far down and aside the body is kept, dm
MARGIN = 0.04  # lowest part of the texture: left, the colour inside the mouth; right, that of the body
_MOUTH_LINE = 6.688  # height at which the lips of the mean head meet, dm
_FACE_UV = (0.62, 0.15, 1.0, 0.85)  # where face, scalp and neck lie in the base mesh's texture space


@dataclass(frozen=True)
class Surface:
    """The refined skin, the same for every face.

    matrix: sparse (v, base vertices), makes the skin's vertices from the base mesh's.
    faces: (f, 3). uv: (v, 2) in the skin's texture, 0 to 1, y up, see MARGIN; vertices on seams are there twice.
    mean: (v, 3) vertices of the mean adult. face: (v,) whether a vertex has its place in the face's texture space.
    inside: (v,) True in mouth and eye sockets. lips: (v,) 0 to 1. classes: (f,) segmentation class of each face.
    """

    matrix: sparse.csr_matrix
    faces: np.ndarray
    uv: np.ndarray
    mean: np.ndarray
    face: np.ndarray
    inside: np.ndarray
    lips: np.ndarray
    classes: np.ndarray

    def vertices(self, base: np.ndarray) -> np.ndarray:
        """Skin vertices (v, 3) of a body whose base mesh has vertices `base`."""
        return self.matrix @ base


@cache
def mean_head() -> np.ndarray:
    """Base vertices of the mean adult, neutral."""
    middle = Identity(ancestry=(1 / 3, 1 / 3, 1 / 3), male=0.5, age=0.5, muscle=0.5, weight=0.5, shape={})
    return head_model().vertices(middle.targets())


@cache
def ibug68() -> np.ndarray:
    """The 68 points on the mean head, (68, 3)."""
    return np.array(json.loads((Path(__file__).parent / "ibug68.json").read_text()))


@cache
def surface() -> Surface:
    """The skin surface of the head model."""
    base = head_model().base
    rest = mean_head()
    quads, quads_uv = base.faces[base.groups == "body"], base.face_uv[base.groups == "body"]
    corners = base.vertices[quads]
    kept = (corners[:, :, 1].min(1) > _BOTTOM) & (np.abs(corners[:, :, 0]).max(1) < _REACH)
    quads, quads_uv = quads[kept], quads_uv[kept]

    points, faces = mesh.catmull_clark(len(rest), quads)
    between, faces_uv = mesh.refine_uv(len(base.uv), quads_uv)
    # One vertex for each pair of point and texture coordinate that occurs.
    pairs, welded = np.unique(np.stack([faces.ravel(), faces_uv.ravel()], 1), axis=0, return_inverse=True)
    matrix = points[pairs[:, 0]]
    uv = (between @ base.uv)[pairs[:, 1]]
    faces = mesh.triangles(welded.reshape(faces.shape))

    left, bottom, right, top = _FACE_UV
    face = (uv[:, 0] > left) & (uv[:, 1] > bottom) & (uv[:, 1] < top)
    inside = ((uv[:, 0] > 0.72) & (uv[:, 1] < bottom)) | ((uv[:, 0] < 0.16) & (uv[:, 1] > 0.5) & (uv[:, 1] < 0.64))
    lips = np.where(face, _sampled(uv_mask("lips"), uv), 0)
    mean = matrix @ rest
    in_face = np.clip((uv - [left, bottom]) / [right - left, top - bottom], 0, 1) * [1, 1 - MARGIN] + [0, MARGIN]
    in_face[~face] = [0.75, MARGIN / 2]
    in_face[inside] = [0.25, MARGIN / 2]
    classes = _classes(mean[faces].mean(1), inside[faces].all(1), lips[faces].mean(1) > 0.5)
    return Surface(matrix, faces, in_face, mean, face, inside, lips, classes)


def _sampled(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Values (v,) of a picture (h, w) at texture coordinates (v, 2), whose y points up."""
    h, w = picture.shape
    x, y = uv[:, 0] * w - 0.5, (1 - uv[:, 1]) * h - 0.5
    return cv2.remap(picture, x[None].astype(np.float32), y[None].astype(np.float32), cv2.INTER_LINEAR)[0]


def _classes(centres: np.ndarray, inside: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """Segmentation class of faces of the mean head by where they are."""
    x, y, z = centres.T
    classes = np.full(len(centres), CLASS["skin"])
    nose = (np.abs(x) < 0.07 + 0.17 * np.clip((7.33 - y) / 0.3, 0, 1)) & (y > 6.86) & (y < 7.33) & (z > 1.25)
    classes[nose] = CLASS["nose"]
    ear = (np.abs(x) > 0.66) & (y > 6.8) & (y < 7.6) & (z > -0.1) & (z < 0.62)
    classes[ear & (x < 0)], classes[ear & (x > 0)] = CLASS["left_ear"], CLASS["right_ear"]
    classes[y < np.where(z > 0, 6.25 + 0.45 * np.clip((0.95 - z) / 0.9, 0, 1), 6.8)] = CLASS["neck"]
    classes[lips & (y > _MOUTH_LINE)], classes[lips & (y <= _MOUTH_LINE)] = CLASS["top_lip"], CLASS["bottom_lip"]
    classes[inside] = CLASS["mouth_interior"]
    return classes
