import errno
import subprocess
import sys

import pytest

from flm import cli


def flm(monkeypatch, capsys, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `flm WORDS`."""
    monkeypatch.setattr(sys, "argv", ["flm", *words])
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data", "fetch", "nothing"], "unknown data set 'nothing'"),
        (["data", "fetch", "300w"], "no public download"),
        (["train", "--train", "300w/nothing", "--val", "300w/val"], "unknown 300-W split 'nothing'"),
        (["data", "fetch", "face_synthetics_100", "--part", "1/2"], "only faces made here come in parts"),
        (["synth", "--count", "0"], "expected at least 1 picture"),
        (["synth", "preview", "--count", "0"], "expected at least 1 picture"),
        (["synth", "--workers", "0"], "workers 0: expected at least 1"),
        (["synth", "--seed", "-1"], "and a seed that is not negative"),
        (["bench", "synth", "--size", "0"], "expected at least 1 picture"),
        (["demo", "--port", "70000"], "port 70000: taken, or not to be had"),
        (["predict", "a/photo.jpg", "b/photo.jpg"], "photo: several pictures have this name"),
        (["train", "--epochs", "0"], "epochs 0: expected more than 0"),
        (["train", "--devices", "0"], "devices 0, nodes 1, workers None: expected at least 1, 1 and 0"),
        (["evaluate", "no/such/run"], "no finished run"),
        (["adapt", "no/such/run"], "no finished run"),
        (["predict", "--run", "no/such/run", "photo.jpg"], "no finished run"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(monkeypatch, capsys, words, message):
    code, _, errors = flm(monkeypatch, capsys, *words)
    assert code == 2
    assert errors.count("\n") == 1 and errors.startswith("flm: ") and message in errors


def test_an_unknown_option_is_an_error(monkeypatch, capsys):
    code, _, errors = flm(monkeypatch, capsys, "train", "--learning-rate", "1")
    assert code == 2 and "--learning-rate" in errors


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device", "cache/pixels.npy")

    monkeypatch.setattr(cli.sets, "_data_status", full)
    code, _, errors = flm(monkeypatch, capsys, "data", "status")
    assert code == 2 and errors.count("\n") == 1 and "No space left on device" in errors


def test_an_output_folder_that_cannot_be_is_one_line(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(cli.sets, "_data_status", lambda _: (tmp_path / "file" / "folder").mkdir())
    code, _, errors = flm(monkeypatch, capsys, "data", "status")
    assert code == 2 and errors.count("\n") == 1 and str(tmp_path / "file") in errors


def test_ctrl_c_says_how_to_go_on(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.sets, "_data_status", interrupt)
    code, _, errors = flm(monkeypatch, capsys, "data", "status")
    assert code == 130 and "goes on" in errors


def test_every_setting_is_explained(monkeypatch, capsys):
    code, output, _ = flm(monkeypatch, capsys, "train", "--help")
    assert code == 0 and "--heatmap-weight" in output and "faces an epoch" in output
    assert "None" not in output and "(default: resnet18)" in " ".join(output.split()), "as wide as the terminal is"


def test_status_names_what_is_missing(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    code, output, _ = flm(monkeypatch, capsys, "data", "status")
    assert code == 0 and "flm data fetch face_synthetics_1000" in output and "ibug.doc.ic.ac.uk" in output


def test_a_reader_that_stops_early_is_not_an_error():
    command = f"{sys.executable} -m flm.cli data status | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("in ")
    assert done.stderr == ""
