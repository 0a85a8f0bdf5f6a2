"""The package's modules import each other without cycles."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from flm import paths

PACKAGE = paths.ROOT / "flm"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(paths.ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in PACKAGE.rglob("*.py")}


def imported(path: Path) -> set[str]:
    """Modules of the package that a file imports as it is imported itself; what functions import comes later."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & FILES.keys()) or {str(node.module)}
    return found & FILES.keys()


def test_imports_have_no_cycles():
    order = [*TopologicalSorter({name: imported(path) - {name} for name, path in FILES.items()}).static_order()]
    assert len(order) == len(FILES)
