"""The command line: `flm data`, `flm train`, `flm evaluate`, `flm predict`, `flm video`, `flm synth`, ..."""

import argparse
import os
import sys

from flm.cli import bench, learn, sets, synth, use
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
        _stop("interrupted; what is finished is kept, and the same command goes on from there", 130)


def _stop(message: str, code: int) -> None:
    print(f"flm: {message}", file=sys.stderr)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flm", description="Facial landmarks from synthetic faces.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sets.add_data(commands)
    learn.add_train(commands)
    learn.add_evaluate(commands)
    learn.add_adapt(commands)
    use.add_predict(commands)
    use.add_video(commands)
    use.add_demo(commands)
    use.add_export(commands)
    synth.add_synth(commands)
    learn.add_grid(commands)
    bench.add_bench(commands)
    return parser
