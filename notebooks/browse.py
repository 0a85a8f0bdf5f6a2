"""The executed notebooks as pages for a browser: build/html/index.html, which is the README, and one page each.

python notebooks/browse.py
"""

import re
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from flm.paths import ROOT, atomic_path

HERE = ROOT / "notebooks"
NOTEBOOKS = sorted(HERE.glob("[0-9]*.ipynb"))
OUT = ROOT / "build" / "html"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:]+)\)")


def main(out: Path = OUT) -> None:
    """Write the pages to the folder `out`."""
    up = Path(*[".."] * len(out.relative_to(ROOT).parts)) if out.is_relative_to(ROOT) else ROOT
    for source in NOTEBOOKS:
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source, HERE, up)
        notebook.cells.insert(0, new_markdown_cell("[All notebooks](index.html)"))
        write(notebook, HERE, source.stem, out)
    readme = new_notebook(cells=[new_markdown_cell(linked((ROOT / "README.md").read_text(), ROOT, up))])
    write(readme, ROOT, "index", out)
    print(out / "index.html")


def linked(text: str, home: Path, up: Path) -> str:
    """A text of the folder `home` whose links lead to notebooks' pages and, by way of `up`, to the project's files."""

    def target(link: re.Match) -> str:
        file = (home / link[2]).resolve()
        page = f"{file.stem}.html" if file.suffix == ".ipynb" else (up / file.relative_to(ROOT)).as_posix()
        return f"[{link[1]}]({page})"

    return _LINK.sub(target, text)


def write(notebook: nbformat.NotebookNode, home: Path, name: str, out: Path) -> None:
    """Write one page, with the pictures of `home` in it."""
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(
        notebook, {"metadata": {"name": "flm" if name == "index" else name, "path": str(home)}}
    )
    with atomic_path(out / f"{name}.html") as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    main()
