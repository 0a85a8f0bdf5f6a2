"""`flm bench`: how fast this machine is."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path


def add_bench(commands) -> None:
    """The options of `flm bench`."""
    bench = commands.add_parser("bench", help="how fast this machine is at each step")
    actions = bench.add_subparsers(required=True, metavar="WHAT")
    data = actions.add_parser("data", help="images/s of the loader beside those of the model it feeds")
    data.add_argument("--data", help="faces to load, as SET/SPLIT (default: validation faces of 300-W or the stand-in)")
    data.set_defaults(command=_bench_data)
    dense = actions.add_parser("dense", help="training speed and memory for 68 to 1,001 landmarks")
    dense.add_argument("--backbone", default="hourglass", metavar="NAME", help="as in flm train")
    dense.set_defaults(command=_bench_dense)
    video = actions.add_parser("video", help="times of the detector, of a run's network, and of both on a film")
    video.add_argument("run", type=Path, help="run folder, as `flm train` prints it")
    video.set_defaults(command=_bench_video)
    peers = actions.add_parser("peers", help="errors and times of dlib, MediaPipe, MTCNN and a run of yours")
    peers.add_argument("run", type=Path, help="run folder, as `flm train` prints it, or ONNX file")
    peers.set_defaults(command=_bench_peers)
    synth = actions.add_parser("synth", help="pictures/s of the generator, and seconds of each stage")
    synth.add_argument("--size", type=int, default=128, metavar="INT", help="side of the pictures, pixels")
    synth.add_argument("--workers", type=int, default=os.cpu_count(), metavar="INT", help="processes")
    synth.set_defaults(command=_bench_synth)
    storage = actions.add_parser("storage", help="bytes, files and seconds at each start of generated faces")
    storage.add_argument("--data", default="synthetic-1000/all", help="generated faces, as SET/SPLIT")
    storage.set_defaults(command=_bench_storage)
    for action in actions.choices.values():
        action.add_argument("--save", type=Path, metavar="FILE", help="also write what was measured to a JSON file")


def _bench_data(args: argparse.Namespace) -> None:
    from flm import bench
    from flm.data import benchmark

    measured = bench.bench_data(args.data or benchmark().val)
    _show(measured, bench.table, args.save)


def _bench_dense(args: argparse.Namespace) -> None:
    from flm import bench

    measured = bench.bench_dense(args.backbone)
    _show(measured, bench.dense_table, args.save)


def _bench_video(args: argparse.Namespace) -> None:
    from flm import speed
    from flm.training import load

    measured = speed.bench_video(load(args.run))
    _show(measured, speed.table, args.save)


def _bench_peers(args: argparse.Namespace) -> None:
    from flm import peers

    measured = peers.bench_peers(args.run)
    _show(measured, peers.table, args.save)


def _bench_synth(args: argparse.Namespace) -> None:
    from flm import bench

    measured = bench.bench_synth(args.size, args.workers)
    _show(measured, bench.synth_table, args.save)


def _bench_storage(args: argparse.Namespace) -> None:
    from flm import bench

    _show(bench.bench_storage(args.data), bench.storage_table, args.save)


def _show(measured: dict, table: Callable[[dict], str], path: Path | None) -> None:
    from flm import paths

    if path:
        paths.write_json(path, measured, indent=1)
    print(table(measured))
