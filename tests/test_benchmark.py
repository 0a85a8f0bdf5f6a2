import pytest
from conftest import write_face

from flm import data


@pytest.mark.parametrize("harder", [True, False])
def test_photographs_stand_for_reality_where_they_are(monkeypatch, tmp_path, harder):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    write_face(tmp_path / "300w" / "lfpw" / "testset" / "1.png")
    if harder:
        write_face(tmp_path / "300w" / "ibug" / "1.jpg")
    found = data.benchmark()
    assert (found.title, found.test) == ("300-W Common", "300w/common")
    assert found.challenging == ("300w/challenging" if harder else None)


def test_generated_faces_stand_in_for_them_and_say_so(monkeypatch, tmp_path):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    found = data.benchmark()
    assert "stand-in" in found.title and all(of.startswith("stand-in/") for of in (found.train, found.val, found.test))


def test_results_are_titled_where_their_faces_are_not(monkeypatch, tmp_path):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    assert data.title("300w/common") == "300-W Common"
    assert data.title(data.benchmark().test) == data.benchmark().title
    assert data.title("wflw/test") == "wflw/test"
