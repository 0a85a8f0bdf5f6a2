"""`flm synth`: generated faces."""

import argparse
import os
from pathlib import Path

from flm.cli.help import Defaults


def add_synth(commands) -> None:
    """The options of `flm synth`."""
    from flm.synth.preset import PRESETS

    synth = commands.add_parser(
        "synth",
        help="generate faces with exact landmarks",
        description="Generate faces: pictures, landmarks and segmentation in FaceSynthetics' layout, dense landmarks "
        "beside them. An interrupted command goes on where it stopped. `flm synth assets` brings photographed light.",
        formatter_class=Defaults,
    )
    synth.add_argument("action", nargs="?", choices=("make", "assets", "preview"), default="make", help="what to do")
    synth.add_argument("--count", type=int, metavar="INT", help="number of faces (default: 1000, of a preview 48)")
    synth.add_argument("--size", type=int, default=256, metavar="INT", help="side of the pictures, pixels")
    synth.add_argument("--seed", type=int, default=0, metavar="INT", help="another seed: other faces")
    synth.add_argument("--preset", default="default", metavar="NAME", help=f"what is shown: {', '.join(PRESETS)}")
    synth.add_argument("--backgrounds", metavar="DIR", help="folder of pictures to put behind people")
    synth.add_argument("--samples", type=int, default=8, metavar="INT", help="light paths a pixel, before denoising")
    synth.add_argument("--part", default="1/1", metavar="K/N", help="the Kth of N jobs' share of the faces")
    synth.add_argument("--workers", type=int, default=os.cpu_count(), metavar="INT", help="processes")
    synth.add_argument(
        "--out", type=Path, default=Path("faces"), metavar="DIR", help="folder, or PNG file of the preview"
    )
    synth.set_defaults(command=_synth)


def _synth(args: argparse.Namespace) -> None:
    from flm.synth import assets, dataset, preview
    from flm.synth.generator import Recipe

    if args.action == "assets":
        print(f"{assets.install()}\n\n{assets.manifest()}")
        return
    recipe = Recipe(args.seed, args.size, args.samples, args.preset, args.backgrounds)
    if args.action == "preview":
        print(preview.write_sheet(args.out, 48 if args.count is None else args.count, recipe))
    else:
        count = 1000 if args.count is None else args.count
        dataset.generate_all(args.out, count, recipe, args.workers, dataset.Part.parse(args.part))
        print(args.out)
