import pytest
from conftest import write_face

from flm import bench, data
from flm.errors import InputError


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    monkeypatch.setattr(bench, "_rate", lambda work, images: (work(), float(images))[1])


def test_the_loader_is_measured_beside_the_model():
    measured = bench.bench_data("stand-in/val")
    rates = measured["images_per_second"]
    assert rates["decode and crop"] == rates["loader, augmentation strong"] == len(data.load("stand-in/val"))
    assert "resnet18 training" in bench.table(measured)


def test_anchors_keep_less_than_a_map_for_each_of_many_landmarks(monkeypatch):
    monkeypatch.setattr(bench.markup, "DENSE", {"dense1001": bench.markup.DENSE["dense1001"]})
    measured = bench.bench_dense("hourglass")
    kept = {(row["head"], row["landmarks"]): row["kept_mib"] for row in measured["rows"]}
    assert kept["anchored", 1001] < kept["softargmax", 1001]
    assert len(bench.dense_table(measured).splitlines()) == 1 + len(kept)


def test_storage_is_that_of_one_face(tmp_path, monkeypatch):
    measured = bench.bench_storage("stand-in/val")
    folder = data.load("stand-in/val")[0].image.parent
    everything = sum(file.stat().st_size for file in folder.iterdir() if file.suffix in (".png", ".txt", ".npz"))
    assert sum(measured["bytes"].values()) * measured["faces"] == pytest.approx(everything)
    assert measured["pixel_cache"] == 256 * 256 * 3
    assert "70 landmarks as text" in bench.storage_table(measured)
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    write_face(tmp_path / "mine" / "a.png")
    with pytest.raises(InputError, match="mine/all: expected generated faces"):
        bench.bench_storage("mine/all")
