import numpy as np
import pytest
from test_evaluate import Oracle
from test_fit import TINY

from flm import adapt, evaluate
from flm.errors import InputError
from flm.models.adapters import load_adapter
from flm.training.store import Run


class Biased(Oracle):
    """Predicts the truth, but the chin too low, along the face's own axis, by a tenth of the inter-ocular distance."""

    def in_boxes(self, images, boxes):
        found = super().in_boxes(images, boxes)
        across = found[:, 45] - found[:, 36]
        found[:, 8] += 0.1 * np.stack([-across[:, 1], across[:, 0]], 1)
        return found


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setattr(evaluate, "Predictor", Biased)
    return Run(tmp_path / "run", TINY, {})


def test_an_adapter_takes_a_habit_back(run):
    before = evaluate.evaluate(run, "stand-in/val")
    adapter = load_adapter(adapt.adapter_of(run, "offset", "stand-in/val"))
    after = adapt.adapted(before, adapter)
    assert before.errors.mean() == pytest.approx(10 / 68, rel=0.01)
    assert np.median(after.errors) < 0.2 * np.median(before.errors)
    assert after.summary()["adapter"] == "offset, 40 faces of stand-in/val"
    assert before.summary()["adapter"] is None


def test_an_adapter_is_trained_once_for_the_same_faces(run, monkeypatch):
    first = adapt.adapter_of(run, "offset", "stand-in/val", faces=10)
    monkeypatch.setattr(adapt, "fit_adapter", None)
    assert adapt.adapter_of(run, "offset", "stand-in/val", faces=10) == first
    with pytest.raises(TypeError):
        adapt.adapter_of(run, "offset", "stand-in/val", faces=11)


def test_a_face_that_was_missed_stays_missed(run):
    found = evaluate.evaluate(run, "stand-in/val")
    found.predicted[0] = np.nan
    after = adapt.adapted(found, load_adapter(adapt.adapter_of(run, "offset", "stand-in/val", faces=20)))
    assert np.isnan(after.predicted[0]).all()
    assert np.isfinite(after.predicted[1:]).all()


def test_more_faces_than_there_are_is_reported(run):
    with pytest.raises(InputError, match=r"stand-in/val: found 40 faces, expected 50 to adapt labels with"):
        adapt.adapter_of(run, "ridge", "stand-in/val", faces=50)
    with pytest.raises(InputError, match=r"stand-in/val: found 4 faces, expected 5 to adapt labels with"):
        adapt.adapter_of(run, "ridge", "stand-in/val", faces=4)
    with pytest.raises(InputError, match="unknown label adapter 'magic'"):
        adapt.adapter_of(run, "magic", "stand-in/val")
