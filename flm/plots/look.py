"""The look that all figures share. Colours are told apart by colour-blind readers; every axis names its unit."""

from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
import seaborn as sns

from flm.metrics import Interval

NME = "NME, % of inter-ocular distance"


def style() -> None:
    """Set the look of all figures; a notebook calls it once."""
    sns.set_theme("notebook", "whitegrid", "colorblind", rc={"axes.spines.top": False, "axes.spines.right": False})
    mpl.rcParams.update(
        {"svg.hashsalt": "flm", "figure.dpi": 80, "savefig.dpi": 150, "figure.constrained_layout.use": True}
    )


def bars(intervals: Iterable[Interval]) -> tuple[np.ndarray, np.ndarray]:
    """Means (k,) and, as errorbar takes them, how far their intervals reach below and above, (2, k)."""
    means, lows, highs = np.array([(one.mean, one.low, one.high) for one in intervals]).T
    return means, np.array([means - lows, highs - means])
