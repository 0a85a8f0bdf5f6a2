import pytest
from conftest import write_face

from flm import markup
from flm.data import catalog, load, subset
from flm.errors import InputError


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    return tmp_path


def test_status_shows_found_beside_official(data):
    write_face(data / "300w/ibug/image_003_1.jpg")
    (data / "COFW_color").mkdir()
    (data / "COFW_color/COFW_test_color.mat").write_bytes(b"broken")
    rows = {(row.name, row.split): (row.found, row.official) for row in catalog.status()}
    assert rows["300w", "challenging"] == (1, 135)
    assert rows["300w", "full"] == (1, 689)
    assert rows["cofw", "test"] == (0, 507)
    assert rows["300vw", "all"] == (0, 114)


def test_every_set_has_a_known_markup_and_its_own_folder():
    assert all(data_set.markup in markup.MARKUPS for data_set in catalog.SETS.values())
    assert len({data_set.folder for data_set in catalog.SETS.values()}) == len(catalog.SETS)


def test_a_set_is_read_from_its_folder(data):
    write_face(data / "300w/ibug/image_003_1.jpg")
    (sample,) = load("300w/challenging")
    assert sample.name == "ibug/image_003_1"


def test_a_folder_of_ones_own_is_a_set(data):
    for name in "abc":
        write_face(data / f"mine/{name}.jpg")
    samples = load("mine/all")
    assert [s.source for s in samples] == ["mine"] * 3
    assert {s.name for s in subset(samples, 1)} < {s.name for s in subset(samples, 2)}
    for count, seed in ((-1, 0), (1, -1)):
        with pytest.raises(InputError, match="expected numbers from 0 on"):
            subset(samples, count, seed)


def test_face_synthetics_is_the_largest_of_its_name_here(data):
    (data / "face_synthetics_100").mkdir()
    assert catalog.get("face_synthetics").name == "face_synthetics_100"
    (data / "face_synthetics_1000").mkdir()
    assert catalog.get("face_synthetics").name == "face_synthetics_1000"


def test_unknown_sets_are_refused(data):
    with pytest.raises(InputError, match=r"unknown data set '300W'.*300vw"):
        load("300W/common")
    with pytest.raises(InputError, match="expected SET/SPLIT"):
        load("300w")
