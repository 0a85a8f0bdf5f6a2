"""`flm train`, `evaluate`, `adapt` and `grid`: runs, and what they come to."""

import argparse
import json
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import get_args, get_type_hints

from flm.cli.help import Defaults


def add_train(commands) -> None:
    """The options of `flm train`."""
    from flm.experiment import Experiment

    train = commands.add_parser(
        "train",
        help="train a model, or go on with an interrupted one",
        description="Train a model and print its run folder. The same settings on the same data are the same run: "
        "finished, it is only read; interrupted, it goes on from its last finished epoch.",
        formatter_class=Defaults,
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


def add_evaluate(commands) -> None:
    """The options of `flm evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="the errors of a run on a test set",
        description="Print NME (four normalisations, 95 %% intervals), AUC and failure rate of a run, as JSON.",
    )
    evaluate.add_argument("run", type=Path, help="run folder, as `flm train` prints it")
    evaluate.add_argument("--data", default="300w/common", help="test faces, as SET/SPLIT (default: 300w/common)")
    evaluate.add_argument(
        "--boxes",
        default="truth",
        help="truth: bounds of the true landmarks (default); detector: MTCNN; blazeface: the faster one; following: "
        "clips (300vw/A, 300vw/223, ...) as `flm video` does, and listed one by one",
    )
    evaluate.add_argument("--adapter", type=Path, metavar="FILE", help="adapt what it finds first, see `flm adapt`")
    evaluate.add_argument(
        "--save", type=Path, metavar="FILE", help="also write record, numbers and errors to a JSON file"
    )
    evaluate.set_defaults(command=_evaluate)


def _evaluate(args: argparse.Namespace) -> None:
    from flm import data
    from flm.adapt import adapted
    from flm.evaluate import evaluate, save
    from flm.models.adapters import load_adapter
    from flm.training import load
    from flm.video.clips import by_clip

    run = load(args.run)
    evaluation = evaluate(run, args.data, args.boxes)
    if args.adapter:
        evaluation = adapted(evaluation, load_adapter(args.adapter))
    if args.save:
        save(evaluation, run.record, args.save)
    clips = by_clip(evaluation.compared, data.load(args.data)) if args.boxes == "following" else {}
    print(json.dumps(evaluation.summary() | ({"clips": clips} if clips else {}), indent=1))


def add_adapt(commands) -> None:
    """The options of `flm adapt`."""
    adapt = commands.add_parser(
        "adapt",
        help="learn to turn a run's landmarks into people's",
        description="Train a label adapter on what a run finds on real faces, and their labels; print its file, for "
        "`flm evaluate --adapter` and `flm train --adapter`. Faces count from the same draw as `--train-size`.",
        formatter_class=Defaults,
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


def add_grid(commands) -> None:
    """The options of `flm grid`."""
    grid = commands.add_parser(
        "grid",
        help="the many runs behind notebooks 12 and 13",
        description="Train and test one run of the grids, or list them all. `make grid` does those that are left.",
        formatter_class=Defaults,
    )
    grid.add_argument("run", nargs="?", metavar="RUN", help="name of the run (default: list all, with what is done)")
    grid.add_argument("--profile", default="laptop", help="how large: smoke, laptop or paper")
    grid.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: by the profile)")
    grid.set_defaults(command=_grid)


def _grid(args: argparse.Namespace) -> None:
    from flm import grids

    folder = args.out or grids.folder(args.profile)
    if args.run:
        grids.run(args.run, args.profile, folder)
    else:
        done = grids.saved(folder)
        for name in grids.experiments(args.profile):
            print(f"{'done' if name in done else '':6}{name}")
    print(grids.progress(args.profile, folder))
