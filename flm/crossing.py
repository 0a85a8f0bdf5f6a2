"""Ways to bring dense landmarks, which nobody has labelled on photographs, from generated faces to photographs.

source              trained on generated faces, which all but the last go on from
synthetic only      then on more of them
discriminator, ...  then also on photographs without labels, past a critic of flm.models.domain
synthetic and real  then also on photographs with people's 68, joined to the dense ones by an adapter in the network
real only           on photographs alone: no dense landmarks

All but the first see as many labelled generated faces, or photographs. What learns without people's labels is selected
on generated faces. Source: Synthesis AI, "Facial landmark detection with synthetic data: case study".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from flm import markup, metrics, paths
from flm.adapt import adapted, adapter_of
from flm.data import STAND_IN, Benchmark
from flm.errors import InputError
from flm.evaluate import Evaluation, evaluate
from flm.evaluate import saved as written
from flm.experiment import Experiment
from flm.markup import BOTH, DENSE
from flm.models.adapters import load_adapter
from flm.models.domain import CRITICS
from flm.strategies import mean_errors, paired
from flm.training import Run, fit

SOURCE, REAL_ONLY, JOINED = "source", "real only", "synthetic and real"
_LEAST_APART = 0.25  # of the longer side of the face
WAYS = (SOURCE, "synthetic only", *CRITICS, JOINED, REAL_ONLY)


@dataclass(frozen=True)
class Crossing:
    """The ways on common ground, which trains what it is asked for, or reads what was trained before.

    source: the training on generated faces, of dense landmarks. unseen: generated faces for tests, as SET/SPLIT.
    target: photographs. later: epochs of what comes after. weight: of the critics.
    """

    source: Experiment
    unseen: str
    target: Benchmark
    later: int
    weight: float = 0.1

    def run(self, way: str, seed: int = 0) -> Run:
        """The run of one of WAYS. Raises InputError for another."""
        return fit(self.experiment(way, seed))

    def experiment(self, way: str, seed: int = 0) -> Experiment:
        """What `run` trains; where it goes on from the source, that is trained now."""
        if way not in WAYS:
            raise InputError(f"unknown way {way!r}: choose one of {', '.join(WAYS)}")
        source = replace(self.source, name="dense", seed=seed)
        if way == SOURCE:
            return source
        named = replace(source, name=way.replace(" ", "-"))
        if way == REAL_ONLY:
            real = replace(named, train=self.target.train, val=self.target.val)
            return replace(real, markup="ibug68", head="softargmax", epochs=source.epochs + self.later)
        onwards = replace(named, epochs=self.later, start=fit(source).folder.name)
        if way == JOINED:
            onwards = replace(onwards, markup=f"ibug68+{source.markup}", val=self.target.val)
        elif way in CRITICS:
            onwards = replace(onwards, adaptation=way, adaptation_weight=self.weight)
        return onwards if way == "synthetic only" else self._mixed(onwards)

    def _mixed(self, experiment: Experiment) -> Experiment:
        # As many labelled generated faces a batch as without photographs, which come on top.
        faces = experiment.images_per_epoch and 2 * experiment.images_per_epoch
        return replace(
            experiment,
            mixed_in=self.target.train,
            share=0.5,
            batch_size=2 * experiment.batch_size,
            images_per_epoch=faces,
        )

    def title(self, way: str, seed: int) -> str:
        """All that tells a run from others of a study."""
        weight = f" {self.weight:g}" if way in CRITICS else ""
        return f"{self.source.markup}, {way}{weight}, seed {seed}"

    def measures(self, run: Run) -> dict[str, Evaluation]:
        """What a run comes to, by what was compared.

        nearest points: the dense landmarks' own 68 with people's. as predicted: the 68 learnt from people's.
        adapted: what an MLP makes of dense landmarks, learnt from all training photographs, the network as it is.
        hard, ...: each of these on 300-W's challenging faces, where they are on disk.
        generated, stand-in: dense landmarks with exact ones, of unseen faces and of others before a worse camera;
        without faces in profile. generated, the 68 and stand-in, the 68: the same, of what all dense sets share.
        """
        measures = self._with_people(run, self.target.test)
        if self.target.challenging:
            hard = self._with_people(run, self.target.challenging)
            measures |= {f"hard, {name}": evaluation for name, evaluation in hard.items()}
        own = run.experiment.markup
        dense = BOTH.get(own, own)
        if dense in DENSE:
            for name, spec in (("generated", self.unseen), ("stand-in", f"{STAND_IN}/test")):
                measures[name] = not_in_profile(evaluate(run, spec, against=dense))
                measures[f"{name}, the 68"] = not_in_profile(evaluate(run, spec, against="dense68"))
        return measures

    def _with_people(self, run: Run, test: str) -> dict[str, Evaluation]:
        found = evaluate(run, test)
        if run.experiment.markup == "ibug68":
            return {"as predicted": found}
        kinds = {"nearest points": found}
        if run.experiment.markup in BOTH:
            kinds = {"nearest points": found.dense_only(), "as predicted": found}
        return kinds | {"adapted": adapted(found, load_adapter(adapter_of(run, "mlp", self.target.train)))}


def not_in_profile(evaluation: Evaluation) -> Evaluation:
    """Without faces whose outer eye corners all but meet: errors are divided by their distance, and a few such faces
    would be half of every mean.
    """
    truth = evaluation.truth
    apart = metrics.normaliser(truth, markup.IBUG68)
    return evaluation.only(apart > _LEAST_APART * np.ptp(truth[:, :68], axis=1).max(1))


def measure(study: Crossing, ways: Iterable[str], seed: int, folder: str) -> None:
    """Write what each way comes to, with its run's record, to report/results/FOLDER/, unless it is there.

    So a study goes on where it stopped, also on another machine.
    """
    for way in ways:
        path = paths.results_dir(folder) / f"{study.title(way, seed)}.json"
        if path.exists():
            continue
        run = study.run(way, seed)
        measures = {
            name: {"summary": one.summary(), "errors": one.listed_errors()} for name, one in study.measures(run).items()
        }
        facts = {
            "way": way,
            "weight": study.weight if way in CRITICS else None,
            "markup": study.source.markup,
            "seed": seed,
            "selected_on": run.experiment.val,
        }
        paths.write_json(path, facts | {"record": run.record, "measures": measures})
        print(f"{path.stem}: {run.record['minutes']:.1f} min", flush=True)


def saved(folder: str) -> pd.DataFrame:
    """What `measure` wrote under report/results/FOLDER, a line a measure.

    Columns: way, weight (of a critic), markup, seed, measure, faces, errors (inter-ocular NME of each, %), points (mean
    error of each landmark, %), interpupil (mean NME by that distance).
    """
    lines = []
    for result in written(folder).values():
        for name, of in result["measures"].items():
            summary = of["summary"]
            line = {key: result[key] for key in ("way", "weight", "markup", "seed")} | {"measure": name}
            line |= {"faces": summary["faces"], "errors": np.array(of["errors"]), "points": np.array(summary["points"])}
            lines.append(line | {"interpupil": summary["nme"]["interpupil"]["mean"]})
    return pd.DataFrame(lines)


def summary(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """One line for each value of the column `by` and measure: seeds, faces, NME (a metrics.Interval of each face's mean
    over the seeds, inter-ocular %), spread (standard deviation of the seeds' NME) and interpupil (mean NME by that).
    """
    lines = [
        {
            by: name,
            "measure": measure,
            "seeds": len(same),
            "faces": same["faces"].iloc[0],
            "NME": metrics.bootstrap(mean_errors(same)),
            "spread": same["errors"].map(np.mean).std(),
            "interpupil": same["interpupil"].mean(),
        }
        for (name, measure), same in rows.groupby([by, "measure"], sort=False)
    ]
    return pd.DataFrame(lines)


def against(rows: pd.DataFrame, by: str, other: str) -> pd.DataFrame:
    """Each value of the column `by` less the `other` one, by the same measure and with the same seeds, in NME points.

    Columns: by, measure, seeds (how many they share), difference (a metrics.Interval).
    """
    lines = []
    for (name, measure), ours in rows.groupby([by, "measure"], sort=False):
        theirs = rows[(rows[by] == other) & (rows["measure"] == measure)]
        both = ours.merge(theirs, on="seed", suffixes=("", "_other"))
        if name != other and len(both):
            lines.append((name, measure, len(both), paired(both)))
    return pd.DataFrame(lines, columns=[by, "measure", "seeds", "difference"])
