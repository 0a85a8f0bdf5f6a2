from dataclasses import replace

import numpy as np
import onnx
import pytest
from test_fit import TINY

from flm import data, exported
from flm.errors import InputError
from flm.export import export
from flm.predict import Predictor
from flm.training import fit


@pytest.fixture(scope="module")
def run():
    return fit(TINY)


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "tiny.onnx"
    assert export(run, path) < 1e-3
    return path


def test_the_file_finds_what_the_run_finds(run, file):
    samples = data.load("stand-in/test")[:5]
    images, boxes = [sample.read() for sample in samples], [sample.box for sample in samples]
    theirs, ours = (Predictor(one).with_confidence(images, boxes) for one in (run, exported.load(file)))
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(a, b, atol=5e-3)  # pixels of the picture
    one = Predictor.load(file).in_boxes(images[:1], boxes[:1])
    np.testing.assert_allclose(one[0], ours[0][0], atol=5e-3)
    assert exported.load(file).experiment == TINY
    assert exported.load(file).usual_confidence == run.usual_confidence


@pytest.mark.parametrize("head", ["regression", "pip"])
def test_every_head_can_be_exported(head, tmp_path):
    assert export(fit(replace(TINY, head=head)), tmp_path / "a.onnx") < 1e-3


def test_an_hourglass_can_be_halved(tmp_path):
    """Its branches share the sizes that they are stretched to."""
    hourglass = fit(replace(TINY, backbone="hourglass", width=16, epochs=1))
    assert export(hourglass, tmp_path / "a.onnx", "float16") < 0.5


@pytest.mark.parametrize(("precision", "share", "far"), [("float16", 0.6, 0.5), ("int8", 0.4, 4.0)])
def test_smaller_numbers_make_smaller_files_and_small_errors(run, file, precision, share, far, tmp_path):
    path = tmp_path / "small.onnx"
    assert export(run, path, precision) < far
    assert path.stat().st_size < share * file.stat().st_size


def test_what_is_no_exported_network_says_so(run, tmp_path):
    with pytest.raises(InputError, match="unknown precision 'int4': choose one of float32, float16, int8"):
        export(run, tmp_path / "a.onnx", "int4")
    (tmp_path / "text.onnx").write_text("no network")
    graph = onnx.helper.make_graph([], "empty", [], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "other.onnx")
    for name in ("text", "other", "missing"):
        with pytest.raises(InputError, match=f"{name}.onnx: "):
            exported.load(tmp_path / f"{name}.onnx")
    assert not (tmp_path / "a.onnx").exists()
