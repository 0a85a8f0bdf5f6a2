"""Landmark sets without a picture: where points are, how they vary, how one set differs from another."""

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flm.markup import IBUG68, Markup


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


def point_map(landmarks: np.ndarray) -> Figure:
    """A face's 68 landmarks (68, 2) with their numbers, coloured by face part."""
    figure, ax = plt.subplots(figsize=(7, 6.5))
    shape(ax, landmarks, numbers=True, color="0.8", marker="")
    for part, points in IBUG68.groups.items():
        ax.plot(*landmarks[list(points)].T, "o", label=part, markersize=5, zorder=3)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def spread(aligned: np.ndarray, mean: np.ndarray) -> Figure:
    """A mean shape (68, 2), and round each point one standard deviation of the aligned shapes (count, 68, 2)."""
    figure, ax = plt.subplots(figsize=(5.5, 5.5))
    shape(ax, mean, color="0.55", markersize=2)
    for i in range(len(mean)):
        values, vectors = np.linalg.eigh(np.cov(aligned[:, i].T))
        angle = np.degrees(np.arctan2(*vectors[::-1, 1]))
        width, height = 2 * np.sqrt(values[::-1])
        ax.add_patch(mpl.patches.Ellipse(mean[i], width, height, angle=angle, color="C0", alpha=0.45, lw=0))
    ax.margins(0.12)
    return figure


def two_shapes(first: np.ndarray, second: np.ndarray, names: tuple[str, str]) -> Figure:
    """Two shapes (68, 2) over each other, and an arrow from each point of the first to the second's."""
    figure, ax = plt.subplots(figsize=(5.5, 5.5))
    _moved_shape(ax, first, second, names)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def moved_shapes(panels: Mapping[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, str]) -> Figure:
    """Pairs of shapes (68, 2) side by side, an arrow from each point of the first to the second's."""
    figure, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 4.2), layout="constrained")
    for ax, (title, (first, second)) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        _moved_shape(ax, first, second, names)
        ax.set_title(title)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _moved_shape(ax: Axes, first: np.ndarray, second: np.ndarray, names: tuple[str, str]) -> None:
    shape(ax, first, color="C0", label=names[0])
    shape(ax, second, color="C1", label=names[1])
    ax.quiver(*first.T, *(second - first).T, angles="xy", scale_units="xy", scale=1, width=0.004, color="0.25")
