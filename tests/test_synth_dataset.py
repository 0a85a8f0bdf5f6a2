import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock

from flm import data
from flm.data import face_synthetics, generated, sample
from flm.errors import InputError
from flm.synth import dataset
from flm.synth.dataset import Part, generate
from flm.synth.generator import Generator, Recipe

SMALL = Recipe(seed=5, size=48, samples=2)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(SMALL)


@pytest.fixture
def shards_of_two(monkeypatch):
    monkeypatch.setattr(dataset, "SHARD", 2)


def test_a_picture_depends_on_seed_and_number_alone(generator):
    first, again, other = generator.example(3), generator.example(3), generator.example(4)
    assert (first.image == again.image).all()
    assert (first.dense == again.dense).all()
    assert (first.image != other.image).any()


def test_a_picture_comes_with_all_its_labels(generator):
    example = generator.example(0)
    assert example.image.shape == (48, 48, 3)
    assert example.image.std() > 5
    assert example.dense.shape == (1001, 2)
    assert example.landmarks.shape == (68, 2)
    assert (example.landmarks[17:] == example.dense[17:68]).all()
    assert example.visible.shape == (1001,)
    assert 0.2 < example.visible.mean() < 1
    assert set(np.unique(example.classes)) <= {*range(19), 255}
    assert (example.classes == 0).any()
    x, y = example.dense[30].round().astype(int)
    assert example.classes[y, x] != 0, "the tip of the nose is not on the background"


def test_the_data_set_is_read_as_facesynthetics_and_as_ours(tmp_path, shards_of_two):
    assert list(generate(tmp_path / "faces", 3, SMALL, workers=1)) == [0, 2, 3]
    theirs = face_synthetics.read(tmp_path / "faces", "all")
    ours = generated.read(tmp_path / "faces", "all")
    assert [face.image.name for face in theirs] == ["000000.png", "000001.png", "000002.png"]
    assert [face.image for face in ours] == [face.image for face in theirs]
    assert ours[1].landmarks[17:] == pytest.approx(theirs[1].landmarks[17:68], abs=1e-3)
    assert generated.read(tmp_path / "faces", "all", dense=True)[0].visible.shape == (1001,)
    assert cv2.imread(str(tmp_path / "faces" / "000000_seg.png"), cv2.IMREAD_UNCHANGED).shape == (48, 48)
    assert not list((tmp_path / "faces").glob(".shard*"))


def test_training_and_validation_share_no_face(tmp_path, shards_of_two, monkeypatch):
    monkeypatch.setattr(sample, "_HELD_OUT", 2)
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    list(generate(tmp_path / "faces", 4, SMALL, workers=1))
    train, val = (data.load(f"faces/{split}") for split in ("train", "val"))
    assert [face.name for face in train] == ["000001", "000003"]
    assert [face.name for face in val] == ["000000", "000002"]
    with pytest.raises(InputError, match="unknown split 'test'"):
        data.load("faces/test")


def test_only_what_is_missing_is_made_and_it_is_the_same(tmp_path, shards_of_two):
    folder = tmp_path / "faces"
    list(generate(folder, 4, SMALL, workers=1))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "labels_000002.npz").unlink()
    kept = (folder / "000000.png").stat().st_mtime_ns
    assert list(generate(folder, 4, SMALL, workers=1)) == [2, 4]
    assert (folder / "000000.png").stat().st_mtime_ns == kept
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".png"} == {
        name: content for name, content in before.items() if name.endswith(".png")
    }


def test_a_killed_generation_goes_on(tmp_path):
    folder = tmp_path / "faces"
    code = (
        "from pathlib import Path; from flm.synth import dataset; dataset.SHARD = 2\n"
        f"list(dataset.generate(Path({str(folder)!r}), 8, dataset.Recipe(5, 48, 2), 1))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ.copy(), stderr=subprocess.DEVNULL)
    deadline = time.time() + 300
    while not list(folder.glob("labels_*.npz")) and time.time() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was over before it could be killed"
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
    pictures = sorted(path.name for path in folder.glob("*.png") if "seg" not in path.name)
    assert pictures == [f"{i:06d}.png" for i in range(8)]
    assert not list(folder.glob(".shard*"))


def test_parts_make_the_whole_whoever_comes_first(tmp_path, shards_of_two):
    """Two machines at one folder: neither takes what the other has begun for something to clear away."""
    folder = tmp_path / "faces"
    second = generate(folder, 5, SMALL, 1, Part(2, 2))
    assert next(second) == 0
    assert list(generate(folder, 5, SMALL, 1, Part(1, 2))) == [0, 2, 3]
    assert generated.count(folder) == 2
    assert list(second) == [2]
    assert generated.count(folder) == 5
    assert list(generate(folder, 5, SMALL, workers=1)) == [5]
    assert list(generate(folder, 2, SMALL, 1, Part(2, 2))) == [0]


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "-1/2", "1/0", "one/two"])
def test_a_part_that_there_is_not_is_refused(text):
    assert Part.parse("3/20") == Part(3, 20)
    with pytest.raises(InputError, match=f"part .?{text}.*: expected"):
        Part.parse(text)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: (folder / "photo.jpg").write_bytes(b""), "holds something else"),
        (lambda folder: (folder / "dataset.json").write_text("{"), "not a data set's description"),
        (lambda folder: (folder / "dataset.json").write_text(json.dumps({"seed": 1})), "choose another folder"),
    ],
)
def test_a_folder_of_something_else_is_left_alone(tmp_path, prepare, message):
    prepare(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(InputError, match=message):
        list(generate(tmp_path, 2, SMALL, workers=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_two_commands_do_not_write_into_one_folder(tmp_path):
    with FileLock(tmp_path / ".lock-1-of-1"), pytest.raises(InputError, match="another process is generating"):
        (tmp_path / "dataset.json").write_text(json.dumps(asdict(SMALL)))
        list(generate(tmp_path, 2, SMALL, workers=1))


class Bomb:
    """Ends any process that is sent one."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_worker_that_dies_is_reported_and_not_waited_for():
    with pytest.raises(InputError, match="a worker process died"):
        list(dataset._in_processes([(Bomb(), range(1), SMALL, Part())] * 2, workers=2))


def test_workers_make_what_one_process_makes(tmp_path, generator):
    code = (
        "from pathlib import Path; from flm.synth import dataset; dataset.SHARD = 2\n"
        f"if __name__ == '__main__': list(dataset.generate(Path({str(tmp_path / 'faces')!r}), 4, {SMALL!r}, 2))"
    ).replace("Recipe(", "dataset.Recipe(")
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
    for index in range(4):
        picture = cv2.imread(str(tmp_path / "faces" / f"{index:06d}.png"))[..., ::-1]
        # Threads change the order of sums, and by that the last digit of a pixel now and then.
        assert np.abs(picture.astype(int) - generator.example(index).image).mean() < 0.5


def test_a_full_disk_leaves_finished_shards_alone(tmp_path, shards_of_two, monkeypatch):
    folder, written = tmp_path / "faces", []

    def write(path: Path, image: np.ndarray) -> None:
        if len(written) == 6:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        written.append(path)
        path.write_bytes(b"picture")

    monkeypatch.setattr(dataset, "write_image", write)
    with pytest.raises(OSError, match="No space left"):
        list(generate(folder, 4, SMALL, workers=1))
    assert sorted(path.name for path in folder.glob("*.png")) == [
        "000000.png", "000000_seg.png", "000001.png", "000001_seg.png"
    ]  # fmt: skip
    assert not list(folder.glob(".shard*"))


def test_pictures_of_a_folder_lie_behind_people(tmp_path):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((50, 80, 3), [0, 0, 255], np.uint8))
    generator = Generator(replace(SMALL, preset="no-faults", backgrounds=str(tmp_path)))
    red = 0
    for example in (generator.example(index) for index in range(10)):
        r, g, b = np.median(example.image[example.classes == 0], axis=0)
        red += r > 3 * g and r > 3 * b
    assert 3 <= red <= 10


def test_a_folder_without_backgrounds_is_reported(tmp_path):
    with pytest.raises(InputError, match=r"no pictures; expected files ending in \.jpg"):
        list(generate(tmp_path / "faces", 2, replace(SMALL, backgrounds=str(tmp_path)), workers=1))
    assert not (tmp_path / "faces").exists()


def test_faces_made_without_photographed_light_are_another_data_set(tmp_path):
    bare = replace(SMALL, photographed=False)
    list(generate(tmp_path, 1, bare, workers=1))
    with pytest.raises(InputError, match=r"'photographed': False.* expected .*'photographed': True"):
        list(generate(tmp_path, 1, replace(SMALL, photographed=True), workers=1))
    assert Generator(bare).surroundings == []


@pytest.mark.parametrize(("count", "size"), [(0, 64), (-3, 64), (4, 8)])
def test_impossible_sizes_are_refused(tmp_path, count, size):
    with pytest.raises(InputError, match="expected at least 1 picture"):
        list(generate(tmp_path / "faces", count, Recipe(size=size), workers=1))
    assert not (tmp_path / "faces").exists()


def test_a_broken_label_file_says_what_to_do(tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps(asdict(SMALL)))
    (tmp_path / "labels_000000.npz").write_bytes(b"PK cut short")
    message = r"labels_000000.npz: not a shard's labels .*; remove it"
    with pytest.raises(InputError, match=message):
        generated.read(tmp_path, "all")
    with pytest.raises(InputError, match=message):
        list(generate(tmp_path, 2, SMALL, workers=1))
    with pytest.raises(InputError, match="no finished shard"):
        generated.read(Path("nowhere"), "all")
