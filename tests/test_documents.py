"""What people read: links lead somewhere, commands exist, and intervals are those of a result file."""

import json
import re
import shlex
from collections.abc import Iterator

import nbformat
import pytest

from flm import paths
from flm.cli import _parser

PAGES = {
    name: (paths.ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md", "notebooks/workflow/README.md")
}
NOTEBOOKS = sorted((paths.ROOT / "notebooks").glob("[0-9]*.ipynb"))
MINUS = str.maketrans("\N{MINUS SIGN}", "-")


def prose(notebook) -> str:
    return "\n".join(cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "markdown")


TEXTS = PAGES | {f"notebooks/{path.name}": prose(path) for path in NOTEBOOKS}


def commands() -> Iterator[list[str]]:
    """Each line of their shell blocks, as a shell would split it."""
    for block in re.findall(r"```bash\n(.*?)```", "\n".join(PAGES.values()), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line.replace("<", "").replace(">", ""), comments=True):
                yield words


def intervals(values) -> Iterator[tuple[float, float]]:
    """(low, high) of every interval in what a result file holds, without their signs."""
    if isinstance(values, dict):
        if values.get("low") is not None and values.get("high") is not None:
            yield abs(values["low"]), abs(values["high"])
        values = list(values.values())
    if isinstance(values, list):
        for value in values:
            yield from intervals(value)


@pytest.fixture(scope="module")
def measured() -> set[frozenset[str]]:
    """Ends of all intervals in report/results/, to two decimals."""
    files = (paths.ROOT / "report" / "results").rglob("*.json")
    found = (pair for file in files for pair in intervals(json.loads(file.read_text())))
    return {frozenset(f"{end:.2f}" for end in pair) for pair in found}


@pytest.mark.parametrize("text", TEXTS)
def test_links_lead_somewhere(text):
    home = (paths.ROOT / text).parent
    targets = re.findall(r"\]\(([^)#\s]+)\)", TEXTS[text])
    missing = [to for to in targets if "://" not in to and not (home / to.replace("%20", " ")).exists()]
    assert missing == []


@pytest.mark.parametrize("text", TEXTS)
def test_intervals_are_those_of_a_result_file(text, measured):
    """Texts say by how much something is better without a sign, so signs do not count."""
    said = re.findall(r"\[-?(\d+\.\d\d), -?(\d+\.\d\d)\]", TEXTS[text].translate(MINUS))
    assert [ends for ends in said if frozenset(ends) not in measured] == []


@pytest.mark.parametrize("words", [words for words in commands() if words[0] == "flm"], ids=" ".join)
def test_the_command_line_takes_what_they_show(words):
    assert _parser().parse_args(words[1:]).command


def test_they_ask_make_for_what_it_makes():
    targets = set(re.findall(r"^([\w-]+):", (paths.ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for words in commands() if words[0] == "make" for word in words[1:] if "=" not in word}
    assert asked and asked <= targets


def test_scripts_that_are_named_exist():
    named = {script for text in TEXTS.values() for script in re.findall(r"notebooks/\w+\.py", text)}
    assert [script for script in named if not (paths.ROOT / script).exists()] == []


def test_every_figure_is_a_notebooks_and_every_one_of_the_report_is_there():
    figures = {path.stem for path in (paths.ROOT / "figures").iterdir()}
    assert [name for name in figures if not name.startswith(tuple(path.stem for path in NOTEBOOKS))] == []
    report = (paths.ROOT / "report" / "report.typ").read_text()
    cited = re.findall(r'(?:figure|picture)-file\("(\w+)"\)', report)
    assert cited and set(cited) <= figures
    results = {path.stem for path in (paths.ROOT / "report" / "results").glob("*.json")}
    assert set(re.findall(r'results\("(\w+)"\)', report)) <= results
