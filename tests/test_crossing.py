import json
from dataclasses import replace

import numpy as np
import pytest
from test_fit import TINY

from flm import crossing, data, paths
from flm.crossing import JOINED, REAL_ONLY, SOURCE, WAYS, Crossing
from flm.errors import InputError
from flm.markup import BOTH
from flm.models.domain import CRITICS


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
    return Crossing(source, data.benchmark(), later=1)


@pytest.fixture(scope="module")
def measured(tiny, tmp_path_factory):
    """The tiny study with seed 0, measured into results of its own, and those results."""
    root = tmp_path_factory.mktemp("root")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "results_dir", lambda folder: root / folder)
        crossing.measure(tiny, WAYS, 0, "dense")
        yield root / "dense", crossing.saved("dense")


def test_all_but_the_last_go_on_from_one_source(tiny, measured):
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


def test_an_unknown_way_is_refused(tiny):
    with pytest.raises(InputError, match="unknown way 'dann'"):
        tiny.experiment("dann")


def test_each_way_is_measured_as_far_as_it_can_be(tiny, measured):
    _, table = measured
    kinds = {way: set(of["measure"]) for way, of in table.groupby("way")}
    dense = {"nearest points", "adapted", "generated", "stand-in"}
    assert kinds == dict.fromkeys(WAYS, dense) | {JOINED: dense | {"as predicted"}, REAL_ONLY: {"as predicted"}}
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
    crossing.measure(tiny, WAYS, 0, "dense")
    assert capsys.readouterr().out.startswith(f"dense243, {SOURCE}, seed 0: ")
    assert before == {path: path.stat().st_mtime_ns for path in before}
    record = json.loads((folder / f"dense243, {JOINED}, seed 0.json").read_text())
    assert record["selected_on"] == tiny.target.val
    assert record["record"]["experiment"]["markup"] in BOTH
