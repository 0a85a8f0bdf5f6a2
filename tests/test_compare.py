import pytest

from flm import paths


@pytest.fixture
def compare(monkeypatch):
    monkeypatch.syspath_prepend(paths.ROOT / "notebooks")
    import compare

    return compare


def test_means_that_left_their_intervals_are_named(compare):
    before = {"table": [{"nme": {"mean": 3.0, "low": 2.9, "high": 3.1}}], "worth": {"mean": -1, "low": -2, "high": 0}}
    after = {"table": [{"nme": {"mean": 3.2, "low": 3.1, "high": 3.3}}], "worth": {"mean": -2, "low": -3, "high": -1}}
    old, new = (dict(compare.means(values)) for values in (before, after))
    assert [*old] == ["/table/0/nme", "/worth"]
    (line,) = compare.outside({where: (old[where], new[where]) for where in old})
    assert line == "/table/0/nme was 3.00 [2.90, 3.10], is 3.20"


def test_nothing_has_moved_before_a_run_but_what_was_not_committed(compare, tmp_path, monkeypatch, capsys):
    assert "notebook" in compare.committed("README.md")
    assert compare.committed("report/results/99_never.json") is None
    monkeypatch.setattr(compare, "RESULTS", tmp_path)
    with pytest.raises(SystemExit) as stop:
        compare.main()
    assert stop.value.code == 0 and capsys.readouterr().out.startswith("0 of 0 means")
