"""What video costs on this machine: the detector, the network in each precision, and both together on a film."""

from functools import partial
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

    {"machine": facts, "run", "test": title, "detectors": {name: {**found, **times of a search}},
    "networks": {precision: {"farthest": pixels of the crop from PyTorch's landmarks, **found, **times of one crop}},
    "frames": {"every 15, DETECTOR": times of a frame where each 15th is searched, "following": without searches}}.
    found: {"nme": interval on the benchmark's test faces, % (in the detector's boxes, or true ones), "missed": faces}.
    times: {"median_ms", "p95_ms", "per_second"}. Networks run by ONNX Runtime, beside it PyTorch, and OpenVINO where
    that is installed; frames take ONNX Runtime and 32 bits.
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
            name: {"farthest": off.get(name, 0.0), **_found(one, test), **_network_times(one)}
            for name, one in networks.items()
        }
        predictor = Predictor(networks["float32"], mirror=False)
        film = [frame for frame, _ in portrait_film(predictor, _FRAMES)]
        detectors = {name: _found(networks["float32"], test, name) for name in detect.DETECTORS}
        pictures = [frame.image for frame in film[:: _FRAMES // 30]]
        searches = {name: partial(detect.detect, by=name) for name in detect.DETECTORS}
        every = Rules().every
        followers = {f"every {every}, {name}": Follower(predictor, detector=by) for name, by in searches.items()}
        followers["following"] = Follower(predictor, Rules(NEVER))
    return {
        "machine": machine.describe("32-true", 1),
        "run": run.folder.name,
        "test": target.title,
        "detectors": {name: detectors[name] | times(by, pictures) for name, by in searches.items()},
        "networks": measured,
        "frames": {name: times(follower, film) for name, follower in followers.items()},
    }


def table(measured: dict) -> str:
    """What `bench_video` measured, one line a stage."""
    line = "{:28}{:>9.1f} ms{:>9.1f} ms at most in 95 of 100{}".format
    lines = [
        line(f"detector, {name}", *_two(of), f"  NME in its boxes {metrics.show(of['nme'])} %, {of['missed']} missed")
        for name, of in measured["detectors"].items()
    ]
    for name, of in measured["networks"].items():
        lines.append(line(f"network, {name}", *_two(of), f"  NME {metrics.show(of['nme'])} %"))
    for name, of in measured["frames"].items():
        lines.append(line(f"frame, {name}", *_two(of), f"  {of['per_second']:.0f} frames/s"))
    return "\n".join([*lines, f"{measured['test']}; {measured['machine']['threads']} threads"])


def _two(times: dict) -> tuple[float, float]:
    return times["median_ms"], times["p95_ms"]


def _network_times(run: Run | Exported) -> dict[str, float]:
    network, e = run.network(), run.experiment
    crop = np.random.default_rng(0).integers(0, 256, (1, 1 if e.grey else 3, e.size, e.size), dtype=np.uint8)
    return times(network, [crop] * _CROPS)


def _found(run: Run | Exported, test: list[data.Sample], boxes: str = "truth") -> dict:
    """{"nme": interval over the faces that were found, "missed": how many were not}."""
    found = predict(Predictor(run, mirror=False), test, boxes)
    people = markup.convert(found, run.experiment.markup, "ibug68")
    whole = metrics.summary(people, np.stack([sample.landmarks for sample in test]), markup.IBUG68)
    return {"nme": whole["nme"]["interocular"], "missed": whole["missed"]}
