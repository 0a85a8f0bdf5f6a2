"""The command line: `flm data`, `flm train`, `flm evaluate`, `flm predict`, `flm video`, `flm synth`, ..."""

import argparse
import json
import os
import sys
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import get_args, get_type_hints

from flm.errors import InputError


def main() -> None:
    """Run one command. Bad input prints one line and exits with 2; Ctrl-C exits with 130."""
    args = _parser().parse_args()
    try:
        args.command(args)
    except InputError as error:
        _stop(str(error), 2)
    except BrokenPipeError:
        # Whoever reads our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        # A full disk, a folder that may not be written, a file where a folder should be: the system says it well.
        _stop(f"{error.filename or 'files'}: {error.strerror or error}; nothing half-written is left behind", 2)
    except KeyboardInterrupt:
        _stop("interrupted; the same command goes on where it stopped", 130)


def _stop(message: str, code: int) -> None:
    print(f"flm: {message}", file=sys.stderr)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flm", description="Facial landmarks from synthetic faces.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_data(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_adapt(commands)
    _add_predict(commands)
    _add_video(commands)
    _add_demo(commands)
    _add_export(commands)
    _add_synth(commands)
    _add_grid(commands)
    _add_bench(commands)
    return parser


def _add_data(commands) -> None:
    data = commands.add_parser("data", help="what data sets are here, and how to get the others")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    status = actions.add_parser("status", help="faces found of each set, and where the missing ones come from")
    status.set_defaults(command=_data_status)
    fetch = actions.add_parser("fetch", help="download a set that has a public link into FLM_DATA")
    fetch.add_argument("name", metavar="NAME", help="for example face_synthetics_100")
    fetch.set_defaults(command=_data_fetch)


def _data_status(_: argparse.Namespace) -> None:
    from flm import paths
    from flm.data import catalog

    print(f"in {paths.data_dir()} (FLM_DATA)\n")
    print(f"{'set':24}{'split':16}{'found':>8}{'official':>10}")
    missing = dict.fromkeys(catalog.SETS)
    for name, split, found, official in catalog.status():
        print(f"{name:24}{split:16}{found:8,}{official:10,}")
        if found:
            missing.pop(name, None)
    for data_set in (catalog.SETS[name] for name in missing):
        how = f"flm data fetch {data_set.name}" if data_set.download else f"{data_set.url}, into {data_set.root}"
        print(f"\n{data_set.title} ({data_set.size}; {data_set.licence}):\n  {how}")


def _data_fetch(args: argparse.Namespace) -> None:
    from flm.data.fetch import fetch

    print(fetch(args.name))


def _add_train(commands) -> None:
    from flm.experiment import Experiment

    train = commands.add_parser(
        "train",
        help="train a model, or go on with an interrupted one",
        description="Train a model and print its run folder. The same settings on the same data are the same run: "
        "finished, it is only read; interrupted, it goes on from its last finished epoch.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    hints = get_type_hints(Experiment)
    for setting in fields(Experiment):
        option, text = "--" + setting.name.replace("_", "-"), setting.metadata["help"].replace("%", "%%")
        if hints[setting.name] is bool:
            train.add_argument(option, action="store_true", help=text)
            continue
        kind = hints[setting.name]
        kind = get_args(kind)[0] if isinstance(kind, UnionType) else kind
        train.add_argument(option, type=kind, default=setting.default, help=text, metavar=kind.__name__.upper())
    train.add_argument("--devices", type=int, default=1, metavar="INT", help="GPUs (or CPU processes) on each machine")
    train.add_argument("--nodes", type=int, default=1, metavar="INT", help="machines")
    train.add_argument("--workers", type=int, metavar="INT", help="loader processes (default: by the cores)")
    train.set_defaults(command=_train)


def _train(args: argparse.Namespace) -> None:
    from flm.training import Experiment, fit
    from flm.training.machine import is_first_process

    experiment = Experiment(**{setting.name: getattr(args, setting.name) for setting in fields(Experiment)})
    run = fit(experiment, devices=args.devices, nodes=args.nodes, workers=args.workers)
    if is_first_process():
        print(f"{run.folder}: validation NME {run.record['val_nme']:.2f} % after {run.record['minutes']:.1f} min")


def _add_evaluate(commands) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="the errors of a run on a test set",
        description="Print NME (four normalisations, 95 %% intervals), AUC and failure rate of a run, as JSON.",
    )
    evaluate.add_argument("run", type=Path, help="run folder, as `flm train` prints it")
    evaluate.add_argument("--data", default="300w/common", help="test faces, as SET/SPLIT (default: 300w/common)")
    evaluate.add_argument(
        "--boxes", default="truth", help="truth: bounds of the true landmarks (default); detector: MTCNN"
    )
    evaluate.add_argument("--adapter", type=Path, metavar="FILE", help="adapt what it finds first, see `flm adapt`")
    evaluate.add_argument(
        "--save", type=Path, metavar="FILE", help="also write record, numbers and errors to a JSON file"
    )
    evaluate.set_defaults(command=_evaluate)


def _evaluate(args: argparse.Namespace) -> None:
    from flm.adapt import adapted
    from flm.evaluate import evaluate, save
    from flm.models.adapters import load_adapter
    from flm.training import load

    run = load(args.run)
    evaluation = evaluate(run, args.data, args.boxes)
    if args.adapter:
        evaluation = adapted(evaluation, load_adapter(args.adapter))
    if args.save:
        save(evaluation, run.record, args.save)
    print(json.dumps(evaluation.summary(), indent=1))


def _add_adapt(commands) -> None:
    adapt = commands.add_parser(
        "adapt",
        help="learn to turn a run's landmarks into people's",
        description="Train a label adapter on what a run finds on real faces, and their labels; print its file, for "
        "`flm evaluate --adapter` and `flm train --adapter`. Faces count from the same draw as `--train-size`.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    adapt.add_argument("run", type=Path, help="run folder, as `flm train` prints it")
    adapt.add_argument("--kind", default="mlp", help="offset, ridge, mlp or unet")
    adapt.add_argument("--real", default="300w/train", metavar="SET/SPLIT", help="faces to learn from")
    adapt.add_argument("--faces", type=int, metavar="INT", help="how many of them (default: all)")
    adapt.add_argument("--seed", type=int, default=0, metavar="INT", help="which faces, and the adapter's weights")
    adapt.add_argument(
        "--noise",
        metavar="SET/SPLIT",
        help="generated faces the run has not seen: labels that it adapts get the run's errors on them first",
    )
    adapt.set_defaults(command=_adapt)


def _adapt(args: argparse.Namespace) -> None:
    from flm.adapt import adapter_of
    from flm.training import load

    print(adapter_of(load(args.run), args.kind, args.real, args.faces, args.seed, args.noise))


def _add_predict(commands) -> None:
    predict = commands.add_parser(
        "predict",
        help="find the landmarks of the faces in pictures",
        description="Find faces and their landmarks. For each picture NAME, writes NAME_landmarks.png with the points "
        "drawn on, NAME_landmarks.json with all faces (pixels from 0), and NAME_face0.pts, NAME_face1.pts, ... "
        "in iBUG's format (pixels from 1).",
    )
    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="picture files")
    predict.add_argument("--run", type=Path, required=True, help="run folder, as `flm train` prints it, or ONNX file")
    predict.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: here)")
    predict.set_defaults(command=_predict)


def _predict(args: argparse.Namespace) -> None:
    from flm.predict import Predictor, save_faces

    predictor = Predictor.load(args.run)
    for image in args.images:
        count = save_faces(predictor, image, args.out)
        print(f"{image}: {count} {'face' if count == 1 else 'faces'}")


def _add_video(commands) -> None:
    video = commands.add_parser(
        "video",
        help="follow the faces in a video or before a camera",
        description="Detect faces now and then and follow their landmarks in between. Writes overlay.mp4, faces.csv (a "
        "row for each face in each frame, pixels from 0) and summary.json. Ctrl-C ends it and keeps what was found.",
    )
    video.add_argument("source", metavar="SOURCE", help="video file, camera number, folder of pictures or stream")
    video.add_argument("--run", type=Path, required=True, help="run folder, as `flm train` prints it, or ONNX file")
    video.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: here)")
    video.add_argument("--every", type=int, default=15, metavar="INT", help="frames from one detection to the next")
    video.add_argument("--steadiness", type=float, default=1.0, metavar="HZ", help="less is steadier; 0: no smoothing")
    video.add_argument("--agility", type=float, default=4.0, metavar="HZ", help="more lags less when a face moves")
    video.add_argument("--show", action="store_true", help="in a window too, until q is pressed")
    video.set_defaults(command=_video)


def _video(args: argparse.Namespace) -> None:
    from flm.predict import Predictor
    from flm.video.follow import Follower, Rules
    from flm.video.record import record
    from flm.video.smooth import Smoothing

    smoothing = Smoothing(args.steadiness, args.agility) if args.steadiness else None
    follower = Follower(Predictor.load(args.run, mirror=False), Rules(every=args.every), smoothing)
    summary = record(args.source, follower, args.out, show=args.show)
    print(json.dumps(summary, indent=1))


def _add_demo(commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="open a page in the browser: a picture or the webcam in, landmarks out",
        description="Serve a page on this machine: landmarks of an uploaded picture, with files to take away, or of "
        "whoever sits before the webcam.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    demo.add_argument("--run", type=Path, required=True, help="run folder, as `flm train` prints it, or ONNX file")
    demo.add_argument("--host", default="127.0.0.1", help="address to listen at; 0.0.0.0: every one of this machine")
    demo.add_argument("--port", type=int, default=7860, metavar="INT", help="port to listen at")
    demo.set_defaults(command=_demo)


def _demo(args: argparse.Namespace) -> None:
    from flm.demo import page
    from flm.predict import Predictor

    predictor = Predictor.load(args.run, mirror=False)
    try:
        page(predictor, args.run.name).launch(server_name=args.host, server_port=args.port, inbrowser=True)
    except OSError:
        raise InputError(f"{args.host}, port {args.port}: taken, or not to be had; choose another one") from None


def _add_export(commands) -> None:
    export = commands.add_parser(
        "export",
        help="write a run's network to an ONNX file",
        description="Write a network that needs neither PyTorch nor flm: crops (b, c, s, s) uint8 in; landmarks "
        "(b, n, 2) in crop pixels and confidence (b,) out. `flm predict`, `flm video` and `flm demo` take the file.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    export.add_argument("run", type=Path, help="run folder, as `flm train` prints it")
    export.add_argument("--out", type=Path, default=Path("landmarks.onnx"), metavar="FILE", help="file to write")
    export.add_argument("--precision", default="float32", help="float32, float16 (half as large) or int8 (a quarter)")
    export.set_defaults(command=_export)


def _export(args: argparse.Namespace) -> None:
    from flm.export import export
    from flm.training import load

    farthest = export(load(args.run), args.out, args.precision)
    print(f"{args.out}: landmarks at most {farthest:.2g} crop pixels from PyTorch's")


def _add_synth(commands) -> None:
    from flm.synth.preset import PRESETS

    synth = commands.add_parser(
        "synth",
        help="generate faces with exact landmarks",
        description="Generate faces: pictures, landmarks and segmentation in FaceSynthetics' layout, dense landmarks "
        "beside them. An interrupted command goes on where it stopped. `flm synth assets` brings photographed light.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    synth.add_argument("action", nargs="?", choices=("make", "assets", "preview"), default="make", help="what to do")
    synth.add_argument("--count", type=int, default=1000, metavar="INT", help="number of faces")
    synth.add_argument("--size", type=int, default=256, metavar="INT", help="side of the pictures, pixels")
    synth.add_argument("--seed", type=int, default=0, metavar="INT", help="another seed: other faces")
    synth.add_argument("--preset", default="default", metavar="NAME", help=f"what is shown: {', '.join(PRESETS)}")
    synth.add_argument("--backgrounds", metavar="DIR", help="folder of pictures to put behind people")
    synth.add_argument("--samples", type=int, default=8, metavar="INT", help="light paths a pixel, before denoising")
    synth.add_argument("--workers", type=int, default=os.cpu_count(), metavar="INT", help="processes")
    synth.add_argument("--out", type=Path, default=Path("faces"), metavar="DIR", help="folder, or preview.png")
    synth.set_defaults(command=_synth)


def _synth(args: argparse.Namespace) -> None:
    from flm.synth import assets, dataset, preview
    from flm.synth.generator import Recipe

    if args.action == "assets":
        print(f"{assets.install()}\n\n{assets.manifest()}")
        return
    recipe = Recipe(args.seed, args.size, args.samples, args.preset, args.backgrounds)
    if args.action == "preview":
        print(preview.write_sheet(args.out, args.count, recipe))
    else:
        dataset.generate_all(args.out, args.count, recipe, args.workers)
        print(args.out)


def _add_grid(commands) -> None:
    grid = commands.add_parser(
        "grid",
        help="the many runs behind notebooks 12 and 13",
        description="Train and test one run of the grids, or list them all. `make grid` does those that are left.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    grid.add_argument("run", nargs="?", metavar="RUN", help="name of the run (default: list all, with what is done)")
    grid.add_argument("--profile", default="laptop", help="how large: smoke, laptop or paper")
    grid.add_argument("--out", type=Path, metavar="DIR", default=Path("report/results/grid"), help="folder of results")
    grid.set_defaults(command=_grid)


def _grid(args: argparse.Namespace) -> None:
    from flm import grids

    if args.run:
        grids.run(args.run, args.profile, args.out)
    else:
        done = grids.saved(args.out)
        for name in grids.experiments(args.profile):
            print(f"{'done' if name in done else '':6}{name}")
    print(grids.progress(args.profile, args.out))


def _add_bench(commands) -> None:
    bench = commands.add_parser("bench", help="how fast this machine is at each step")
    actions = bench.add_subparsers(required=True, metavar="WHAT")
    data = actions.add_parser("data", help="images/s of the loader beside those of the model it feeds")
    data.add_argument("--data", help="faces to load, as SET/SPLIT (default: validation faces of 300-W or the stand-in)")
    data.add_argument("--save", type=Path, metavar="FILE", help="also write what was measured to a JSON file")
    data.set_defaults(command=_bench_data)
    dense = actions.add_parser("dense", help="training speed and memory for 68 to 1,001 landmarks")
    dense.add_argument("--backbone", default="hourglass", metavar="NAME", help="as in flm train")
    dense.add_argument("--save", type=Path, metavar="FILE", help="also write what was measured to a JSON file")
    dense.set_defaults(command=_bench_dense)
    synth = actions.add_parser("synth", help="pictures/s of the generator, and seconds of each stage")
    synth.add_argument("--size", type=int, default=128, metavar="INT", help="side of the pictures, pixels")
    synth.add_argument("--workers", type=int, default=os.cpu_count(), metavar="INT", help="processes")
    synth.add_argument("--save", type=Path, metavar="FILE", help="also write what was measured to a JSON file")
    synth.set_defaults(command=_bench_synth)


def _bench_data(args: argparse.Namespace) -> None:
    from flm import bench
    from flm.data import benchmark

    measured = bench.bench_data(args.data or benchmark().val)
    _save(measured, args.save)
    print(bench.table(measured))


def _bench_dense(args: argparse.Namespace) -> None:
    from flm import bench

    measured = bench.bench_dense(args.backbone)
    _save(measured, args.save)
    print(bench.dense_table(measured))


def _bench_synth(args: argparse.Namespace) -> None:
    from flm import bench

    measured = bench.bench_synth(args.size, args.workers)
    _save(measured, args.save)
    print(bench.synth_table(measured))


def _save(measured: dict, path: Path | None) -> None:
    from flm import paths

    if path:
        paths.write_json(path, measured, indent=1)


if __name__ == "__main__":
    main()
