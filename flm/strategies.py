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

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from flm import data, metrics, paths
from flm.adapt import adapted, adapter_of
from flm.evaluate import Evaluation, evaluate
from flm.experiment import Experiment
from flm.models.adapters import load_adapter
from flm.training import Run, fit

NAMES = ("real only", "adapted predictions", "adapted labels", "mixing", "fine-tuning")


@dataclass(frozen=True)
class Outcome:
    """What one strategy came to with so many real faces: its run, evaluated on validation and on test faces.

    setting: of mixing, the synthetic share of each batch; of fine-tuning, the backbone's learning rate over the head's.
    """

    strategy: str
    faces: int
    seed: int
    setting: float | None
    run: Run
    val: Evaluation
    test: Evaluation

    def row(self) -> dict:
        """What tables and result files hold of it; errors are those of the test faces, %."""
        return {
            "strategy": self.strategy,
            "faces": self.faces,
            "seed": self.seed,
            "setting": self.setting,
            "val_nme": float(self.val.errors.mean()),
            "nme": float(self.test.errors.mean()),
            "selected_on": self.val.data,
            "test": self.test.data,
            "minutes": self.run.record["minutes"],
            "errors": self.test.errors,
        }


@dataclass(frozen=True)
class Strategies:
    """The five on common ground: each method trains, or reads what was trained before.

    base: what all trainings have in common; its `train` are the real faces, its epochs those of training from nothing.
    synthetic: synthetic training faces, as SET/SPLIT; held_out: other faces of that set; test: test faces.
    pretraining: epochs of the training on synthetic faces. fine_tuning: epochs of what comes after it.
    adapter: kind of label adapter, see flm.models.adapters.

    Of the methods' arguments, faces is the number of real faces with labels (None: all), drawn by the seed.
    """

    base: Experiment
    synthetic: str
    held_out: str
    test: str
    pretraining: int = 30
    fine_tuning: int = 10
    adapter: str = "mlp"

    def synthetic_only(self, seed: int = 0) -> Run:
        """What strategies 2 to 5 begin with: no real face was seen."""
        return fit(replace(self.base, name="synthetic", train=self.synthetic, epochs=self.pretraining, seed=seed))

    def adapter_file(self, faces: int | None = None, seed: int = 0, kind: str = "", rough: bool = False) -> Path:
        """The adapter from what `synthetic_only` predicts to people's labels.

        rough: labels that it adapts are first given the errors that the network makes on held-out synthetic faces.
        """
        noise = self.held_out if rough else None
        return adapter_of(self.synthetic_only(seed), kind or self.adapter, self.base.train, faces, seed, noise)

    def real_only(self, faces: int | None = None, seed: int = 0) -> Outcome:
        """Strategy 1."""
        return self._outcome(NAMES[0], faces, seed, None, fit(self._from_nothing(faces, seed)))

    def adapted_predictions(self, faces: int | None = None, seed: int = 0, kind: str = "") -> Outcome:
        """Strategy 2."""
        adapter = self.adapter_file(faces, seed, kind)
        return self._outcome(NAMES[1], faces, seed, None, self.synthetic_only(seed), adapter)

    def adapted_labels(self, faces: int | None = None, seed: int = 0, kind: str = "", rough: bool = False) -> Outcome:
        """Strategy 3; rough: see `adapter_file`."""
        run = fit(self._mixed(1.0, self._tuned(faces, seed), self.adapter_file(faces, seed, kind, rough)))
        return self._outcome(NAMES[2], faces, seed, None, run)

    def mixing(self, share: float, faces: int | None = None, seed: int = 0, from_nothing: bool = False) -> Outcome:
        """Strategy 4: `share` of each batch are synthetic faces with adapted labels."""
        start = self._from_nothing if from_nothing else self._tuned
        run = fit(self._mixed(share, start(faces, seed), self.adapter_file(faces, seed)))
        return self._outcome(NAMES[3], faces, seed, share, run)

    def fine_tuned(self, faces: int | None = None, seed: int = 0, backbone_rate: float = 1.0) -> Outcome:
        """Strategy 5; backbone_rate: learning rate of the backbone over that of the head, 0 where it is frozen."""
        run = fit(replace(self._tuned(faces, seed), name="fine-tuned", backbone_rate=backbone_rate))
        return self._outcome(NAMES[4], faces, seed, backbone_rate, run)

    def _from_nothing(self, faces: int | None, seed: int) -> Experiment:
        return replace(self.base, train_size=faces, seed=seed)

    def _tuned(self, faces: int | None, seed: int) -> Experiment:
        start = self.synthetic_only(seed).folder.name
        return replace(self._from_nothing(faces, seed), start=start, epochs=self.fine_tuning)

    def _mixed(self, share: float, real: Experiment, adapter: Path) -> Experiment:
        return replace(real, name="mixed", mixed_in=self.synthetic, share=share, adapter=str(adapter))

    def _outcome(
        self, strategy: str, faces: int | None, seed: int, setting: float | None, run: Run, adapter: Path | None = None
    ) -> Outcome:
        val, test = (evaluate(run, spec) for spec in (self.base.val, self.test))
        if adapter:
            val, test = (adapted(one, load_adapter(adapter)) for one in (val, test))
        count = faces or len(data.load(self.base.train))
        return Outcome(strategy, count, seed, setting, run, val, test)


def table(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Outcomes as a table with the columns of `Outcome.row`."""
    return pd.DataFrame([outcome.row() for outcome in outcomes])


def save(outcome: Outcome, folder: str) -> Path:
    """Write an outcome, with its run's record, to a JSON file under report/results/FOLDER, named after what it is."""
    row = outcome.row()
    setting = "" if outcome.setting is None else f" {outcome.setting:g}"
    path = paths.results_dir(folder) / f"{outcome.strategy}{setting}, {outcome.faces} faces, seed {outcome.seed}.json"
    paths.write_json(path, row | {"record": outcome.run.record, "errors": row["errors"].round(4).tolist()})
    return path


def saved(folder: str) -> pd.DataFrame:
    """What `save` wrote under report/results/FOLDER, as `table` gives it."""
    rows = [json.loads(path.read_text()) for path in sorted(paths.results_dir(folder).glob("*.json"))]
    return pd.DataFrame([row | {"errors": np.array(row["errors"])} for row in rows])


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each strategy and number of real faces, the rows of the setting that did best on validation faces.

    The first seed decides, so that a setting is not favoured by having been tried more often.
    """
    first = rows[rows["seed"] == rows["seed"].min()]
    best = first.loc[first.groupby(["strategy", "faces"])["val_nme"].idxmin()]
    return rows.merge(best[["strategy", "faces", "setting"]])


def mean_errors(rows: pd.DataFrame) -> np.ndarray:
    """Error of each test face, (count,) %, the mean over the rows, which are seeds of the same thing."""
    return np.mean(list(rows["errors"]), axis=0)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One line for each strategy, number of real faces and setting: NME in %, with its 95 % interval over test faces.

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
            "test NME": str(metrics.bootstrap(mean_errors(same))),
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
            mean = [np.mean(list(both[column]), axis=0) for column in ("errors", "errors_other")]
            difference = metrics.paired_difference(*mean)
            lines.append((strategy, faces, setting, len(both), difference))
    return pd.DataFrame(lines, columns=["strategy", "faces", "setting", "seeds", "difference"])
