"""What every committed notebook keeps to; that they run is nbval's to check."""

import re
import tomllib

import nbformat
import pytest

from flm import paths

HOME = paths.ROOT / "notebooks"
NOTEBOOKS = sorted(HOME.glob("[0-9]*.ipynb"))
PROFILES = tomllib.loads((HOME / "profiles.toml").read_text())


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request) -> nbformat.NotebookNode:
    return nbformat.read(request.param, nbformat.NO_CONVERT)


def parameters(notebook: nbformat.NotebookNode) -> list[str]:
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    return re.findall(r"^(\w+) = ", cell.source, re.MULTILINE)


def test_it_opens_with_a_question_and_what_it_takes(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ") and "?" in first
    assert all(word in first for word in ("**Data:**", "**Machine:**", "**Time:**"))
    assert notebook.cells[-1].source.startswith("## Answer") and "## Exercises" in notebook.cells[-1].source


def test_parameters_are_scalars_and_out_is_one(notebook):
    assert "out" in parameters(notebook)
    assert not any(tag == "injected-parameters" for cell in notebook.cells for tag in cell.metadata.get("tags", []))


def test_cells_are_short(notebook):
    lengths = [len(cell.source.splitlines()) for cell in notebook.cells if cell.cell_type == "code"]
    assert max(lengths) <= 22, "what is longer wants to be a function in flm"


def test_what_is_committed_was_run_and_is_clean(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            assert not re.search(r"/(home|root|work|tmp|Users)/", str(output.get("text", "")))
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run top to bottom: python notebooks/run.py"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_under_a_megabyte(path):
    assert path.stat().st_size < 1e6


@pytest.mark.parametrize(("profile", "name"), [(p, n) for p, notebooks in PROFILES.items() for n in notebooks])
def test_profiles_set_parameters_that_exist(profile, name):
    known = parameters(nbformat.read(HOME / f"{name}.ipynb", nbformat.NO_CONVERT))
    assert set(PROFILES[profile][name]) <= set(known)


def test_every_notebook_has_a_smoke_profile():
    assert set(PROFILES["smoke"]) == {path.stem for path in NOTEBOOKS}


def test_every_notebook_is_a_page_that_the_first_one_leads_to(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HOME)
    import browse

    monkeypatch.setattr(browse, "NOTEBOOKS", NOTEBOOKS[:1])
    browse.main(tmp_path)
    pages = {path.name for path in tmp_path.iterdir()}
    assert pages == {"index.html", f"{NOTEBOOKS[0].stem}.html"}
    targets = set(re.findall(r'href="([^#"]+)"', (tmp_path / "index.html").read_text()))
    assert {f"{path.stem}.html" for path in NOTEBOOKS} <= targets
    files = [target for target in targets if "://" not in target and not target.endswith(".html")]
    assert files and all((tmp_path / target.replace("%20", " ")).exists() for target in files)
