"""Notebook 02's figures: what an error measure does, on faces where it shows."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flm import metrics
from flm.data import Sample, crop
from flm.markup import IBUG68
from flm.plots.faces import fade
from flm.plots.look import NME, bars
from flm.plots.shapes import shape
from flm.pose import head_pose
from flm.shape import mean_shape


def ratio_histogram(ax: Axes, ratio: np.ndarray, label: str) -> None:
    """How far the ratio of two normalisers, (count,), is from a constant: its mean and the middle 95 %."""
    low, high = np.percentile(ratio, (2.5, 97.5))
    ax.hist(ratio, 30, color="C0", alpha=0.8)
    ax.axvline(ratio.mean(), color="k", lw=1.5, label=f"mean {ratio.mean():.2f}")
    ax.axvspan(low, high, color="C1", alpha=0.18, lw=0, label=f"95 % of faces: {low:.2f} to {high:.2f}")
    ax.set(xlabel=label, ylabel="faces", ylim=(0, 1.35 * ax.get_ylim()[1]))
    ax.legend(loc="upper left", fontsize=10)


def pixel_weight(ax: Axes, truth: np.ndarray) -> None:
    """What one pixel of error weighs in each NME when a head turns, relative to the same head seen from the front.

    Lines: the 3-D mean head, turned. Dots: faces (count, 68, 2), whose size is taken from the distance between nose
    bridge and chin, which hardly changes with yaw.
    """
    yaw = np.radians(np.arange(0, 66))
    x, y, z = mean_shape().T[..., None]  # (68, 1) each
    turned = np.stack([x * np.cos(yaw) + z * np.sin(yaw), y + 0 * yaw], -1).transpose(1, 0, 2)  # (66, 68, 2)
    for name, line in zip(metrics.NORMALISATIONS, ("-", "--", "-.", ":"), strict=True):
        distance = metrics.normaliser(turned, IBUG68, name)
        ax.plot(np.degrees(yaw), distance[0] / distance, line, lw=2.2, label=name)
    angle, size = np.abs(head_pose(truth)[:, 0]), np.linalg.norm(truth[:, 27] - truth[:, 8], axis=1)
    for name, colour in (("interocular", "C0"), ("box", "C2")):
        share = metrics.normaliser(truth, IBUG68, name) / size
        weight = np.median(share[angle <= np.median(angle)]) / share
        ax.plot(angle, weight, ".", color=colour, ms=3, alpha=0.4, label=f"the faces, {name}")
    ax.set(xlabel="yaw, degrees either way", ylabel="weight of one pixel (frontal = 1)", xlim=(0, 65), ylim=(0.5, 2.8))
    ax.legend(loc="upper left", fontsize=10, ncols=2, markerscale=4)


def normalisers(truth: np.ndarray) -> Figure:
    """Why no NME may be converted into another, on faces (count, 68, 2): no constant ratio, and less so in profile."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2))
    pupils, corners = (metrics.normaliser(truth, IBUG68, by) for by in ("interpupil", "interocular"))
    ratio_histogram(left, pupils / corners, "inter-pupil over inter-ocular distance")
    pixel_weight(right, truth)
    return figure


def one_pixel(distances: np.ndarray, label: str) -> Figure:
    """NME that an offset of (1, 1) makes, over the inter-ocular distance, and the faces' distances (count,), pixels."""
    figure, ax = plt.subplots(figsize=(7.5, 4))
    limit = max(200, np.percentile(distances, 98))
    x = np.linspace(15, limit, 200)
    heights, edges = np.histogram(distances, np.linspace(0, limit, 41))
    ax.stairs(2.5 * heights / heights.max(), edges, fill=True, color="0.8", label=label)
    ax.plot(x, 100 * np.sqrt(2) / x, lw=2.5, color="C1", label="every point off by (1, 1) pixel")
    for at in (25, 50, 100):
        nme = 100 * np.sqrt(2) / at
        ax.plot(at, nme, "o", color="C1")
        ax.annotate(f"{at} px: {nme:.1f} %", (at, nme), xytext=(8, 6), textcoords="offset points")
    ax.set(xlabel="inter-ocular distance, pixels", ylabel="NME from the offset alone, %", xlim=(0, limit), ylim=(0, 8))
    ax.legend()
    return figure


def forgotten_swap(landmarks: np.ndarray, costs: Mapping[str, float]) -> Figure:
    """A mirrored face (n, 2) whose points kept their numbers, and the NME of forgetting only some of the swaps, %."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.6), width_ratios=(1, 1.3))
    where = landmarks[IBUG68.flip]  # where the point of each number should be
    shape(left, landmarks, color="0.4")
    left.quiver(*landmarks.T, *(where - landmarks).T, angles="xy", scale_units="xy", scale=1, width=0.004, color="C1")
    left.plot(*landmarks.T, "o", color="C0", ms=4)
    drawn = right.barh(list(costs), list(costs.values()), color="C1")
    right.bar_label(drawn, [f"{cost:.2g} %" for cost in costs.values()], padding=4)
    right.set(xscale="log", xlabel=f"{NME}, of a perfect prediction", xlim=(0.1, 300))
    right.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    right.invert_yaxis()
    right.grid(visible=False, axis="y")
    return figure


def box_errors(sample: Sample, moved: Mapping[float, metrics.Interval], levels: Mapping[str, float]) -> Figure:
    """The error over how far the box is moved (share of its side), what that looks like, and errors to compare with."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2), width_ratios=(1, 1.6))
    shares, colours = np.array([*moved]), sns.color_palette("viridis", len(moved))
    moved_boxes(left, sample, list(moved), colours)
    means, around = bars(moved.values())
    right.plot(100 * shares, means, color="0.4", label="true box, moved at random")
    right.scatter(100 * shares, means, s=80, color=colours, zorder=3)
    low, high = means - around[0], means + around[1]
    right.fill_between(100 * shares, low, high, color="0.4", alpha=0.2, label="95 % interval")
    for at in zip(100 * shares, means, strict=True):
        right.annotate(f"{at[1]:.1f}", at, xytext=(-9, 6), textcoords="offset points", ha="right")
    for (name, error), dashes in zip(levels.items(), ("--", ":", "-."), strict=False):
        right.axhline(error, ls=dashes, color="C1", lw=2, label=f"{name}: {error:.2f} %")
    right.set(xlabel="box moved and scaled by up to, % of its side", ylabel=NME, xticks=100 * shares)
    right.set_xlim(left=-2)
    right.set_ylim(bottom=0)
    right.legend()
    return figure


def moved_boxes(ax: Axes, sample: Sample, shares: Sequence[float], colours: Sequence) -> None:
    """A face with its box moved to the lower right and enlarged, by each of `shares` of its side."""
    size = 300
    matrix = crop.crop_matrix(sample.box, size, 1.9)
    ax.imshow(crop.cut(sample.read(), matrix, size))
    ax.axis("off")
    fade(ax)
    corners = crop.transform(matrix, sample.box.reshape(2, 2))
    sides = corners[1] - corners[0]
    for share, colour in zip(shares, colours, strict=True):
        grown = np.exp(share) * sides
        corner = corners.mean(0) + share * sides.max() - grown / 2
        ax.add_patch(mpl.patches.Rectangle(corner, *grown, fill=False, lw=2, edgecolor=colour))


def ced_explained(errors: Mapping[str, np.ndarray]) -> Figure:
    """Cumulative error distributions with AUC and failure rate of the first drawn in; errors are (count,) NME."""
    at, limit = 8.0, 12.0
    figure, ax = plt.subplots(figsize=(8.5, 4.8))
    x = np.linspace(0, limit, 600)
    for (name, values), line in zip(errors.items(), ("-", "--", "-."), strict=False):
        ax.plot(x, metrics.ced(values, x), line, lw=2.2, label=f"{name}: AUC@{at:g} {metrics.auc(values, at):.3f}")
    first = next(iter(errors.values()))
    inside, reached = x[x <= at], metrics.ced(first, np.array([at]))[0]
    ax.fill_between(inside, metrics.ced(first, inside), color="C0", alpha=0.15, lw=0)
    ax.add_patch(mpl.patches.Rectangle((0, 0), at, 1, fill=False, ls=":", edgecolor="0.3", lw=1.5))
    ax.text(0.04 * at, 0.94, f"AUC@{at:g} = blue area / dotted box", va="top")
    ax.plot([at, at], [reached, 1], color="C3", lw=5, solid_capstyle="butt")
    ax.annotate(
        f"FR@{at:g} = {100 * (1 - reached):.1f} %\nis what is missing here",
        (at, (1 + reached) / 2),
        xytext=(at + 0.06 * limit, 0.66),
        arrowprops={"arrowstyle": "->", "color": "C3", "lw": 1.5},
    )
    ax.set(xlabel=NME, ylabel="share of faces at or below", xlim=(0, limit), ylim=(0, 1.02))
    ax.legend(loc="lower right", fontsize=10)
    return figure


def narrowing(intervals: Mapping[int, metrics.Interval]) -> Figure:
    """The 95 % interval of the mean over the number of test faces, around the mean of all of them."""
    figure, ax = plt.subplots(figsize=(7.5, 4))
    counts = list(intervals)
    means, around = bars(intervals.values())
    ax.errorbar(counts, means, around, fmt="o", capsize=4, label="mean and 95 % interval")
    x = np.geomspace(counts[0], counts[-1], 50)
    half = around[:, -1].mean() * np.sqrt(counts[-1] / x)
    ax.fill_between(
        x, means[-1] - half, means[-1] + half, color="C1", alpha=0.2, lw=0, label="as 1/√n, from the last one"
    )
    ax.axhline(means[-1], color="C1", lw=1)
    ax.set(xscale="log", xlabel="test faces", ylabel=NME)
    ax.set_xticks(counts, [str(n) for n in counts])
    ax.minorticks_off()
    ax.legend()
    return figure


def paired_and_unpaired(systems: Mapping[str, metrics.Interval], difference: metrics.Interval) -> Figure:
    """Two systems' intervals above that of their paired difference, all to the same scale."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 3.8), height_ratios=(2, 1))
    rows = [(above, row, name, i) for row, (name, i) in enumerate(systems.items())] + [(below, 0, "paired", difference)]
    for ax, row, name, i in rows:
        ax.errorbar(i.mean, row, xerr=bars([i])[1], marker="o", capsize=5, lw=2.5, color="C0")
        ax.annotate(f"{name}: {i}", (i.mean, row), xytext=(0, 9), textcoords="offset points", ha="center")
    middle = float(np.mean([i.mean for i in systems.values()]))
    half = 1.2 * max(abs(end - middle) for i in systems.values() for end in (i.low, i.high))
    half = max(half, 1.2 * abs(difference.low), 1.2 * abs(difference.high))
    above.set(xlabel=NME, xlim=(middle - half, middle + half), yticks=[], ylim=(-0.5, len(systems) - 0.2))
    below.set(xlabel="difference on the same faces, same scale, %", xlim=(-half, half), yticks=[], ylim=(-0.5, 0.8))
    below.axvline(0, color="0.3", ls="--")
    return figure
