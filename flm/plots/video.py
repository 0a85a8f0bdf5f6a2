"""Faces in videos: how they are found from frame to frame, and what it costs to steady them."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure


def over_time(panels: Mapping[str, Mapping[str, np.ndarray]], rate: float, label: str) -> Figure:
    """One panel a film, one line a series (t,), over seconds. rate: frames a second. label: the series' unit."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    size = (10.2, 2.3 * rows + 0.5) if columns > 1 else (8, 3.4)
    figure, axes = plt.subplots(rows, columns, figsize=size, sharey=True, squeeze=False)
    for ax, (title, lines) in zip(axes.flat, panels.items(), strict=False):
        for name, values in lines.items():
            ax.plot(np.arange(len(values)) / rate, values, lw=1.5, label=name)
        ax.set(title=title)
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    for ax in axes[-1]:
        ax.set(xlabel="seconds")
    figure.supylabel(label, fontsize="medium")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def jitter_against_lag(rows: pd.DataFrame) -> Figure:
    """What smoothing leaves of the jitter over the lag that it costs, a line a way to smooth, a dot a setting.

    rows: columns way, lag (frames), jitter (% of what it is unsmoothed). Half the jitter is below the lower dashes.
    """
    figure, ax = plt.subplots(figsize=(6.4, 4.2))
    for way, of in rows.groupby("way", sort=False):
        ax.plot(of["lag"], of["jitter"], "o-", label=way)
    for share in (50, 100):
        ax.axhline(share, ls="--", color="0.4")
    ax.annotate("unsmoothed", (0, 100), xytext=(4, 3), textcoords="offset points", fontsize="small")
    ax.set(xlabel="lag, frames", ylabel="jitter, % of unsmoothed", ylim=(0, None))
    ax.legend()
    return figure
