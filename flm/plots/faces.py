"""Pictures of faces, with what is known or found on them."""

from collections.abc import Sequence

import cv2
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flm.data import Sample, crop
from flm.data.face_synthetics import CLASSES
from flm.draw import draw_landmarks
from flm.markup import get


def face_crop(sample: Sample, size: int = 160, landmarks: np.ndarray | None = None) -> np.ndarray:
    """The face of a sample, (size, size, 3), with `landmarks` (n, 2; its own where None) drawn on."""
    matrix = crop.crop_matrix(sample.box, size, 1.5)
    points = crop.transform(matrix, sample.landmarks if landmarks is None else landmarks)
    return draw_landmarks(crop.cut(sample.read(), matrix, size), points, get(sample.markup))


def grid(pictures: Sequence[np.ndarray], titles: Sequence[str] = (), columns: int = 6, side: float = 1.7) -> Figure:
    """Pictures in rows of `columns`, `side` inches each."""
    rows = -(-len(pictures) // columns)
    title_room = 0.25 if titles else 0
    figure, axes = plt.subplots(rows, columns, figsize=(columns * side, rows * (side + title_room)), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, picture in zip(axes.flat, pictures, strict=False):
        ax.imshow(picture)
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title, fontsize=9)
    return figure


def labels_in_colour(labels: np.ndarray) -> np.ndarray:
    """Segmentation (h, w) uint8 as a picture (h, w, 3) uint8; what is no class is black."""
    palette = (255 * np.array(sns.color_palette("husl", len(CLASSES)))).astype(np.uint8)
    palette[0] = 235  # background
    known = labels < len(CLASSES)
    return palette[np.where(known, labels, 0)] * known[..., None].astype(np.uint8)


def dense_points(image: np.ndarray, points: np.ndarray, visible: np.ndarray, scale: int = 2) -> np.ndarray:
    """A picture (s, s, 3), enlarged, with points (n, 2) drawn in: white where seen, red where hidden."""
    canvas = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    for (x, y), seen in zip(scale * points + (scale - 1) / 2, visible, strict=True):
        colour = (255, 255, 255) if seen else (230, 60, 60)
        cv2.circle(canvas, (round(16 * x), round(16 * y)), 20, colour, -1, cv2.LINE_AA, 4)
    return canvas


def batch(images: np.ndarray, landmarks: np.ndarray, columns: int = 8) -> np.ndarray:
    """Crops (b, s, s, 3) with their landmarks (b, n, 2) drawn in, side by side in rows; an unfilled last row is cut."""
    drawn = [dense_points(*one, np.ones(len(one[1]), bool)) for one in zip(images, landmarks, strict=True)]
    rows = max(1, len(drawn) // columns)
    return np.vstack([np.hstack(drawn[columns * row : columns * (row + 1)]) for row in range(rows)])


def errors_on_faces(
    samples: Sequence[Sample], predicted: np.ndarray, titles: Sequence[str], name: str = "prediction"
) -> Figure:
    """Faces in grey, each with a line from every label to the predicted landmark, (count, n, 2), called `name`."""
    size = 300
    matrices = [crop.crop_matrix(sample.box, size, 1.1) for sample in samples]
    figure = grid([crop.cut(s.read(), m, size) for s, m in zip(samples, matrices, strict=True)], titles, 3, side=3)
    figure.set_size_inches(9, 3.9)
    for ax, sample, matrix, points in zip(figure.axes, samples, matrices, predicted, strict=True):
        fade(ax)
        ax.title.set_fontsize(12)
        truth, found = crop.transform(matrix, sample.landmarks), crop.transform(matrix, points)
        ax.plot(*np.stack([truth, found]).transpose(2, 0, 1), color="C1", lw=2)  # one column a landmark
        ax.plot(*truth.T, "o", color="w", mec="k", mew=0.6, ms=3.5, label="label")
        ax.plot(*found.T, "o", color="C1", mec="k", mew=0.3, ms=3, label=name)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=1.8)
    return figure


def fade(ax: Axes) -> None:
    """Make the picture of an axes pale and grey, so that what is drawn on it stands out."""
    (image,) = ax.get_images()
    ax.imshow(80 + 0.68 * np.asarray(image.get_array()).mean(2), cmap="gray", vmin=0, vmax=255)
    image.remove()
