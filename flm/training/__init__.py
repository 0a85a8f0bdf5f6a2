"""Training: `fit(Experiment(...))` gives the finished run."""

from flm.experiment import Experiment
from flm.training.fit import fit
from flm.training.store import Run, load

__all__ = ["Experiment", "Run", "fit", "load"]
