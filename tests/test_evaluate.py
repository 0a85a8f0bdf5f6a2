import json

import numpy as np
import pytest
from test_fit import TINY

from flm import data, detect, evaluate
from flm.errors import InputError
from flm.markup import IBUG68
from flm.training.store import Run


class Oracle:
    """Predicts the truth, a little to the right."""

    offset = 0.0
    markup = IBUG68

    def __init__(self, *_):
        self.known = {sample.box.tobytes(): sample.landmarks for sample in data.load("stand-in/val")}

    def in_boxes(self, images, boxes):
        return np.stack([self.known[box.tobytes()] + [self.offset, 0] for box in boxes])

    def refined(self, image, box):
        return self.in_boxes([image], [box])[0]


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setattr(evaluate, "Predictor", Oracle)
    return Run(tmp_path / "run", TINY, {"val_nme": 0.0})


def test_a_perfect_predictor_has_no_error(run):
    found = evaluate.evaluate(run, "stand-in/val")
    assert np.allclose(found.errors, 0, atol=1e-4)
    assert found.summary()["faces"] == len(data.load("stand-in/val"))


def test_predictions_are_made_once(run, monkeypatch):
    first = evaluate.evaluate(run, "stand-in/val")
    monkeypatch.setattr(Oracle, "offset", 5.0)
    assert np.array_equal(evaluate.evaluate(run, "stand-in/val").errors, first.errors)


def test_missed_faces_are_failures(run, monkeypatch):
    samples = data.load("stand-in/val")
    missed = samples[0].box
    monkeypatch.setattr(detect, "detect_near", lambda _, box, by: None if np.array_equal(box, missed) else box)
    found = evaluate.evaluate(run, "stand-in/val", boxes="detector")
    summary = found.summary()
    assert np.isinf(found.errors[0]) and np.isfinite(found.errors[1:]).all()
    assert summary["missed"] == 1
    assert summary["fr8"] == pytest.approx(100 / len(samples))
    assert summary["auc8"] == pytest.approx(1 - 1 / len(samples), abs=1e-4)


def test_unknown_boxes_say_so(run):
    with pytest.raises(InputError, match="unknown boxes 'guessed'"):
        evaluate.evaluate(run, "stand-in/val", boxes="guessed")


def test_what_is_saved_is_plain_json(run, tmp_path, monkeypatch):
    monkeypatch.setattr(detect, "detect_near", lambda *_: None)
    evaluate.save(evaluate.evaluate(run, "stand-in/val", boxes="detector"), run.record, tmp_path / "a.json")
    saved = json.loads((tmp_path / "a.json").read_text())
    assert saved["errors"] == [None] * saved["summary"]["faces"]
    assert saved["record"] == {"val_nme": 0.0}
