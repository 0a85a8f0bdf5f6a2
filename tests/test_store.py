import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import nn

from flm import models, paths
from flm.errors import InputError
from flm.experiment import Experiment
from flm.training import store

SMALL = Experiment(backbone="resnet10t", size=64)


@pytest.fixture
def saved(tmp_path):
    model, _ = models.build(SMALL)
    store.save(tmp_path, model, {"experiment": asdict(SMALL), "curves": []})
    return tmp_path, model


def test_a_saved_run_loads_with_the_same_weights(saved):
    folder, model = saved
    loaded = store.load(folder).model()
    images = models.normalise(torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8))
    assert torch.equal(loaded(images).landmarks, model.eval()(images).landmarks)


def test_what_the_shipped_network_predicts_is_kept_apart_from_its_successors(tmp_path):
    shipped = store.load(paths.SHIPPED)
    retrained = replace(shipped, record=shipped.record | {"minutes": 0.0})
    assert shipped.kept.parent == retrained.kept.parent == paths.cache_dir() and shipped.kept != retrained.kept
    assert replace(shipped, folder=Path(os.path.relpath(paths.SHIPPED))).kept == shipped.kept
    assert replace(shipped, folder=tmp_path).kept == tmp_path


def test_the_key_holds_settings_and_data(monkeypatch, tmp_path):
    monkeypatch.setenv("FLM_RUNS", str(tmp_path))
    key = store.folder_of(SMALL, {"train": "a"})
    assert key == store.folder_of(Experiment(backbone="resnet10t", size=64), {"train": "a"})
    assert key != store.folder_of(SMALL, {"train": "b"})
    assert key != store.folder_of(Experiment(backbone="resnet10t", size=64, seed=1), {"train": "a"})


def test_the_key_does_not_change_with_settings_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("FLM_RUNS", str(tmp_path))
    assert store.folder_of(SMALL, {}) == store.folder_of(Experiment(backbone="resnet10t", size=64, share=0.5), {})
    assert store.folder_of(SMALL, {}).name == "real-only-488b92a73c", "or every run of the past is trained again"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"experiment": {"colour": 1}}', '{"experiment": {"size": 0}}'])
def test_a_broken_record_says_so(saved, text):
    folder, _ = saved
    (folder / store.RECORD).write_text(text)
    with pytest.raises(InputError):
        store.load(folder)


@pytest.mark.parametrize("damage", ["cut", "missing", "of another model"])
def test_broken_weights_say_so(saved, damage):
    folder, _ = saved
    weights = folder / store.WEIGHTS
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "missing":
        weights.unlink()
    else:
        store.save(folder, nn.Linear(2, 2), json.loads((folder / store.RECORD).read_text()))
    with pytest.raises(InputError, match="not the weights of this run"):
        store.load(folder).model()


def test_no_run_says_so(tmp_path):
    with pytest.raises(InputError, match="no finished run"):
        store.load(tmp_path / "nothing")
