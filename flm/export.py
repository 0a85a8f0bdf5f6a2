"""A trained run as one ONNX file, which needs neither PyTorch nor this package to be used."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from flm import data, markup, paths
from flm.data import loader
from flm.errors import InputError
from flm.exported import KEY, Network, OnnxNetwork
from flm.models.deployed import Deployed
from flm.training.store import Run

PRECISIONS = ("float32", "float16", "int8")
_CALIBRATION = 128  # crops from which int8 learns how large numbers get


def export(run: Run, path: Path, precision: str = "float32") -> float:
    """Write the run's network to an ONNX file: crops (b, c, s, s) uint8 in, landmarks and confidence out.

    int8 is calibrated on crops of the run's validation faces. Returns the largest distance, in crop pixels, between a
    landmark of the file and PyTorch's on those. Raises InputError for an unknown precision.
    """
    if precision not in PRECISIONS:
        raise InputError(f"unknown precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    crops = _crops(run)
    with TemporaryDirectory() as folder, paths.atomic_path(path) as temporary:
        exact = Path(folder) / "float32.onnx"
        _trace(run, crops, exact)
        if precision == "int8":
            _quantise(exact, crops, temporary)
            model = onnx.load(temporary)
        else:
            model = onnx.load(exact)
            model = _halved(model) if precision == "float16" else model
        facts = {"experiment": asdict(run.experiment), "usual_confidence": run.usual_confidence}
        onnx.helper.set_model_props(model, {KEY: json.dumps(facts)})
        onnx.save(model, temporary)
        return farthest(run, OnnxNetwork(temporary), crops)


def farthest(run: Run, network: Network, crops: np.ndarray | None = None) -> float:
    """The largest distance, in crop pixels, between a landmark of the network and the run's, on validation faces.

    crops: theirs, where they are at hand, (count, c, s, s) uint8.
    """
    crops = _crops(run) if crops is None else crops
    return float(np.linalg.norm(network(crops)[0] - run.network()(crops)[0], axis=2).max())


def _crops(run: Run) -> np.ndarray:
    """Crops (count, c, s, s) uint8 of validation faces."""
    e = run.experiment
    samples = data.subset(data.load(e.val, markup.judged(e.markup)), _CALIBRATION, seed=0)
    return np.concatenate([images.numpy() for images, _ in loader.eval_loader(loader.crops_of(samples, e), 64)])


def _trace(run: Run, crops: np.ndarray, path: Path) -> None:
    torch.onnx.export(
        Deployed(run.model()).eval(),
        (torch.from_numpy(crops[:2]),),
        path,
        input_names=["crops"],
        output_names=["landmarks", "confidence"],
        dynamic_shapes=({0: torch.export.Dim("faces")},),
        external_data=False,
        verbose=False,
    )


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model in 16 bits, its inputs and outputs as they were."""
    halved = convert_float_to_float16(model, keep_io_types=True)
    # It writes the cast of a value once for each node that wants it back in 32 bits, which no runtime takes.
    nodes: dict[str, onnx.NodeProto] = {}
    for node in halved.graph.node:
        nodes.setdefault(node.output[0], node)
    kept = onnx.ModelProto()
    kept.CopyFrom(halved)
    del kept.graph.node[:]
    kept.graph.node.extend(nodes.values())
    return kept


def _quantise(exact: Path, crops: np.ndarray, path: Path) -> None:
    prepared = exact.with_name("prepared.onnx")
    quant_pre_process(exact, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        path,
        _Calibration(crops),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["Conv"],  # coordinates would suffer
    )


class _Calibration(CalibrationDataReader):
    def __init__(self, crops: np.ndarray):
        self._crops: Iterator[np.ndarray] = iter(crops[:, None])

    def get_next(self) -> dict:
        crop = next(self._crops, None)
        return {} if crop is None else {"crops": crop}
