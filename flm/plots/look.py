"""The look that all figures share. Colours are told apart by colour-blind readers; every axis names its unit."""

import matplotlib as mpl
import seaborn as sns

NME = "NME, % of inter-ocular distance"


def style() -> None:
    """Set the look of all figures; a notebook calls it once."""
    sns.set_theme("notebook", "whitegrid", "colorblind", rc={"axes.spines.top": False, "axes.spines.right": False})
    mpl.rcParams.update(
        {"svg.hashsalt": "flm", "figure.dpi": 80, "savefig.dpi": 150, "figure.constrained_layout.use": True}
    )
