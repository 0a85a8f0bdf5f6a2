"""Training: `fit(Experiment(...))` gives the finished run."""

from flm.experiment import Experiment
from flm.training.fit import first_batch, fit
from flm.training.store import Run, load

__all__ = ["Experiment", "Run", "first_batch", "fit", "load"]
