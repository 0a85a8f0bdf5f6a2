"""What video costs on this machine: the detector, the network in each precision, and both together on a film."""

from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from flm import data, detect, exported, markup, metrics
from flm.evaluate import predict
from flm.export import PRECISIONS, export, farthest
from flm.exported import Exported, Network
from flm.predict import Predictor
from flm.timing import times
from flm.training import Run, machine
from flm.video.film import portrait_film
from flm.video.follow import NEVER, Follower, Rules
from flm.video.frames import Frame

_FRAMES, _CROPS = 300, 200


class InOpenVino(Exported):
    """An exported file run by OpenVINO, which reads it as it is."""

    def network(self) -> Network:
        """Its network, as Run.network gives it."""
        import openvino

        compiled = openvino.Core().compile_model(self.path, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        return lambda crops: tuple(compiled(crops).values())


def bench_video(run: Run) -> dict:
    """Times of a 68-point or dense run on one face in a film of 1280 x 720 pixels, without reading the film.

    {"machine": facts, "run", "test": title, "detector": times, "networks": {precision: {"nme": interval on the
    benchmark's test faces, "farthest": pixels of the crop from PyTorch's landmarks, **times of one crop}},
    "frames": {"every 15": times of a frame, "following": those without further detections}}, where times are
    {"median_ms", "p95_ms", "per_second"}. Networks run by ONNX Runtime, beside it PyTorch, and OpenVINO where that is
    installed; frames take ONNX Runtime and 32 bits.
    """
    target = data.benchmark()
    test = data.load(target.test)
    with TemporaryDirectory() as folder:
        files = {precision: Path(folder) / f"{precision}.onnx" for precision in PRECISIONS}
        off = {precision: export(run, file, precision) for precision, file in files.items()}
        networks: dict[str, Run | Exported] = {"PyTorch": run}
        networks |= {precision: exported.load(file) for precision, file in files.items()}
        if find_spec("openvino"):
            networks["OpenVINO"] = InOpenVino(files["float32"], run.experiment, run.usual_confidence)
            off["OpenVINO"] = farthest(run, networks["OpenVINO"].network())
        measured = {
            name: {"nme": _nme(one, test), "farthest": off.get(name, 0.0), **_network_times(one)}
            for name, one in networks.items()
        }
        predictor = Predictor(networks["float32"], mirror=False)
        film = [frame for frame, _ in portrait_film(predictor, _FRAMES)]
    return {
        "machine": machine.describe("32-true", 1),
        "run": run.folder.name,
        "test": target.title,
        "detector": times(lambda frame: detect.detect(frame.image), film[:: _FRAMES // 30]),
        "networks": measured,
        "frames": {
            name: _frame_times(predictor, every, film) for name, every in (("every 15", 15), ("following", NEVER))
        },
    }


def table(measured: dict) -> str:
    """What `bench_video` measured, one line a stage."""
    line = "{:24}{:>9.1f} ms{:>9.1f} ms at most in 95 of 100{}".format
    lines = [line("detector", *_two(measured["detector"]), "")]
    for name, of in measured["networks"].items():
        lines.append(line(f"network, {name}", *_two(of), f"  NME {metrics.Interval(**of['nme'])} %"))
    for name, of in measured["frames"].items():
        lines.append(line(f"frame, {name}", *_two(of), f"  {of['per_second']:.0f} frames/s"))
    return "\n".join([*lines, f"{measured['test']}; {measured['machine']['threads']} threads"])


def _two(times: dict) -> tuple[float, float]:
    return times["median_ms"], times["p95_ms"]


def _network_times(run: Run | Exported) -> dict[str, float]:
    network, e = run.network(), run.experiment
    crop = np.random.default_rng(0).integers(0, 256, (1, 1 if e.grey else 3, e.size, e.size), dtype=np.uint8)
    return times(network, [crop] * _CROPS)


def _frame_times(predictor: Predictor, every: int, film: list[Frame]) -> dict[str, float]:
    return times(Follower(predictor, Rules(every=every)), film)


def _nme(run: Run | Exported, test: list[data.Sample]) -> dict:
    found = predict(Predictor(run, mirror=False), test)
    people = markup.convert(found, run.experiment.markup, "ibug68")
    truth = np.stack([sample.landmarks for sample in test])
    return asdict(metrics.bootstrap(metrics.nme(people, truth, markup.IBUG68)))
