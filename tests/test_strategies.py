import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_fit import TINY

from flm import data, evaluate, metrics, paths, strategies
from flm.data import cache
from flm.errors import InputError
from flm.strategies import NAMES, Outcome, Strategies, Trial


@pytest.fixture(scope="module")
def tiny() -> Strategies:
    base = replace(TINY, name="real-only", train_size=None)
    return Strategies(base, "synthetic-40/train", "synthetic-40/val", "stand-in/test", pretraining=2, fine_tuning=1)


@pytest.fixture(scope="module")
def outcomes(tiny) -> dict[str, Outcome]:
    """All five with 20 real faces."""
    settings = {"mixing": 0.5, "fine-tuning": 0.1}
    return {name: tiny.outcome(Trial(name, 20, setting=settings.get(name))) for name in NAMES}


def test_the_five_differ_only_in_what_they_learn_from(outcomes):
    assert tuple(outcomes) == NAMES
    assert {outcome.run.experiment.train_size for name, outcome in outcomes.items() if name != NAMES[1]} == {20}
    assert {outcome.val.data for outcome in outcomes.values()} == {"stand-in/val"}
    assert {outcome.test.data for outcome in outcomes.values()} == {"stand-in/test"}
    experiments = {name: outcome.run.experiment for name, outcome in outcomes.items()}
    same = {(e.backbone, e.head, e.size, e.augmentation, e.batch_size, e.seed) for e in experiments.values()}
    assert len(same) == 1
    sources = {name: outcome.run.record["data"] for name, outcome in outcomes.items()}
    assert sources["real only"]["train"]["spec"] == "stand-in/train"
    assert sources["adapted predictions"]["train"]["spec"] == "synthetic-40/train"
    assert sources["mixing"]["mixed_in"]["spec"] == "synthetic-40/train"
    assert (experiments["mixing"].share, experiments["adapted labels"].share) == (0.5, 1.0)
    assert sources["mixing"]["adapter"]["learnt_from"] == "20 faces of stand-in/train"
    assert experiments["fine-tuning"].backbone_rate == 0.1


def test_two_to_five_begin_with_the_same_network(tiny, outcomes):
    start = outcomes["adapted predictions"].run
    assert start.experiment.epochs == 2
    later = [outcomes[name].run.experiment for name in ("adapted labels", "mixing", "fine-tuning")]
    assert {(experiment.start, experiment.epochs) for experiment in later} == {(start.folder.name, 1)}
    scratch = tiny.train(Trial("mixing", 20, setting=0.5, from_nothing=True)).experiment
    assert (scratch.start, scratch.epochs, scratch.share) == (None, tiny.base.epochs, 0.5)


def test_face_synthetics_may_take_our_faces_place(tiny, tmp_path, monkeypatch):
    """The generator writes FaceSynthetics' own layout: under its name, a folder of ours is read as theirs."""
    (ours,) = {sample.image.parent for sample in data.load("synthetic-40/all")}
    (tmp_path / "face_synthetics_100").symlink_to(ours)
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    theirs = replace(tiny, synthetic="face_synthetics/train", held_out="face_synthetics/val")
    outcome = theirs.outcome(Trial("mixing", 20, setting=0.5))
    assert outcome.run.record["data"]["mixed_in"]["faces"] == len(data.load(theirs.synthetic))
    assert np.isfinite(outcome.test.errors).all()


def test_the_five_take_the_real_face_synthetics(tiny, real_data):
    if not (real_data / "face_synthetics_100").is_dir():
        pytest.skip(f"no FaceSynthetics under {real_data}")
    theirs = replace(tiny, synthetic="face_synthetics_100/train", held_out="face_synthetics_100/val")
    for trial in (Trial("adapted labels", 20, rough=True), Trial("mixing", 20, setting=0.5), Trial("fine-tuning", 20)):
        assert np.isfinite(theirs.outcome(trial).test.errors).all()
    assert theirs.synthetic_only().record["data"]["train"]["faces"] == 95


def test_adapted_predictions_are_not_the_predictions(outcomes):
    two = outcomes["adapted predictions"]
    assert two.test.adapter == "mlp, 20 faces of stand-in/train"
    raw = evaluate.evaluate(two.run, "stand-in/test")
    assert not np.allclose(raw.predicted, two.test.predicted)
    assert (raw.truth == two.test.truth).all()


def test_real_faces_are_the_same_for_all_of_a_seed_and_others_for_another(tiny):
    """The faces of strategy 1 are the ones that adapters learn from."""
    samples = data.load("stand-in/train")
    trained_on = tiny.train(Trial("real only", 20)).record["data"]["train"]["fingerprint"]
    assert trained_on == cache.fingerprint(data.subset(samples, 20, 0))
    assert trained_on != tiny.train(Trial("real only", 20, seed=1)).record["data"]["train"]["fingerprint"]


def test_all_faces_are_the_same_run_as_no_number_of_faces(tiny):
    everything = tiny.train(Trial("real only", len(data.load("stand-in/train"))))
    assert everything.experiment.train_size is None


def test_an_unknown_strategy_is_an_error(tiny):
    with pytest.raises(InputError, match="unknown strategy 'hoping': choose one of real only, adapted predictions"):
        tiny.outcome(Trial("hoping", 20))


def test_titles_say_what_is_unusual():
    assert Trial("real only", 50, 2).title == "real only, 50 faces, seed 2"
    assert Trial("fine-tuning", 50, setting=0.0).title == "fine-tuning 0, 50 faces, seed 0"
    odd = Trial("mixing", 50, setting=0.5, adapter="ridge", rough=True, from_nothing=True)
    assert odd.title == "mixing, ridge adapter, roughened, from nothing 0.5, 50 faces, seed 0"


def test_outcomes_come_back_from_their_files(tiny, outcomes, tmp_path):
    strategies.measure(tiny, (outcome.trial for outcome in outcomes.values()), str(tmp_path))
    live, read = pd.DataFrame(outcome.row() for outcome in outcomes.values()), strategies.saved(str(tmp_path))
    assert (tmp_path / "mixing 0.5, 20 faces, seed 0.json").exists()
    both = live.merge(read, on=["strategy", "faces", "seed"], suffixes=("", "_read"))
    assert len(both) == 5
    assert both.nme.to_numpy() == pytest.approx(both.nme_read.to_numpy(), rel=1e-3)
    assert np.stack(list(both.errors)) == pytest.approx(np.stack(list(both.errors_read)), rel=1e-6, abs=1e-4)


def test_what_was_measured_is_not_measured_again(tiny, outcomes, tmp_path, monkeypatch):
    """Nor trained: its file may come from another machine."""
    real = outcomes["real only"].trial
    strategies.measure(tiny, [real], str(tmp_path))
    monkeypatch.setattr(strategies, "fit", lambda experiment: pytest.fail("trained again"))
    strategies.measure(tiny, [real], str(tmp_path))


def rows(*of: tuple[str, int, int, float | None, float]) -> pd.DataFrame:
    return pd.DataFrame(of, columns=["strategy", "faces", "seed", "setting", "val_nme"])


def test_validation_of_the_first_seed_chooses():
    table = rows(
        ("mixing", 50, 0, 0.5, 4.0), ("mixing", 50, 0, 0.9, 4.1),
        ("mixing", 50, 1, 0.9, 3.0), ("mixing", 50, 1, 0.5, 4.2),
        ("mixing", 250, 0, 0.5, 4.0), ("mixing", 250, 0, 0.9, 3.9), ("real only", 50, 0, None, 5.0),
    )  # fmt: skip
    best = strategies.chosen(table)
    assert sorted(map(tuple, best.loc[best.strategy == "mixing", ["faces", "seed", "setting"]].to_numpy())) == [
        (50, 0, 0.5),
        (50, 1, 0.5),
        (250, 0, 0.9),
    ]
    assert (best.strategy == "real only").sum() == 1


def test_shares_lead_from_fine_tuning_to_adapted_labels():
    table = rows(
        ("fine-tuning", 50, 0, 1.0, 4.0), ("fine-tuning", 50, 0, 0.1, 4.0), ("mixing", 50, 0, 0.25, 4.0),
        ("adapted labels", 50, 0, None, 4.0), ("adapted predictions", 50, 0, None, 4.0),
    )  # fmt: skip
    found = strategies.by_share(table)
    assert dict(zip(found.strategy, found.share, strict=True)) == {
        "fine-tuning": 0,
        "mixing": 0.25,
        "adapted labels": 1,
    }


def test_a_summary_takes_the_mean_over_seeds():
    table = rows(("real only", 50, 0, None, 5.0), ("real only", 50, 1, None, 6.0), ("mixing", 50, 0, 0.5, 4.0))
    table["errors"] = [np.array([1.0, 3.0]), np.array([3.0, 5.0]), np.array([1.0, 1.0])]
    table["nme"] = table.errors.map(np.mean)
    real, mixed = strategies.summary(table).to_dict("records")
    assert (real["seeds"], real["validation NME"], real["spread"]) == (2, 5.5, pytest.approx(1.41))
    assert str(real["test NME"]) == "3.00 [2.00, 4.00]"
    assert (mixed["setting"], mixed["seeds"], mixed["test NME"]) == (0.5, 1, metrics.Interval(1, 1, 1))


def test_strategies_are_compared_with_the_same_faces_and_seeds():
    table = rows(
        ("real only", 50, 0, None, 5.0), ("real only", 50, 1, None, 5.0), ("real only", 250, 0, None, 5.0),
        ("mixing", 50, 1, 0.5, 4.0), ("mixing", 50, 2, 0.5, 4.0),
    )  # fmt: skip
    table["errors"] = [np.array([e, e + 1.0]) for e in (9.0, 3.0, 8.0, 2.0, 7.0)]
    (line,) = strategies.against(table, "real only").to_dict("records")
    assert (line["strategy"], line["faces"], line["setting"], line["seeds"]) == ("mixing", 50, 0.5, 1)
    assert (line["difference"].mean, line["difference"].low, line["difference"].high) == (-1, -1, -1)


def test_nothing_committed_was_selected_on_a_test_set():
    """No epoch, setting, ratio or adapter was chosen by what 300-W Common says of it."""
    records = [json.loads(path.read_text()) for path in (paths.ROOT / "report" / "results").rglob("*.json")]
    selections = [found for record in records for found in _values(record, "selected_on")]
    assert {spec.split("/")[1] for spec in selections} == {"val"}


def _values(tree, key: str) -> list:
    """Everything called `key` in a JSON tree."""
    if isinstance(tree, list):
        return [value for branch in tree for value in _values(branch, key)]
    if isinstance(tree, dict):
        return [v for name, b in tree.items() for v in ([b] if name == key else _values(b, key))]
    return []
