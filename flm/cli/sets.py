"""`flm data`: what data sets are here, and how to get the others."""

import argparse


def add_data(commands) -> None:
    """The options of `flm data`."""
    data = commands.add_parser("data", help="what data sets are here, and how to get the others")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    status = actions.add_parser("status", help="faces found of each set, and where the missing ones come from")
    status.set_defaults(command=_data_status)
    fetch = actions.add_parser(
        "fetch", help="download a set that has a public link into FLM_DATA, or make one of generated faces"
    )
    fetch.add_argument("name", metavar="NAME", help="for example face_synthetics_100 or synthetic-10000")
    fetch.add_argument("--part", default="1/1", metavar="K/N", help="of faces made here: the Kth of N jobs' share")
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
    from flm.data import made
    from flm.data.fetch import fetch
    from flm.errors import InputError
    from flm.synth.dataset import WHOLE, Part

    part = Part.parse(args.part)
    if made.is_made(args.name):
        print(made.make(args.name, part))
    elif part == WHOLE:
        print(fetch(args.name))
    else:
        raise InputError(f"--part {args.part}: only faces made here come in parts, not {args.name}")
