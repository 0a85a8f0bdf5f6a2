"""Hundreds of points: what they cost, where they err, how sure a network is of each."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from flm.plots.faces import fade, grid


def costs(rows: pd.DataFrame) -> Figure:
    """Pictures a second in training, and memory of a step, over the number of landmarks; a line a head.

    rows: columns head, landmarks, images_per_second, kept_mib, as flm.bench.bench_dense gives them.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    labels = {"images_per_second": "pictures/s in training", "kept_mib": "activations of a step, MiB"}
    for ax, (column, label) in zip(axes, labels.items(), strict=True):
        for head, of in rows.groupby("head", sort=False):
            ax.plot(of["landmarks"], of[column], "o-", label=head)
        ax.set(xlabel="landmarks", ylabel=label)
        ax.set_ylim(bottom=0)
    axes[0].legend()
    return figure


def point_errors(shape: np.ndarray, errors: Mapping[str, np.ndarray], label: str) -> Figure:
    """A shape (n, 2) for each title, each point in the colour of its error (n,)."""
    figure, axes = plt.subplots(1, len(errors), figsize=(4.4 * len(errors), 4.4), squeeze=False)
    most = max(np.percentile(values, 98) for values in errors.values())
    for ax, (title, values) in zip(axes[0], errors.items(), strict=True):
        dots = ax.scatter(*shape.T, c=values, s=14, cmap="viridis", vmin=0, vmax=most)
        ax.set(title=title, aspect="equal")
        ax.invert_yaxis()
        ax.axis("off")
    figure.colorbar(dots, ax=axes, label=label, shrink=0.8)
    return figure


def reliability(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Errors over the spread that the network gives, see flm.uncertainty.Judged.reliability; a line a data set."""
    figure, ax = plt.subplots(figsize=(5, 4.4))
    for name, table in tables.items():
        ax.plot(table["spread"], table["error"], "o-", label=name)
    most = max(table.to_numpy().max() for table in tables.values())
    ax.plot([0, most], [0, most], ls="--", color="0.4", label="as it says")
    ax.set(xlabel="spread, % of the face box", ylabel="error, root mean square in one direction, %")
    ax.legend()
    return figure


def spreads_on_faces(
    crops: Sequence[np.ndarray], landmarks: np.ndarray, spread: np.ndarray, titles: Sequence[str] = ()
) -> Figure:
    """Crops (s, s, 3), and a circle of its spread (count, n) round each landmark (count, n, 2)."""
    figure = grid(crops, titles, columns=4, side=2.6)
    for ax, points, radii in zip(figure.axes, landmarks, spread, strict=False):
        fade(ax)
        circles = [mpl.patches.Circle((x, y), radius) for (x, y), radius in zip(points, radii, strict=True)]
        ax.add_collection(mpl.collections.PatchCollection(circles, facecolor="C1", alpha=0.35, lw=0))
        ax.plot(*points.T, ".", color="C0", ms=2)
        side = len(crops[0])
        ax.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))  # some points lie beyond the crop
    return figure


def features(places: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """One panel a network: the features of faces in two dimensions, (count, 2), in one colour a data set."""
    figure, axes = plt.subplots(1, len(places), figsize=(3.3 * len(places), 3.4), squeeze=False)
    for ax, (title, sets) in zip(axes[0], places.items(), strict=True):
        for name, points in sets.items():
            ax.plot(*points.T, ".", ms=4, alpha=0.6, label=name)
        ax.set(title=title, xticks=[], yticks=[])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=2)
    return figure


def map_sizes(norms: Mapping[str, Mapping[int, float]], least: float) -> Figure:
    """Nuclear norm of a batch of perfect maps over the cells on a side, a line a way to crop; least: of equal maps."""
    figure, ax = plt.subplots(figsize=(6, 3.8))
    for name, by_side in norms.items():
        ax.plot(list(by_side), list(by_side.values()), "o-", label=name)
    ax.axhline(least, ls="--", color="0.4", label="all faces in the same cell")
    ax.set(xscale="log", xlabel="cells on a side", ylabel="nuclear norm", ylim=(0, 1))
    sides = list(next(iter(norms.values())))
    ax.set_xticks(sides, [str(side) for side in sides])
    ax.minorticks_off()
    ax.legend(loc="lower right")
    return figure
