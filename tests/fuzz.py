"""Damage a reader's file again and again, guided by which of the package's lines that reaches, until one crashes.

pip install atheris
python tests/fuzz.py pts -max_total_time=600       any of test_damaged.READERS
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["flm"]):
    from test_damaged import is_read_or_named

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FLM_CACHE"] = str(Path(folder) / "cache")
        atheris.Setup([sys.argv[0], *options], is_read_or_named(name, Path(folder)).hypothesis.fuzz_one_input)
        atheris.Fuzz()
