"""Every figure's drawing. Colours are told apart by colour-blind readers; every axis names its unit."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flm import metrics
from flm.data import Sample, crop
from flm.draw import draw_landmarks
from flm.markup import IBUG68, Markup, get

NME = "NME, % of inter-ocular distance"


def style() -> None:
    """Set the look of all figures; a notebook calls it once."""
    sns.set_theme("notebook", "whitegrid", "colorblind", rc={"axes.spines.top": False, "axes.spines.right": False})
    mpl.rcParams.update(
        {"svg.hashsalt": "flm", "figure.dpi": 80, "savefig.dpi": 150, "figure.constrained_layout.use": True}
    )


def face_crop(sample: Sample, size: int = 160, scale: float = 1.5, landmarks: np.ndarray | None = None) -> np.ndarray:
    """The face of a sample, (size, size, 3), with `landmarks` (n, 2; its own where None) drawn on."""
    matrix = crop.crop_matrix(sample.box, size, scale)
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


def ced(errors: Mapping[str, np.ndarray], limit: float = 10.0) -> Figure:
    """Cumulative error distributions of several systems, (count,) NME each."""
    figure, ax = plt.subplots(figsize=(6, 4))
    thresholds = np.linspace(0, limit, 400)
    for name, values in errors.items():
        found = np.isfinite(values)
        mean = f"{values[found].mean():.2f} %" if found.any() else "no face found"
        ax.plot(
            thresholds, metrics.ced(values, thresholds), label=f"{name}: {mean}, AUC@8 {metrics.auc(values, 8):.3f}"
        )
    ax.set(xlabel=NME, ylabel="share of faces at or below", xlim=(0, limit), ylim=(0, 1))
    ax.legend(loc="lower right")
    return figure


def training_curves(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Validation NME and training loss by epoch for several runs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    for name, table in curves.items():
        left.plot(table.epoch, table.val_nme, label=name)
        right.plot(table.epoch, table.train_loss, label=name)
    left.set(xlabel="epoch", ylabel=f"validation {NME}", yscale="log")
    right.set(xlabel="epoch", ylabel="training loss", yscale="log")
    for axis in (left.yaxis, right.yaxis):
        axis.set_major_formatter(mpl.ticker.ScalarFormatter())
        axis.set_minor_formatter(mpl.ticker.FormatStrFormatter("%.3g"))
    left.legend()
    return figure


def learning_curve(faces: Sequence[int], intervals: Sequence[metrics.Interval], label: str) -> Figure:
    """Mean error with its 95 % interval over the number of training faces, a logarithmic axis."""
    figure, ax = plt.subplots(figsize=(6, 4))
    means = np.array([i.mean for i in intervals])
    spread = np.array([[i.mean - i.low, i.high - i.mean] for i in intervals]).T
    ax.errorbar(faces, means, spread, marker="o", capsize=4, label=label)
    for x, mean in zip(faces, means, strict=True):
        ax.annotate(f"{mean:.2f}", (x, mean), xytext=(8, 6), textcoords="offset points")
    ax.set(xscale="log", xlabel="real training faces", ylabel=NME)
    ax.set_xticks(list(faces), [f"{n:,}" for n in faces])
    ax.minorticks_off()
    ax.legend()
    return figure


def parts(errors: Mapping[str, Mapping[str, float]]) -> Figure:
    """Mean error of each face part, one bar a system."""
    table = pd.DataFrame(
        [(system, part, value) for system, by in errors.items() for part, value in by.items()],
        columns=["system", "part", "nme"],
    )
    figure, ax = plt.subplots(figsize=(7, 3.6))
    sns.barplot(table, x="part", y="nme", hue="system", ax=ax)
    ax.set(xlabel="", ylabel=NME)
    ax.legend(title="")
    return figure


def shape(ax: Axes, landmarks: np.ndarray, markup: Markup = IBUG68, *, numbers: bool = False, **line) -> None:
    """One landmark set (n, 2) as joined dots, the right way up."""
    line = {"marker": "o", "markersize": 3, "linewidth": 1, **line}
    label = line.pop("label", None)
    for curve in markup.curves:
        ax.plot(*landmarks[list(curve)].T, label=label, **line)
        label = None  # once in the legend
    if numbers:
        for i, (x, y) in enumerate(landmarks):
            ax.annotate(str(i), (x, y), fontsize=7, xytext=(2, 2), textcoords="offset points")
    ax.set_aspect("equal")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    ax.axis("off")


def point_map(landmarks: np.ndarray, markup: Markup = IBUG68) -> Figure:
    """A face's landmarks (n, 2) with their numbers, coloured by face part."""
    figure, ax = plt.subplots(figsize=(7, 6.5))
    shape(ax, landmarks, markup, numbers=True, color="0.8", marker="")
    for part, points in markup.groups.items():
        ax.plot(*landmarks[list(points)].T, "o", label=part, markersize=5, zorder=3)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def spread(aligned: np.ndarray, mean: np.ndarray, markup: Markup = IBUG68) -> Figure:
    """A mean shape (n, 2), and round each point one standard deviation of the aligned shapes (count, n, 2)."""
    figure, ax = plt.subplots(figsize=(5.5, 5.5))
    shape(ax, mean, markup, color="0.55", markersize=2)
    for i in range(markup.n):
        values, vectors = np.linalg.eigh(np.cov(aligned[:, i].T))
        angle = np.degrees(np.arctan2(*vectors[::-1, 1]))
        width, height = 2 * np.sqrt(values[::-1])
        ax.add_patch(mpl.patches.Ellipse(mean[i], width, height, angle=angle, color="C0", alpha=0.45, lw=0))
    ax.margins(0.12)
    return figure


def histograms(columns: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """One panel a quantity, one outline a data set: {quantity: {set: values}}."""
    figure, axes = plt.subplots(1, len(columns), figsize=(3.4 * len(columns), 3))
    for ax, (quantity, sets) in zip(np.atleast_1d(axes), columns.items(), strict=True):
        edges = np.histogram_bin_edges(np.concatenate(list(sets.values())), 30)
        for name, values in sets.items():
            ax.hist(values, edges, density=True, histtype="step", linewidth=1.8, label=f"{name} ({len(values):,})")
        ax.set(xlabel=quantity, yticks=[])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(columns))
    return figure


def two_shapes(first: np.ndarray, second: np.ndarray, names: tuple[str, str], markup: Markup = IBUG68) -> Figure:
    """Two shapes (n, 2) over each other, and an arrow from each point of the first to the second's."""
    figure, ax = plt.subplots(figsize=(5.5, 5.5))
    shape(ax, first, markup, color="C0", label=names[0])
    shape(ax, second, markup, color="C1", label=names[1])
    ax.quiver(*first.T, *(second - first).T, angles="xy", scale_units="xy", scale=1, width=0.004, color="0.25")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def error_lines(sample: Sample, predicted: np.ndarray, size: int = 420) -> Figure:
    """A face with a line from each true landmark to the predicted one (n, 2)."""
    matrix = crop.crop_matrix(sample.box, size)
    truth, found = crop.transform(matrix, sample.landmarks), crop.transform(matrix, predicted)
    figure = grid([crop.cut(sample.read(), matrix, size)], columns=1, side=4.5)
    ax = figure.axes[0]
    ax.plot(*np.stack([truth, found]).transpose(2, 0, 1), color="w", lw=1.5)  # one column a landmark
    ax.plot(*truth.T, "o", color="C2", ms=4, label="label")
    ax.plot(*found.T, "o", color="C1", ms=4, label="prediction")
    ax.legend(loc="lower right")
    return figure


def normalisers_by_yaw(yaw: np.ndarray, ratios: Mapping[str, np.ndarray]) -> Figure:
    """What an error of 1 pixel is worth on a turned head, relative to a frontal one, for each normalisation."""
    figure, ax = plt.subplots(figsize=(6, 4))
    for name, values in ratios.items():
        frontal = np.median(values[np.abs(yaw) < 10])
        ax.plot(np.abs(yaw), frontal / values, ".", ms=4, alpha=0.6, label=name)
    ax.set(xlabel="yaw, degrees either way", ylabel="weight of one pixel (frontal = 1)", ylim=(0, 2))
    ax.legend(markerscale=3)
    return figure


def lines(x: Sequence[float], curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str) -> Figure:
    """Several curves over the same x."""
    figure, ax = plt.subplots(figsize=(6, 4))
    for name, values in curves.items():
        ax.plot(x, values, marker="o", label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_ylim(bottom=0)
    ax.legend()
    return figure


def interval_bars(intervals: Mapping[str, metrics.Interval], xlabel: str) -> Figure:
    """Means with their 95 % intervals, one row each."""
    figure, ax = plt.subplots(figsize=(7, 0.6 * len(intervals) + 1))
    for row, (name, i) in enumerate(intervals.items()):
        ax.errorbar(i.mean, row, xerr=[[i.mean - i.low], [i.high - i.mean]], marker="o", capsize=4, color="C0")
        ax.annotate(f"{name}: {i}", (i.mean, row), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=9)
    ax.set(xlabel=xlabel, yticks=[], ylim=(-0.5, len(intervals)))
    return figure


def labels_in_colour(labels: np.ndarray, classes: int = 19) -> np.ndarray:
    """Segmentation (h, w) uint8 as a picture (h, w, 3) uint8; what is not one of `classes` is black."""
    palette = (255 * np.array(sns.color_palette("husl", classes))).astype(np.uint8)
    palette[0] = 235  # background
    return np.where((labels < classes)[..., None], palette[np.minimum(labels, classes - 1)], 0).astype(np.uint8)
