"""Errors of systems, and of what is varied, as lines, bars and distributions."""

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flm import metrics
from flm.plots.look import NME, bars


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
        means, ends = bars(curve.values())
        ax.errorbar(list(curve), means, ends, marker="o", capsize=4, label=label)
        for x, mean in zip(curve, means, strict=True) if len(curves) == 1 else ():
            ax.annotate(f"{mean:.2f}", (x, mean), xytext=(8, 6), textcoords="offset points")
    ax.legend()


def differences(intervals: Mapping[str, metrics.Interval], label: str) -> Figure:
    """Paired differences with their 95 % intervals, one a row, the largest at the top."""
    ordered = sorted(intervals.items(), key=lambda item: item[1].mean)
    figure, ax = plt.subplots(figsize=(6, 0.6 + 0.35 * len(ordered)), layout="constrained")
    means, ends = bars(interval for _, interval in ordered)
    ax.errorbar(means, range(len(ordered)), xerr=ends, fmt="o", capsize=4)
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
