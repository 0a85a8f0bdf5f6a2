"""Datagen's five strategies of using synthetic faces, which differ in nothing but what is learnt from, and when.

1  real only             people's labels alone
2  adapted predictions   trained on synthetic faces; what it predicts is adapted
3  adapted labels        then trained on synthetic faces with adapted labels
4  mixing                then trained on real faces and synthetic ones with adapted labels together
5  fine-tuning           then trained on real faces

2 to 5 share one long training on synthetic faces with their own labels: 5 is 4 without synthetic faces, and 3 is 4
without real ones. Datagen's strategies 3 and 4 start from nothing, as `mixing` does with from_nothing.

Source: Datagen, "Facial landmark detection using synthetic data" (2022).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from flm import data, metrics, paths
from flm.adapt import adapted, adapter_of
from flm.errors import InputError
from flm.evaluate import Evaluation, evaluate
from flm.evaluate import saved as written
from flm.experiment import Experiment
from flm.models.adapters import load_adapter
from flm.training import Run, fit

NAMES = ("real only", "adapted predictions", "adapted labels", "mixing", "fine-tuning")


@dataclass(frozen=True)
class Trial:
    """One strategy with so many real faces that have labels; the seed draws them.

    setting: of mixing, the synthetic share of each batch; of fine-tuning, the backbone's learning rate over the head's,
    0 where the backbone is frozen; None: 1. from_nothing: mixing starts from random weights.
    adapter: kind of label adapter, see flm.models.corrections. rough: labels that it adapts are first given the errors
    that the network makes on held-out synthetic faces.
    """

    strategy: str
    faces: int
    seed: int = 0
    setting: float | None = None
    adapter: str = "mlp"
    rough: bool = False
    from_nothing: bool = False

    @property
    def label(self) -> str:
        """The strategy, and what is unusual about it."""
        unusual = {
            f"{self.adapter} adapter": self.adapter != "mlp",
            "roughened": self.rough,
            "from nothing": self.from_nothing,
        }
        return ", ".join([self.strategy, *(words for words, said in unusual.items() if said)])

    @property
    def title(self) -> str:
        """All that tells it from other trials of a study."""
        setting = "" if self.setting is None else f" {self.setting:g}"
        return f"{self.label}{setting}, {self.faces} faces, seed {self.seed}"


@dataclass(frozen=True)
class Outcome:
    """What a trial came to: its run, evaluated on validation and on test faces."""

    trial: Trial
    run: Run
    val: Evaluation
    test: Evaluation

    def row(self) -> dict:
        """What tables and result files hold of it; errors are those of the test faces, %."""
        return {
            "strategy": self.trial.label,
            "faces": self.trial.faces,
            "seed": self.trial.seed,
            "setting": self.trial.setting,
            "val_nme": float(self.val.errors.mean()),
            "nme": float(self.test.errors.mean()),
            "selected_on": self.val.data,
            "test": self.test.data,
            "minutes": self.run.record["minutes"],
            "errors": self.test.errors,
        }


@dataclass(frozen=True)
class Strategies:
    """The five on common ground, which trains what a trial asks for, or reads what was trained before.

    base: what all trainings have in common; its `train` are the real faces, its epochs those of training from nothing.
    synthetic: synthetic training faces, as SET/SPLIT; held_out: other faces of that set; test: test faces.
    pretraining: epochs of the training on synthetic faces. fine_tuning: epochs of what comes after it.
    """

    base: Experiment
    synthetic: str
    held_out: str
    test: str
    pretraining: int = 30
    fine_tuning: int = 10

    def outcome(self, trial: Trial) -> Outcome:
        """What the trial comes to. Raises InputError for an unknown strategy."""
        run = self.train(trial)
        val, test = (evaluate(run, spec) for spec in (self.base.val, self.test))
        if trial.strategy == "adapted predictions":
            adapter = load_adapter(self.adapter_file(trial))
            val, test = (adapted(one, adapter) for one in (val, test))
        return Outcome(trial, run, val, test)

    def train(self, trial: Trial) -> Run:
        """The trial's run. Raises InputError for an unknown strategy."""
        setting = 1.0 if trial.setting is None else trial.setting
        match trial.strategy:
            case "real only":
                return fit(self._from_nothing(trial))
            case "adapted predictions":
                return self.synthetic_only(trial.seed)
            case "adapted labels" | "mixing":
                return fit(self._mixed(trial, setting))
            case "fine-tuning":
                return fit(replace(self._tuned(trial), name="fine-tuned", backbone_rate=setting))
        raise InputError(f"unknown strategy {trial.strategy!r}: choose one of {', '.join(NAMES)}")

    def synthetic_only(self, seed: int = 0) -> Run:
        """What strategies 2 to 5 begin with: no real face was seen."""
        return fit(replace(self.base, name="synthetic", train=self.synthetic, epochs=self.pretraining, seed=seed))

    def adapter_file(self, trial: Trial) -> Path:
        """The trial's adapter from what `synthetic_only` predicts to people's labels."""
        source, noise = self.synthetic_only(trial.seed), self.held_out if trial.rough else None
        return adapter_of(source, trial.adapter, self.base.train, self._size(trial), trial.seed, noise)

    def _from_nothing(self, trial: Trial) -> Experiment:
        return replace(self.base, train_size=self._size(trial), seed=trial.seed)

    def _tuned(self, trial: Trial) -> Experiment:
        start = self.synthetic_only(trial.seed).folder.name
        return replace(self._from_nothing(trial), start=start, epochs=self.fine_tuning)

    def _mixed(self, trial: Trial, share: float) -> Experiment:
        real = self._from_nothing(trial) if trial.from_nothing else self._tuned(trial)
        adapter = str(self.adapter_file(trial))
        return replace(real, name="mixed", mixed_in=self.synthetic, share=share, adapter=adapter)

    def _size(self, trial: Trial) -> int | None:
        # Training on all faces is the same run, whether somebody counts them or not.
        return None if trial.faces == self._all else trial.faces

    @cached_property
    def _all(self) -> int:
        return len(data.load(self.base.train))


def measure(study: Strategies, trials: Iterable[Trial], folder: str) -> None:
    """Write what each trial comes to, with its run's record, to report/results/FOLDER/TITLE.json, unless it is there.

    So a study goes on where it stopped, also on another machine.
    """
    for trial in trials:
        path = paths.results_dir(folder) / f"{trial.title}.json"
        if not path.exists():
            outcome = study.outcome(trial)
            row, record = outcome.row(), outcome.run.record
            paths.write_json(path, row | {"record": record, "errors": outcome.test.listed_errors()})
            print(f"{trial.title}: validation {row['val_nme']:.2f} %, {record['minutes']:.1f} min", flush=True)


def saved(folder: str) -> pd.DataFrame:
    """What `measure` wrote under report/results/FOLDER, with the columns of `Outcome.row`."""
    return pd.DataFrame([row | {"errors": np.array(row["errors"])} for row in written(folder).values()])


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each strategy and number of real faces, the rows of the setting that did best on validation faces.

    The first seed decides, so that a setting is not favoured by having been tried more often.
    """
    first = rows[rows["seed"] == rows["seed"].min()]
    best = first.loc[first.groupby(["strategy", "faces"])["val_nme"].idxmin()]
    return rows.merge(best[["strategy", "faces", "setting"]])


def by_share(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that differ in the synthetic share of a batch alone, and that as a column `share`.

    0 is fine-tuning of the whole network at one rate, 1 are adapted labels, what lies between is mixing.
    """
    ends = {"fine-tuning": 0.0, "adapted labels": 1.0}
    whole = (rows["strategy"] == "fine-tuning") & (rows["setting"] == 1)
    between = rows[whole | rows["strategy"].isin(["mixing", "adapted labels"])]
    return between.assign(share=between["strategy"].map(ends).fillna(between["setting"]))


def mean_errors(rows: pd.DataFrame, column: str = "errors") -> np.ndarray:
    """Error of each test face, (count,) %, the mean over the rows, which are seeds of the same thing."""
    return np.mean(list(rows[column]), axis=0)


def paired(both: pd.DataFrame) -> metrics.Interval:
    """Of rows with the columns errors and errors_other, seeds of the same two things, the first less the other."""
    return metrics.paired_difference(mean_errors(both), mean_errors(both, "errors_other"))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One line for each strategy, number of real faces and setting: NME in %, on test faces as a metrics.Interval.

    Where there are several seeds, each face's error is its mean over them, and `spread` is the standard deviation of
    the seeds' NME.
    """
    lines = [
        {
            "strategy": strategy,
            "real faces": faces,
            "setting": setting,
            "seeds": len(same),
            "validation NME": same["val_nme"].mean(),
            "test NME": metrics.bootstrap(mean_errors(same)),
            "spread": same["nme"].std(),
        }
        for (strategy, faces, setting), same in rows.groupby(["strategy", "faces", "setting"], dropna=False, sort=False)
    ]
    return pd.DataFrame(lines).round(2)


def against(rows: pd.DataFrame, other: str) -> pd.DataFrame:
    """Each strategy and setting less the `other` strategy, with as many real faces and the same seeds, in NME points.

    Columns: strategy, faces, setting, seeds (how many they share), difference (a metrics.Interval).
    """
    lines = []
    theirs = rows[rows["strategy"] == other]
    for (strategy, faces, setting), ours in rows.groupby(["strategy", "faces", "setting"], dropna=False):
        both = ours.merge(theirs, on=["faces", "seed"], suffixes=("", "_other"))
        if strategy != other and len(both):
            lines.append((strategy, faces, setting, len(both), paired(both)))
    return pd.DataFrame(lines, columns=["strategy", "faces", "setting", "seeds", "difference"])
