"""An exported network, run by ONNX Runtime: what `flm export` writes, read back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort

from flm.errors import InputError
from flm.experiment import Experiment

Network = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Landmarks (b, n, 2) and confidence (b,) of crops (b, c, s, s) uint8."""
KEY = "flm"
"""Under which what Exported says of the run lies in the file's own metadata."""


@dataclass(frozen=True)
class Exported:
    """A file that `flm export` wrote, in place of the run: `experiment` and `usual_confidence` are the run's."""

    path: Path
    experiment: Experiment
    usual_confidence: float

    def network(self) -> Network:
        """Its network, as Run.network gives it."""
        return OnnxNetwork(self.path)


def load(path: Path) -> Exported:
    """Read a file that `flm export` wrote. Raises InputError for a missing file and for any other."""
    found = OnnxNetwork(path).session.get_modelmeta().custom_metadata_map
    if KEY not in found:
        raise InputError(f"{path}: an ONNX file, but not one that `flm export` wrote")
    try:
        run = json.loads(found[KEY])
        return Exported(path, Experiment.from_dict(run["experiment"]), float(run["usual_confidence"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not what this version's `flm export` writes ({error}); export it again") from None


class OnnxNetwork:
    """Landmarks (b, n, 2) and confidence (b,) of crops (b, c, s, s) uint8, by ONNX Runtime on the CPU."""

    def __init__(self, path: Path):
        try:
            self.session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own errors have no common class
            raise InputError(f"{path}: not an ONNX file that can be run ({str(error).splitlines()[0]})") from None

    def __call__(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        landmarks, confidence = self.session.run(None, {"crops": crops})
        return landmarks, confidence
