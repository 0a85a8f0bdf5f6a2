"""`flm predict`, `video`, `demo` and `export`: what a finished run is for."""

import argparse
import json
from functools import partial
from pathlib import Path

from flm.cli.help import Defaults
from flm.errors import InputError
from flm.paths import SHIPPED_FILE


def add_predict(commands) -> None:
    """The options of `flm predict`."""
    predict = commands.add_parser(
        "predict",
        help="find the landmarks of the faces in pictures",
        description="Find faces and their landmarks. For each picture NAME, writes NAME_landmarks.png with the points "
        "drawn on, NAME_landmarks.json with all faces (pixels from 0), and NAME_face0.pts, NAME_face1.pts, ... "
        "in iBUG's format (pixels from 1).",
    )
    predict.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="picture files")
    _add_run(predict)
    _add_out(predict)
    predict.set_defaults(command=_predict)


def _predict(args: argparse.Namespace) -> None:
    from flm.predict import Predictor, save_faces

    names = [image.stem for image in args.images]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(
            f"{min(twice)}: several pictures have this name, and so would their files; take one folder at a time"
        )
    predictor = Predictor.load(args.run)
    for image in args.images:
        count = save_faces(predictor, image, args.out)
        print(f"{image}: {count} {'face' if count == 1 else 'faces'}")


def add_video(commands) -> None:
    """The options of `flm video`."""
    video = commands.add_parser(
        "video",
        help="follow the faces in a video or before a camera",
        description="Detect faces now and then and follow their landmarks in between. Writes overlay.mp4, faces.csv (a "
        "row for each face in each frame, pixels from 0) and summary.json. Ctrl-C ends it and keeps what was found.",
    )
    video.add_argument("source", metavar="SOURCE", help="video file, camera number, folder of pictures or stream")
    _add_run(video)
    _add_out(video)
    video.add_argument(
        "--detector",
        default="blazeface",
        help="blazeface, or mtcnn: a tenth as fast a search, but finds faces below a twentieth of the longer side too",
    )
    video.add_argument("--every", type=int, default=15, metavar="INT", help="frames from one detection to the next")
    video.add_argument("--steadiness", type=float, default=0.15, metavar="HZ", help="less is steadier; 0: no smoothing")
    video.add_argument("--agility", type=float, default=2.0, metavar="HZ", help="more lags less when a face moves")
    video.add_argument("--show", action="store_true", help="in a window too, until q is pressed")
    video.set_defaults(command=_video)


def _video(args: argparse.Namespace) -> None:
    from flm.detect import detect
    from flm.predict import Predictor
    from flm.video.follow import Follower, Rules
    from flm.video.record import record
    from flm.video.smooth import Smoothing

    smoothing = Smoothing(args.steadiness, args.agility) if args.steadiness else None
    rules = Rules(every=args.every)
    detector = partial(detect, by=args.detector)
    follower = Follower(Predictor.load(args.run, mirror=False), rules, smoothing, detector)
    summary = record(args.source, follower, args.out, show=args.show)
    print(json.dumps(summary, indent=1))


def add_demo(commands) -> None:
    """The options of `flm demo`."""
    demo = commands.add_parser(
        "demo",
        help="open a page in the browser: a picture or the webcam in, landmarks out",
        description="Serve a page on this machine: landmarks of an uploaded picture, with files to take away, or of "
        "whoever sits before the webcam.",
        formatter_class=Defaults,
    )
    _add_run(demo)
    demo.add_argument("--host", default="127.0.0.1", help="address to listen at; 0.0.0.0: every one of this machine")
    demo.add_argument("--port", type=int, default=7860, metavar="INT", help="port to listen at")
    demo.set_defaults(command=_demo)


def _demo(args: argparse.Namespace) -> None:
    from flm.demo import page
    from flm.predict import Predictor

    predictor = Predictor.load(args.run, mirror=False)
    name = "the network that comes with flm" if args.run == SHIPPED_FILE else args.run.name
    try:
        page(predictor, name).launch(server_name=args.host, server_port=args.port, inbrowser=True)
    except (OSError, OverflowError):
        raise InputError(f"{args.host}, port {args.port}: taken, or not to be had; choose another one") from None


def add_export(commands) -> None:
    """The options of `flm export`."""
    export = commands.add_parser(
        "export",
        help="write a run's network to an ONNX file",
        description="Write a network that needs neither PyTorch nor flm: crops (b, c, s, s) uint8 in; landmarks "
        "(b, n, 2) in crop pixels and confidence (b,) out. `flm predict`, `flm video` and `flm demo` take the file.",
        formatter_class=Defaults,
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


def _add_run(parser: argparse.ArgumentParser) -> None:
    usual = "run folder, as `flm train` prints it, or ONNX file; without it, the network that comes with flm"
    parser.add_argument("--run", type=Path, default=SHIPPED_FILE, help=usual)


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: here)")
