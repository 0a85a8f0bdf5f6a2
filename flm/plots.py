"""Every figure's drawing. Colours are told apart by colour-blind readers; every axis names its unit."""

from collections.abc import Mapping, Sequence

import cv2
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
from flm.pose import head_pose
from flm.shape import mean_shape

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


def learning_curves(curves: Mapping[str, Mapping[int, metrics.Interval]]) -> Figure:
    """Mean error with its 95 % interval over the number of real training faces, a logarithmic axis; a line a system."""
    figure, ax = plt.subplots(figsize=(7, 4))
    _lines(ax, curves)
    counts = sorted({count for curve in curves.values() for count in curve})
    ax.set(xscale="log", xlabel="real training faces", ylabel=NME)
    ax.set_xticks(counts, [f"{n:,}" for n in counts])
    ax.minorticks_off()
    return figure


def share_curves(curves: Mapping[str, Mapping[float, metrics.Interval]], alone: Mapping[str, float]) -> Figure:
    """Mean error with its 95 % interval over the synthetic share of each batch; a line a number of real faces.

    alone: mean error, %, of those real faces without any synthetic training, a dashed line.
    """
    figure, ax = plt.subplots(figsize=(7, 4))
    _lines(ax, curves)
    for number, label in enumerate(curves):
        ax.axhline(alone[label], color=f"C{number}", linestyle="--", linewidth=1)
    shares = sorted({share for curve in curves.values() for share in curve})
    ax.set(xlabel="synthetic share of each batch, α", ylabel=NME)
    ax.set_xticks(shares, [f"{share:g}" for share in shares])
    return figure


def _lines(ax: Axes, curves: Mapping[str, Mapping]) -> None:
    for label, curve in curves.items():
        means, lows, highs = np.array([(i.mean, i.low, i.high) for i in curve.values()]).T
        ax.errorbar(list(curve), means, (means - lows, highs - means), marker="o", capsize=4, label=label)
        for x, mean in zip(curve, means, strict=True) if len(curves) == 1 else ():
            ax.annotate(f"{mean:.2f}", (x, mean), xytext=(8, 6), textcoords="offset points")
    ax.legend()


def differences(intervals: Mapping[str, metrics.Interval], label: str) -> Figure:
    """Paired differences with their 95 % intervals, one a row, the largest at the top."""
    ordered = sorted(intervals.items(), key=lambda item: item[1].mean)
    figure, ax = plt.subplots(figsize=(6, 0.6 + 0.35 * len(ordered)), layout="constrained")
    for row, (_, i) in enumerate(ordered):
        ax.errorbar(i.mean, row, xerr=[[i.mean - i.low], [i.high - i.mean]], marker="o", capsize=4, color="C0")
    ax.axvline(0, color="0.5", linewidth=1)
    ax.set(
        yticks=range(len(ordered)),
        yticklabels=[name for name, _ in ordered],
        xlabel=label,
        ylim=(-0.6, len(ordered) - 0.4),
    )
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
    _moved_shape(ax, first, second, names, markup)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def moved_shapes(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, str], markup: Markup = IBUG68
) -> Figure:
    """Pairs of shapes (n, 2) side by side, an arrow from each point of the first to the second's."""
    figure, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 4.2), layout="constrained")
    for ax, (title, (first, second)) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        _moved_shape(ax, first, second, names, markup)
        ax.set_title(title)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _moved_shape(ax: Axes, first: np.ndarray, second: np.ndarray, names: tuple[str, str], markup: Markup) -> None:
    shape(ax, first, markup, color="C0", label=names[0])
    shape(ax, second, markup, color="C1", label=names[1])
    ax.quiver(*first.T, *(second - first).T, angles="xy", scale_units="xy", scale=1, width=0.004, color="0.25")


def spectra(aligned: Mapping[str, np.ndarray]) -> Figure:
    """How much aligned shapes (count, n, 2) vary along each of their principal directions, strongest first."""
    figure, ax = plt.subplots(figsize=(7, 4))
    for name, shapes in aligned.items():
        flat = shapes.reshape(len(shapes), -1)
        strength = np.linalg.svd(flat - flat.mean(0), compute_uv=False)[:60] / np.sqrt(len(flat))
        ax.plot(range(1, len(strength) + 1), 100 * strength, label=name)
    ax.set(yscale="log", xlabel="principal direction", ylabel="standard deviation, % of face size")
    ax.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    ax.legend()
    return figure


def labels_in_colour(labels: np.ndarray, classes: int = 19) -> np.ndarray:
    """Segmentation (h, w) uint8 as a picture (h, w, 3) uint8; what is not one of `classes` is black."""
    palette = (255 * np.array(sns.color_palette("husl", classes))).astype(np.uint8)
    palette[0] = 235  # background
    return np.where((labels < classes)[..., None], palette[np.minimum(labels, classes - 1)], 0).astype(np.uint8)


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
    samples: Sequence[Sample], predicted: np.ndarray, titles: Sequence[str], name: str = "prediction", size: int = 300
) -> Figure:
    """Faces in grey, each with a line from every label to the predicted landmark, (count, n, 2), called `name`."""
    matrices = [crop.crop_matrix(sample.box, size, 1.1) for sample in samples]
    figure = grid([crop.cut(s.read(), m, size) for s, m in zip(samples, matrices, strict=True)], titles, 3, side=3)
    figure.set_size_inches(9, 3.9)
    for ax, sample, matrix, points in zip(figure.axes, samples, matrices, predicted, strict=True):
        _fade(ax)
        ax.title.set_fontsize(12)
        truth, found = crop.transform(matrix, sample.landmarks), crop.transform(matrix, points)
        ax.plot(*np.stack([truth, found]).transpose(2, 0, 1), color="C1", lw=2)  # one column a landmark
        ax.plot(*truth.T, "o", color="w", mec="k", mew=0.6, ms=3.5, label="label")
        ax.plot(*found.T, "o", color="C1", mec="k", mew=0.3, ms=3, label=name)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=1.8)
    return figure


def _fade(ax: Axes) -> None:
    """Make the picture of an axes pale and grey, so that what is drawn on it stands out."""
    (image,) = ax.get_images()
    ax.imshow(80 + 0.68 * np.asarray(image.get_array()).mean(2), cmap="gray", vmin=0, vmax=255)
    image.remove()


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


def forgotten_swap(landmarks: np.ndarray, costs: Mapping[str, float], markup: Markup = IBUG68) -> Figure:
    """A mirrored face (n, 2) whose points kept their numbers, and the NME of forgetting only some of the swaps, %."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.6), width_ratios=(1, 1.3))
    where = landmarks[markup.flip]  # where the point of each number should be
    shape(left, landmarks, markup, color="0.4")
    left.quiver(*landmarks.T, *(where - landmarks).T, angles="xy", scale_units="xy", scale=1, width=0.004, color="C1")
    left.plot(*landmarks.T, "o", color="C0", ms=4)
    bars = right.barh(list(costs), list(costs.values()), color="C1")
    right.bar_label(bars, [f"{cost:.2g} %" for cost in costs.values()], padding=4)
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
    means, lows, highs = np.array([(i.mean, i.low, i.high) for i in moved.values()]).T
    right.plot(100 * shares, means, color="0.4", label="true box, moved at random")
    right.scatter(100 * shares, means, s=80, color=colours, zorder=3)
    right.fill_between(100 * shares, lows, highs, color="0.4", alpha=0.2, label="95 % interval")
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
    _fade(ax)
    corners = crop.transform(matrix, sample.box.reshape(2, 2))
    sides = corners[1] - corners[0]
    for share, colour in zip(shares, colours, strict=True):
        grown = np.exp(share) * sides
        corner = corners.mean(0) + share * sides.max() - grown / 2
        ax.add_patch(mpl.patches.Rectangle(corner, *grown, fill=False, lw=2, edgecolor=colour))


def ced_explained(errors: Mapping[str, np.ndarray], at: float = 8.0, limit: float = 12.0) -> Figure:
    """Cumulative error distributions with AUC and failure rate of the first drawn in; errors are (count,) NME."""
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
    means, lows, highs = np.array([(i.mean, i.low, i.high) for i in intervals.values()]).T
    ax.errorbar(counts, means, (means - lows, highs - means), fmt="o", capsize=4, label="mean and 95 % interval")
    x = np.geomspace(counts[0], counts[-1], 50)
    half = (highs[-1] - lows[-1]) / 2 * np.sqrt(counts[-1] / x)
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
        ax.errorbar(i.mean, row, xerr=[[i.mean - i.low], [i.high - i.mean]], marker="o", capsize=5, lw=2.5, color="C0")
        ax.annotate(f"{name}: {i}", (i.mean, row), xytext=(0, 9), textcoords="offset points", ha="center")
    middle = float(np.mean([i.mean for i in systems.values()]))
    half = 1.2 * max(abs(end - middle) for i in systems.values() for end in (i.low, i.high))
    half = max(half, 1.2 * abs(difference.low), 1.2 * abs(difference.high))
    above.set(xlabel=NME, xlim=(middle - half, middle + half), yticks=[], ylim=(-0.5, len(systems) - 0.2))
    below.set(xlabel="difference on the same faces, same scale, %", xlim=(-half, half), yticks=[], ylim=(-0.5, 0.8))
    below.axvline(0, color="0.3", ls="--")
    return figure
