import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from flm import data, models
from flm.data import catalog
from flm.errors import InputError
from flm.evaluate import evaluate
from flm.experiment import Experiment
from flm.models.adapters import Adapter, save_adapter
from flm.predict import Predictor
from flm.shape import mean_shape
from flm.training import fit, load
from flm.training.fit import _Checkpoint, first_batch
from flm.training.module import LandmarkModule, rate

TINY = Experiment(
    name="tiny",
    train="stand-in/train",
    val="stand-in/val",
    train_size=8,
    backbone="resnet10t",
    size=64,
    augmentation="none",
    batch_size=8,
    images_per_epoch=40,
    epochs=2,
    precision="32-true",
)


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FLM_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_a_few_faces_are_learnt_by_heart(runs):
    run = fit(replace(TINY, val="stand-in/train", epochs=12, lr=3e-3, ema=0.9))
    curves = run.curves()
    assert curves.train_loss.iloc[-1] < curves.train_loss.iloc[0] / 3


def test_a_training_that_diverges_is_not_kept(runs):
    for _ in range(2):
        with pytest.raises(InputError, match="the training diverged, no epoch has an error; remove it"):
            fit(replace(TINY, lr=1e30, schedule="constant", epochs=1))
    assert not list(runs.glob("*/record.json"))


def test_a_second_fit_only_reads(runs):
    first = fit(TINY)
    written = (first.folder / "model.safetensors").stat().st_mtime_ns
    second = fit(TINY)
    assert second.record == first.record
    assert (second.folder / "model.safetensors").stat().st_mtime_ns == written
    assert not list(first.folder.glob("*.ckpt"))


def test_another_setting_or_other_data_is_another_run(runs, monkeypatch):
    first = fit(TINY)
    assert fit(replace(TINY, lr=2e-3)).folder != first.folder
    original = data.load
    monkeypatch.setattr(
        data, "load", lambda *of: [replace(s, landmarks=s.landmarks + 1, box=s.box) for s in original(*of)]
    )
    assert fit(TINY).folder != first.folder


def start(runs: Path, *more: str) -> subprocess.Popen:
    """`flm train` of TINY into a store of its own, as the leader of a new group of processes."""
    options = [word for name in ("name", "train", "val", "train_size", "backbone", "size", "batch_size", "precision")
               for word in (f"--{name.replace('_', '-')}", str(getattr(TINY, name)))]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "flm.cli", "train", *options, "--images-per-epoch", "64", "--epochs", "6", *more],
        env=os.environ | {"FLM_RUNS": str(runs)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for_first_epoch(runs: Path) -> None:
    deadline = time.time() + 300
    while not list(runs.glob("*/last.ckpt")) and time.time() < deadline:
        time.sleep(0.01)


def test_a_cluster_that_ends_all_processes_of_a_run_gets_one_line(tmp_path):
    broken = start(tmp_path, "--workers", "2")
    wait_for_first_epoch(tmp_path)
    os.killpg(broken.pid, signal.SIGTERM)
    _, said = broken.communicate(timeout=300)
    assert broken.returncode == 130
    assert said.decode() == "flm: interrupted; what is finished is kept, and the same command goes on from there\n"


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(tmp_path):
    assert start(tmp_path / "unbroken").wait(timeout=300) == 0
    broken = start(tmp_path / "broken")
    wait_for_first_epoch(tmp_path / "broken")
    broken.send_signal(signal.SIGKILL)
    assert broken.wait() == -signal.SIGKILL, "the run was over before it could be killed"
    assert not list((tmp_path / "broken").glob("*/record.json"))
    assert start(tmp_path / "broken").wait(timeout=300) == 0

    (unbroken,), (resumed,) = ((tmp_path / kind).glob("tiny-*") for kind in ("unbroken", "broken"))
    expected, found = (load_file(folder / "model.safetensors") for folder in (unbroken, resumed))
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert [row["epoch"] for row in load(resumed).record["curves"]] == [1, 2, 3, 4, 5, 6]


def test_the_best_epoch_is_known_where_the_folder_was_moved_before_the_run_went_on(tmp_path):
    before, after = (_Checkpoint(tmp_path / name, "best", monitor="val_nme") for name in ("before", "after"))
    before.best_model_score, before.best_model_path = torch.tensor(4.0), f"{before.dirpath}/best.ckpt"
    before.best_k_models = {before.best_model_path: before.best_model_score}
    after.load_state_dict(before.state_dict())
    assert after.best_model_score == 4 and after.best_model_path == str(tmp_path / "after" / "best.ckpt")
    assert list(after.best_k_models) == [after.best_model_path]


def test_where_to_compute_is_checked_before_anything_is_made(runs):
    for where in ({"devices": 0}, {"devices": -1}, {"nodes": 0}, {"workers": -1}):
        with pytest.raises(InputError, match="expected at least 1, 1 and 0"):
            fit(TINY, **where)
    with pytest.raises(InputError, match="unknown augmentation 'magic'"):
        fit(replace(TINY, augmentation="magic"))
    assert not runs.exists()


def test_two_processes_learn_as_one_does(tmp_path):
    """The same global batches give the same loss. Layer norms, since batch norms see the faces of one process alone."""
    losses = []
    for devices in ("1", "2"):
        settings = ["--train", "stand-in/train", "--val", "stand-in/val", "--backbone", "convnext_atto", "--head",
                    "regression", "--size", "64", "--augmentation", "none", "--batch-size", "8", "--epochs", "1",
                    "--images-per-epoch", "64", "--precision", "32-true", "--devices", devices]  # fmt: skip
        folder = tmp_path / devices
        subprocess.run(
            [sys.executable, "-m", "flm.cli", "train", *settings],
            env=os.environ | {"FLM_RUNS": str(folder)},
            check=True,
        )
        (run,) = map(load, folder.glob("real-only-*"))
        assert run.record["machine"]["processes"] == int(devices)
        losses.append(run.curves()["train_loss"].iloc[0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_run_starts_from_the_weights_of_another(runs):
    first = fit(TINY)
    frozen = fit(replace(TINY, name="tuned", start=first.folder.name, backbone_rate=0.0, ema=0.0))
    before, after = (load_file(run.folder / "model.safetensors") for run in (first, frozen))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved and all(name.startswith(("lateral.", "score.")) for name in moved), (
        "the backbone, statistics too, stays"
    )
    with pytest.raises(InputError, match="another model than this experiment's"):
        fit(replace(TINY, start=first.folder.name, backbone="resnet18"))
    with pytest.raises(InputError, match="no finished run"):
        fit(replace(TINY, start="nothing"))


def test_a_slower_backbone_moves_less(runs):
    first = fit(TINY)
    start = load_file(first.folder / "model.safetensors")
    moved = []
    for rate_of_backbone in (1.0, 0.01):
        tuned = fit(replace(TINY, start=first.folder.name, backbone_rate=rate_of_backbone, weight_decay=0.0))
        after = load_file(tuned.folder / "model.safetensors")
        name = next(name for name in start if name.startswith("pyramid.") and start[name].ndim == 4)
        moved.append(float((after[name] - start[name]).abs().mean()))
    assert moved[1] < 0.1 * moved[0]


def test_other_faces_are_mixed_in_with_adapted_labels(runs, tmp_path):
    adapter = Adapter("offset", 68)
    adapter.mean.copy_(torch.from_numpy(mean_shape()[:, :2] - mean_shape()[:, :2].mean(0)))
    save_adapter(adapter, tmp_path / "a.safetensors")
    mixing = replace(TINY, mixed_in="stand-in/test", share=0.5)
    plain = fit(mixing)
    adapted = fit(replace(mixing, adapter=str(tmp_path / "a.safetensors")))
    assert plain.record["data"]["mixed_in"]["faces"] == 60
    assert adapted.folder != plain.folder
    assert adapted.record["data"]["adapter"] == {
        "kind": "offset",
        "learnt_from": "",
        "fingerprint": adapter.fingerprint(),
    }
    adapter.correction.shift.data += 0.1
    save_adapter(adapter, tmp_path / "a.safetensors")
    moved = fit(replace(mixing, adapter=str(tmp_path / "a.safetensors")))
    assert moved.folder != adapted.folder, "another adapter in the same file is another run"
    with pytest.raises(InputError, match="it does nothing unless mixed_in is set, found None"):
        fit(replace(TINY, adapter=str(tmp_path / "a.safetensors")))


@pytest.fixture
def dense_faces(tmp_path, monkeypatch) -> str:
    """Generated faces as a set of their own: the same pictures as the stand-in's, with their exact labels."""
    made = data.load("stand-in/train")[0].image.parent
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ours").symlink_to(made)
    monkeypatch.setenv("FLM_DATA", str(tmp_path / "data"))
    return "ours/train"


def test_dense_landmarks_are_learnt_and_judged_by_the_68(runs, dense_faces):
    dense = replace(TINY, train=dense_faces, markup="dense243", head="anchored", loss="likelihood")
    run = fit(replace(dense, val=dense_faces, epochs=12, lr=3e-3, ema=0.9))
    curves = run.curves()
    assert curves.val_nme.iloc[-1] < 0.7 * curves.val_nme.iloc[0]
    seen = evaluate(run, "stand-in/val")
    assert seen.predicted.shape[1:] == (243, 2) and seen.compared.shape == seen.truth.shape == (40, 68, 2)
    exact = evaluate(run, "stand-in/val", against="dense243")
    assert exact.truth.shape == (40, 243, 2)
    assert np.array_equal(exact.predicted, seen.predicted)


def test_real_faces_teach_dense_landmarks_through_the_label_adapter(runs, dense_faces):
    both = replace(TINY, train=dense_faces, mixed_in="stand-in/train", markup="ibug68+dense243", head="anchored")
    _, landmarks = first_batch(both)
    people, dense = np.isfinite(landmarks[:, :68]).all((1, 2)), np.isfinite(landmarks[:, 68:]).all((1, 2))
    assert people.sum() == dense.sum() == 4 and not (people & dense).any()
    run = fit(both)
    seen = evaluate(run, "stand-in/val")
    assert seen.predicted.shape == (40, 311, 2)
    assert np.array_equal(seen.compared, seen.predicted[:, :68])
    assert np.array_equal(seen.dense_only().compared, seen.predicted[:, 68:136])


def test_a_dense_network_may_go_on_to_learn_peoples_labels(dense_faces):
    source = fit(replace(TINY, train=dense_faces, markup="dense243", head="anchored"))
    both = replace(TINY, train=dense_faces, mixed_in="stand-in/train", markup="ibug68+dense243", head="anchored")
    model = LandmarkModule(replace(both, start=source.folder.name)).model.eval()
    image = torch.randint(0, 256, (1, 3, TINY.size, TINY.size), dtype=torch.uint8)
    before, after = (net(models.normalise(image)).landmarks for net in (source.model(), model))
    torch.testing.assert_close(after[:, 68:], before)


@pytest.mark.parametrize("name", ["discriminator", "daln", "regda"])
def test_unlabelled_faces_are_adapted_to(runs, name, monkeypatch):
    source = replace(TINY, train="stand-in/val", val="stand-in/val", mixed_in="stand-in/train", images_per_epoch=16)
    adapted = fit(replace(source, adaptation=name))
    assert "gap" in adapted.curves().columns
    before = load_file(adapted.folder / "model.safetensors")
    original = catalog.load

    def mislabelled(spec: str, split: str, dense: bool = False) -> list[data.Sample]:
        samples = original(spec, split, dense)
        return samples if split == "val" else [replace(s, landmarks=s.landmarks[::-1].copy()) for s in samples]

    monkeypatch.setattr(catalog, "load", mislabelled)
    (runs / adapted.folder.name / "record.json").unlink()
    again = fit(replace(source, adaptation=name))
    after = load_file(again.folder / "model.safetensors")
    assert again.folder == adapted.folder and all(torch.equal(before[key], after[key]) for key in before)


def test_a_broken_checkpoint_says_what_to_do(runs):
    run = fit(TINY)
    (run.folder / "record.json").unlink()
    (run.folder / "last.ckpt").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(InputError, match=r"last.ckpt: not a checkpoint .*; remove it"):
        fit(TINY)


def test_the_kept_weights_give_the_recorded_validation_error(runs):
    run = fit(TINY)
    assert evaluate(run, TINY.val, mirror=False).errors.mean() == pytest.approx(run.record["val_nme"], rel=0.03)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backbone": "resnet19"}, "unknown backbone 'resnet19'"),
        ({"head": "heatmap"}, "unknown head 'heatmap'"),
        ({"loss": "l3"}, "unknown loss 'l3'"),
        ({"augmentation": "more"}, "unknown augmentation 'more'"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd'"),
        ({"schedule": "linear"}, "unknown schedule 'linear'"),
        ({"size": 32}, "crop size 32"),
        ({"loss": "likelihood"}, "needs each landmark's spread, head anchored, found softargmax"),
        ({"adaptation": "daln"}, "adaptation daln: it does nothing unless mixed_in is set, found None"),
        (
            {"adaptation": "daln", "mixed_in": "300w/train", "adapter": "a"},
            "faces mixed in have no labels to adapt, expected no adapter",
        ),
        ({"transfer": "unet"}, "transfer unet: it does nothing unless markup is ibug68+"),
        ({"stacks": 2}, "stacks 2: it does nothing unless backbone is hourglass, found resnet10t"),
        ({"head": "pip", "heatmap_weight": 0.1}, "it does nothing unless head is softargmax or anchored, found pip"),
        (
            {"adaptation": "daln", "mixed_in": "300w/train", "share": 1.0},
            "adaptation daln: found share 1 of batches of 8 a process, expected faces of both kinds",
        ),
        (
            {"mixed_in": "300w/train", "adapter": "a", "markup": "dense68"},
            "labels are ibug68, found markup dense68",
        ),
        ({"head": "pip", "loss": "wing"}, "loss wing: head pip has a loss of its own"),
        ({"backbone": "vit_tiny_patch16_224"}, "vit_tiny_patch16_224: not for crops of 64 pixels"),
        ({"train": "stand-in"}, "expected SET/SPLIT"),
        ({"train_size": 10**6}, "expected train_size=1000000"),
    ],
)
def test_bad_settings_say_what_is_wrong(runs, change, message):
    with pytest.raises(InputError, match=message):
        fit(replace(TINY, **change))
    assert not runs.exists(), "nothing is written before the settings are known to work"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_size": 0}, "train_size 0: expected more than 0"),
        ({"share": 1.5}, "share 1.5: expected 0 to 1"),
        ({"lr": float("nan")}, "lr nan: expected more than 0"),
        ({"weight_decay": -1}, "weight_decay -1.0: expected 0 to inf"),
        ({"warmup": 1.0}, "warmup 1.0: expected 0 to 0.99"),
        ({"seed": -1}, "seed -1: expected 0 to 4294967295"),
        ({"precision": "half"}, "unknown precision 'half': choose one of auto, 32-true, bf16-mixed"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(TINY, **change)


def test_processes_that_cannot_share_a_batch_are_refused(runs):
    with pytest.raises(InputError, match="batch_size 1: an hourglass whose smallest map is one cell needs two faces"):
        fit(replace(TINY, backbone="hourglass", batch_size=1))
    with pytest.raises(InputError, match="batch_size 8: expected a multiple of 3, the processes that share a batch"):
        fit(TINY, devices=3)
    strangers = replace(TINY, adaptation="daln", mixed_in="stand-in/train", share=0.25)
    with pytest.raises(InputError, match=r"found share 0.25 of batches of 2 a process"):
        fit(strangers, devices=4)
    assert not runs.exists()


def test_schedules():
    assert rate("cosine", 0.1, 0.05) == pytest.approx(0.5)
    assert rate("cosine", 0.1, 0.1) == pytest.approx(1.0)
    assert rate("cosine", 0.0, 0.5) == pytest.approx(0.5)
    assert rate("cosine", 0.1, 1.0) == pytest.approx(0.0, abs=1e-6)
    assert [rate("step", 0.0, p) for p in (0.5, 0.7, 0.9)] == [1.0, 0.1, 0.01]
    assert rate("constant", 0.1, 0.01) == rate("constant", 0.1, 0.99) == 1


def test_the_record_says_how_sure_the_network_usually_is():
    run = fit(TINY)
    faces = data.load("stand-in/val")
    predictor = Predictor(run, mirror=False)
    _, confidence = predictor.with_confidence([face.read() for face in faces], [face.box for face in faces])
    assert run.usual_confidence == pytest.approx(np.percentile(confidence, 5), rel=0.02)
