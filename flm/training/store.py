"""The run store: one folder a run, keyed by everything that decides its result."""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from flm import models, paths
from flm.errors import InputError
from flm.experiment import Experiment
from flm.models.deployed import TorchNetwork

_FORMAT = "2"
_DEFAULTS = Experiment()
WEIGHTS, RECORD = "model.safetensors", "record.json"


@dataclass(frozen=True)
class Run:
    """A finished training run: `experiment` as it was asked for, `record` as it went."""

    folder: Path
    experiment: Experiment
    record: dict

    def model(self) -> nn.Module:
        """The trained model, ready for inference.

        Raises InputError when weights are missing, broken, or of another model, and for a record of no model at all.
        """
        path = self.folder / WEIGHTS
        try:
            model, _ = models.build(replace(self.experiment, pretrained=False))
        except (TypeError, ValueError, RuntimeError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{self.folder / RECORD}: not the settings of a network ({reason})") from None
        try:
            model.load_state_dict(load_file(path))
        except (SafetensorError, OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"{path}: not the weights of this run ({reason}); remove {self.folder} and train again"
            ) from None
        return model.to(memory_format=torch.channels_last).eval()

    @property
    def usual_confidence(self) -> float:
        """See TorchNetwork.usual_confidence: that of the validation faces."""
        try:
            return float(self.record["usual_confidence"])
        except (KeyError, TypeError, ValueError):
            raise InputError(
                f"{self.folder / RECORD}: no usual_confidence; remove {self.folder} and train again"
            ) from None

    @property
    def kept(self) -> Path:
        """Where what is computed from this run is kept: with it, but for the network that comes with the package, since
        its folder holds another one after an update.
        """
        if self.folder.resolve() != paths.SHIPPED:
            return self.folder
        return paths.cache_dir() / f"shipped-{paths.digest([json.dumps(self.record)])}"

    def network(self) -> TorchNetwork:
        """The trained model as a function of crops."""
        return TorchNetwork(self.model())

    def curves(self) -> pd.DataFrame:
        """Training loss, validation NME (%) and RMSE (fractions of the crop) by epoch."""
        return pd.DataFrame(self.record["curves"])


def folder_of(experiment: Experiment, fingerprints: dict[str, str]) -> Path:
    """Where the run of `experiment` on data with these fingerprints lies.

    The key holds the settings that are not at their defaults, so that a new setting leaves old runs theirs; a default
    that changes is a new _FORMAT.
    """
    # An adapter is known by its fingerprint, wherever its file lies.
    names = [setting.name for setting in fields(experiment) if setting.name != "adapter"]
    chosen = {n: getattr(experiment, n) for n in names if getattr(experiment, n) != getattr(_DEFAULTS, n)}
    key = json.dumps([_FORMAT, chosen, fingerprints], sort_keys=True)
    return paths.runs_dir() / f"{experiment.name}-{paths.digest([key])}"


def save(folder: Path, model: nn.Module, record: dict) -> None:
    """Write the weights, then the record, whose presence says that the run is finished."""
    with paths.atomic_path(folder / WEIGHTS) as temporary:
        save_file({name: value.contiguous() for name, value in model.state_dict().items()}, temporary)
    paths.write_json(folder / RECORD, record, indent=1)


def load(folder: Path) -> Run:
    """The finished run in `folder`. Raises InputError when there is none, or its record cannot be read."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_text())
        return Run(folder, Experiment.from_dict(record["experiment"]), record)
    except FileNotFoundError:
        raise InputError(f"{folder}: no finished run; expected {RECORD} in it (`flm train` makes one)") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not a run record ({error}); remove {folder} and train again") from None


def is_finished(folder: Path) -> bool:
    """Whether `folder` holds a finished run."""
    return (folder / RECORD).is_file()
