import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_fit import TINY

from flm import grids, paths
from flm.errors import InputError
from flm.training.module import LandmarkModule

SNAKEFILE = paths.ROOT / "notebooks" / "workflow" / "Snakefile"


def snakemake(*args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "-s", str(SNAKEFILE), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("profile", grids.SCALES)
def test_every_published_run_is_there_once(profile):
    runs = grids.experiments(profile)
    assert sum(name.startswith("sfu/") for name in runs) == 4, "three are published, one tells rate from network"
    assert sum(name.startswith("ilm/") for name in runs) == 18
    assert len({str(run) for run in runs.values()}) >= len(runs) - 2, "curves may meet the recipe, grids may not"
    assert all("300w" not in (run.train, run.val) for run in runs.values()), "real faces only test"


def test_all_faces_are_the_recipe_whatever_the_grid_calls_it():
    runs = grids.experiments("laptop")
    assert runs["faces/9500"] == runs["side/64"] == runs["head/heatmaps"] and runs["faces/3000"].train_size == 3000
    assert runs["ilm/PIPNet_all_10000"].train_size is None and runs["ilm/PIPNet_all_1000"].train_size == 1000


def test_networks_of_a_profile_see_as_many_faces():
    scale = grids.SCALES["laptop"]
    for name, run in grids.experiments("laptop").items():
        shown = scale.published_pictures if name.startswith("sfu/") else scale.pictures
        assert run.epochs * run.images_per_epoch == shown


@pytest.mark.parametrize("profile", grids.SCALES)
def test_every_network_of_a_profile_takes_its_crops(profile):
    different = {(run.backbone, run.head, run.size): run for run in grids.experiments(profile).values()}
    for run in different.values():
        LandmarkModule(run)


def test_a_run_is_trained_tested_and_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(grids, "experiments", lambda _: {"a/one": TINY, "a/two": TINY})
    grids.run("a/one", "smoke", tmp_path)
    found = grids.saved(tmp_path)["a/one"]
    assert found["test"] == "stand-in/test" and found["selected_on"] == "stand-in/val"
    assert len(found["as predicted"]) == len(found["adapted"]) > 0
    assert 0 < found["val_rmse"] < 1
    (tmp_path / "a" / ".two-half-written.json").touch()
    (tmp_path / "other.json").write_text("{}")
    assert grids.progress("smoke", tmp_path).startswith("1 of 2 runs done, about 0 min")
    lines = grids.table(grids.saved(tmp_path))
    assert list(lines["measure"]) == ["as predicted", "adapted"]
    assert set(lines["grid"]) == {"a"} and set(lines["name"]) == {"one"} and set(lines["size"]) == {TINY.size}
    assert len(lines["errors"][0]) == len(found["adapted"])
    with pytest.raises(InputError, match="no run of the grid is done"):
        grids.table(grids.saved(tmp_path / "nothing"))
    with pytest.raises(InputError, match="unknown run 'b': profile smoke has a/one, a/two"):
        grids.run("b", "smoke", tmp_path)
    with pytest.raises(InputError, match="unknown profile 'huge'"):
        monkeypatch.undo()
        grids.experiments("huge")


def test_small_grids_do_not_mix_with_those_of_the_report():
    folders = {grids.folder(profile) for profile in grids.SCALES}
    assert len(folders) == len(grids.SCALES) and paths.results_dir("grid") in folders


def test_what_is_done_is_not_planned_again(tmp_path):
    """Not even where nobody knows of the faces that it learnt from, and they are asked for again."""
    names = list(grids.experiments("smoke"))
    done = tmp_path / f"{names[0]}.json"
    done.parent.mkdir(parents=True)
    done.write_text(json.dumps({}))
    plan = snakemake("grid", "--dry-run", "--cores", "1", *settings(tmp_path))
    assert plan.returncode == 0, plan.stderr
    text = plan.stdout + plan.stderr
    assert text.count("rule faces:") == 1
    assert f"run={names[0]}\n" not in text
    assert all(f"run={name}\n" in text for name in names[1:])


def settings(folder: Path) -> list[str]:
    return ["--rerun-triggers", "mtime", "--config", "profile=smoke", f"out={folder}", f"done={folder / 'done'}"]


def test_the_report_waits_for_all_notebooks_and_they_for_faces(tmp_path):
    plan = snakemake("--dry-run", "--cores", "1", *settings(tmp_path))
    assert plan.returncode == 0, plan.stderr
    notebooks = list((paths.ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert plan.stdout.count("rule notebook:") == len(notebooks) > 0
    assert plan.stdout.count("rule faces:") == plan.stdout.count("rule report:") == 1


@pytest.mark.parametrize("cluster", ["slurm", "kubernetes"])
def test_clusters_plan_the_same_runs(cluster, tmp_path):
    profile = SNAKEFILE.parent / cluster
    plan = snakemake("grid", "--workflow-profile", str(profile), "--dry-run", *settings(tmp_path))
    assert plan.returncode == 0, plan.stderr
    assert plan.stdout.count("rule run:") == len(grids.experiments("smoke"))
