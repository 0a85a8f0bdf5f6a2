"""Many runs that differ in a few things: which of them matters, and what accuracy costs."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from flm import metrics
from flm.plots.look import NME, bars
from flm.trends import PowerLaw


def heads(image: np.ndarray, landmarks: np.ndarray, bells: np.ndarray, nearest: Sequence[int], cells: int) -> Figure:
    """What three heads learn of one crop (s, s, 3): coordinates, a map, and a cell with shifts to the neighbours.

    landmarks: (n, 2), crop pixels, of which the first is drawn. bells: (h, w), its map. nearest: its neighbours.
    cells: PIPNet's on a side.
    """
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.7))
    size, (x, y) = len(image), landmarks[0]
    for ax, title in zip(axes, ("regression", "heatmap", "PIPNet"), strict=True):
        ax.imshow(image, extent=(0, size, size, 0))
        ax.set(title=title, xticks=[], yticks=[])
        ax.grid(False)
    axes[0].annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->", "color": "C1", "lw": 2})
    axes[1].imshow(bells, extent=(0, size, size, 0), cmap="plasma", alpha=np.sqrt(bells / bells.max()))
    side = size / cells
    corner = side * np.floor(landmarks[0] / side)
    for line in side * np.arange(1, cells):
        axes[2].axvline(line, color="w", lw=0.8)
        axes[2].axhline(line, color="w", lw=0.8)
    axes[2].add_patch(plt.Rectangle(corner, side, side, fill=False, edgecolor="C1", lw=2.5))
    for point in landmarks[list(nearest)]:
        axes[2].annotate("", point, corner, arrowprops={"arrowstyle": "->", "color": "w", "lw": 0.8})
    axes[2].annotate("", (x, y), corner, arrowprops={"arrowstyle": "->", "color": "C1", "lw": 2})
    return figure


def heat_maps(panels: Mapping[str, pd.DataFrame], label: str, signed: bool = False) -> Figure:
    """Tables of numbers side by side in the same colours. signed: below zero is better, above is worse."""
    values = np.concatenate([table.to_numpy().ravel() for table in panels.values()])
    least, most = np.nanmin(values), np.nanmax(values)
    if signed:
        most = max(-least, most)
        least = -most
    first = next(iter(panels.values()))
    size = (len(panels) * (0.5 + 0.95 * first.shape[1]) + 2, 0.4 * first.shape[0] + 1.3)
    figure, axes = plt.subplots(1, len(panels), figsize=size, squeeze=False, sharey=True)
    for ax, (title, table) in zip(axes[0], panels.items(), strict=True):
        shown = {"annot": True, "fmt": ".2f", "cmap": "vlag" if signed else "rocket_r", "vmin": least, "vmax": most}
        sns.heatmap(table, ax=ax, cbar=ax is axes[0, -1], cbar_kws={"label": label}, **shown)
        ax.set(title=title, xlabel="", ylabel="")
        ax.tick_params(axis="x", rotation=20)
    return figure


def interaction(rows: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Mean error with its 95 % interval over the augmentations, in this order; a line a network, a panel a measure and
    number of training faces.

    rows: columns augmentation, network, faces, measure, and errors (count,), %.
    """
    measures, counts = rows["measure"].unique(), rows["faces"].unique()
    size = (4.6 * len(counts), 2.9 * len(measures))
    figure, axes = plt.subplots(len(measures), len(counts), figsize=size, sharey="row", sharex=True, squeeze=False)
    for (measure, faces), of in rows.groupby(["measure", "faces"], sort=False):
        ax = axes[list(measures).index(measure), list(counts).index(faces)]
        each = of.explode("errors", ignore_index=True).astype({"errors": float})
        look = {"order": list(order), "dodge": True, "capsize": 0.1, "n_boot": 500, "seed": 0, "linewidth": 1.5}
        sns.pointplot(each, x="augmentation", y="errors", hue="network", ax=ax, legend=ax is axes[0, 0], **look)
        ax.set(title=f"{faces:,} training faces, {measure}", xlabel="", ylabel="NME, %")
    return figure


def pareto(rows: pd.DataFrame, cost: str, label: str) -> Figure:
    """Error over cost, a dot a network, and a line through those that no other beats in both.

    rows: columns name, `cost`, and NME (a metrics.Interval).
    """
    figure, ax = plt.subplots(figsize=(8, 4.8))
    means, ends = bars(rows["NME"])
    ax.errorbar(rows[cost], means, ends, fmt="o", capsize=3)
    cheapest = np.argsort(rows[cost].to_numpy())
    best = cheapest[means[cheapest] <= np.minimum.accumulate(means[cheapest])]
    ax.plot(rows[cost].to_numpy()[best], means[best], drawstyle="steps-post", color="0.5", zorder=0)
    for number, (name, x, y) in enumerate(zip(rows["name"], rows[cost], means, strict=True)):
        below = number in best  # where the others' names cannot be in the way
        place = {"xytext": (0, -11), "rotation": -60, "va": "center"} if below else {"xytext": (6, 5)}
        ax.annotate(name, (x, y), textcoords="offset points", rotation_mode="anchor", fontsize="small", **place)
    ax.set(xscale="log", yscale="log", xlabel=label, ylabel=NME)
    for axis, subs in ((ax.xaxis, (1, 2, 5)), (ax.yaxis, (1, 2, 3, 4, 5, 6, 8))):
        axis.set_major_locator(LogLocator(subs=subs))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    ax.margins(x=0.17)
    ax.set_ylim(0.65 * means.min())  # room for names
    return figure


def data_curves(curves: Mapping[str, Mapping[int, metrics.Interval]], laws: Mapping[str, PowerLaw]) -> Figure:
    """Mean error with its 95 % interval over the number of generated training faces, both axes logarithmic; a colour a
    measure, dashed the law that fits it, to ten times as many faces.
    """
    figure, ax = plt.subplots(figsize=(7, 4.4))
    for number, (name, curve) in enumerate(curves.items()):
        means, ends = bars(curve.values())
        ax.errorbar(list(curve), means, ends, fmt="o", capsize=4, color=f"C{number}", label=name)
        faces = np.geomspace(min(curve), 10 * max(curve))
        ax.plot(faces, laws[name](faces), "--", color=f"C{number}")
    ax.set(xscale="log", yscale="log", xlabel="generated training faces", ylabel=NME)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.legend()
    return figure
