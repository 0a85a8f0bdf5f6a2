import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_fit import TINY

from flm import crossing, data, metrics
from flm.crossing import JOINED, REAL_ONLY, SOURCE, WAYS, Crossing
from flm.errors import InputError
from flm.evaluate import Evaluation
from flm.markup import BOTH
from flm.models.domain import CRITICS
from flm.shape import mean_shape

MEASURED = (SOURCE, JOINED, REAL_ONLY)


@pytest.fixture(scope="module")
def tiny() -> Crossing:
    source = replace(
        TINY,
        train="synthetic-40/train",
        val="synthetic-40/val",
        train_size=None,
        markup="dense243",
        backbone="hourglass",
        head="anchored",
        width=16,
        depth=2,
    )
    few = data.Benchmark("stand-in", "stand-in/val", "stand-in/val", "stand-in/test")
    return Crossing(source, "synthetic-40/test", few, later=1)


@pytest.fixture(scope="module")
def measured(tiny, tmp_path_factory):
    """Some ways of the tiny study: the folder of their results, and these as a table."""
    folder = tmp_path_factory.mktemp("dense")
    crossing.measure(tiny, MEASURED, 0, str(folder))
    return folder, crossing.saved(str(folder))


def test_all_but_the_last_go_on_from_one_source(tiny):
    source = tiny.run(SOURCE).folder.name
    starts = {way: tiny.experiment(way).start for way in WAYS}
    assert starts == {SOURCE: None, REAL_ONLY: None} | dict.fromkeys(set(WAYS) - {SOURCE, REAL_ONLY}, source)
    assert tiny.experiment(REAL_ONLY).epochs == tiny.source.epochs + tiny.later


def test_photographs_come_on_top_of_as_many_generated_faces(tiny):
    alone, *mixed = (tiny.experiment(way) for way in ("synthetic only", *CRITICS, JOINED))
    for one in mixed:
        assert one.images_per_epoch * (1 - one.share) == alone.images_per_epoch
        assert one.batch_size * (1 - one.share) == alone.batch_size
        assert one.epochs == alone.epochs


def test_only_ways_that_see_peoples_labels_are_selected_by_them(tiny):
    selected = {way: tiny.experiment(way).val for way in WAYS}
    with_labels = {way for way, val in selected.items() if val == tiny.target.val}
    assert with_labels == {JOINED, REAL_ONLY}
    assert {selected[way] for way in set(WAYS) - with_labels} == {tiny.source.val}


def test_a_critic_has_a_weight_and_a_name_with_it(tiny):
    strict = replace(tiny, weight=1.0)
    assert [study.experiment("daln").adaptation_weight for study in (tiny, strict)] == [0.1, 1.0]
    assert strict.experiment(SOURCE) == tiny.experiment(SOURCE)
    assert tiny.title("daln", 0) == "dense243, daln 0.1, seed 0"
    assert strict.title(JOINED, 2) == "dense243, synthetic and real, seed 2"


def test_an_unknown_way_is_refused(tiny):
    with pytest.raises(InputError, match="unknown way 'dann'"):
        tiny.experiment("dann")


def test_each_way_is_measured_as_far_as_it_can_be(measured):
    _, table = measured
    kinds = {way: set(of["measure"]) for way, of in table.groupby("way")}
    exact = {"generated", "generated, the 68", "stand-in", "stand-in, the 68"}
    dense = {"nearest points", "adapted", *exact}
    assert kinds == dict.fromkeys(MEASURED, dense) | {JOINED: dense | {"as predicted"}, REAL_ONLY: {"as predicted"}}
    points = {(line.way, line.measure): len(line.points) for line in table.itertuples()}
    assert points[SOURCE, "generated"] == points[JOINED, "stand-in"] == 243
    assert points[JOINED, "as predicted"] == points[JOINED, "nearest points"] == points[SOURCE, "adapted"] == 68
    assert all(len(line.errors) == line.faces for line in table.itertuples())


def test_the_two_answers_of_a_joined_network_are_different_ones(measured):
    _, table = measured
    by = table[table["way"] == JOINED].set_index("measure")["errors"]
    assert not np.allclose(by["nearest points"], by["as predicted"])


def test_what_was_measured_is_not_measured_again(tiny, measured, capsys):
    folder, _ = measured
    (folder / f"{tiny.source.markup}, {SOURCE}, seed 0.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    crossing.measure(tiny, MEASURED, 0, str(folder))
    assert capsys.readouterr().out.startswith(f"dense243, {SOURCE}, seed 0: ")
    assert before == {path: path.stat().st_mtime_ns for path in before}
    record = json.loads((folder / f"dense243, {JOINED}, seed 0.json").read_text())
    assert record["selected_on"] == tiny.target.val
    assert record["record"]["experiment"]["markup"] in BOTH


def test_faces_in_profile_do_not_count():
    front = mean_shape()[:, :2]
    side = front.copy()
    side[45] = side[36] + 0.1
    both = np.stack([front, side])
    found = Evaluation("run", "set/test", "truth", "dense68", both, "dense68", both)
    assert (crossing.not_in_profile(found).truth == front[None]).all()


def rows(**errors: dict[int, list[float]]) -> pd.DataFrame:
    """A table of `saved` with one measure: of each way and seed the errors of its faces."""
    lines = [(way, "adapted", seed, 2, np.array(of), 9.0) for way, by in errors.items() for seed, of in by.items()]
    return pd.DataFrame(lines, columns=["way", "measure", "seed", "faces", "errors", "interpupil"])


def test_a_summary_takes_the_mean_over_seeds():
    (line,) = crossing.summary(rows(daln={0: [1.0, 3.0], 1: [3.0, 5.0]}), "way").to_dict("records")
    assert (line["seeds"], line["spread"], line["interpupil"]) == (2, pytest.approx(2**0.5), 9)
    assert str(line["NME"]) == "3.00 [2.00, 4.00]"


def test_ways_are_compared_with_the_same_faces_and_seeds():
    table = rows(daln={0: [1.0, 2.0], 1: [3.0, 4.0]}, alone={1: [4.0, 5.0], 2: [0.0, 0.0]})
    (line,) = crossing.against(table, "way", "alone").to_dict("records")
    assert (line["way"], line["measure"], line["seeds"]) == ("daln", "adapted", 1)
    assert line["difference"] == metrics.Interval(-1, -1, -1)
