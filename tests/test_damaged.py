"""Whatever bytes a file holds, its reader gives what it reads or one line: InputError. It never crashes.

Files are damaged at random; `pytest tests/test_damaged.py --hypothesis-profile=thorough` does it 20,000 times a reader,
and tests/fuzz.py looks for what no reader has met.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from conftest import draw_face, write_face, write_picture
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat
from test_wflw import write_list

from flm import exported, paths
from flm.data import cofw, face_synthetics, generated, w300vw, wflw
from flm.data.image import read_image
from flm.data.pts import read_pts, read_text_landmarks, write_pts
from flm.errors import InputError
from flm.models.adapters import load_adapter, save_adapter, unfitted
from flm.training import store

Reader = Callable[[], object]


def pts(folder: Path) -> tuple[Path, Reader]:
    file = folder / "face.pts"
    write_pts(file, draw_face(68))
    return file, lambda: read_pts(file, 68)


def table(folder: Path) -> tuple[Path, Reader]:
    file = folder / "face.csv"
    file.write_text("x,y\n" + "\n".join(f"{x},{y}" for x, y in draw_face(68)))
    return file, lambda: read_text_landmarks(file, 68)


def face_synthetics_labels(folder: Path) -> tuple[Path, Reader]:
    file, landmarks = folder / "000000_ldmks.txt", draw_face(70)
    landmarks[68], landmarks[69] = landmarks[36:42].mean(0), landmarks[42:48].mean(0)
    file.write_text("\n".join(f"{x} {y}" for x, y in landmarks))
    return file, lambda: face_synthetics.read(folder, "all")


def wflw_list(folder: Path) -> tuple[Path, Reader]:
    write_list(folder, "test", [(0, 1, 0, 0, 0, 1), (0, 0, 0, 0, 0, 0)])
    return next(folder.rglob("*.txt")), lambda: (wflw.read(folder, "test"), wflw.read(folder, "blur"))


def cofw_file(folder: Path) -> tuple[Path, Reader]:
    file = folder / "COFW_test_color.mat"
    with h5py.File(file, "w") as mat:
        cell = mat.create_dataset("IsT", (1, 1), h5py.ref_dtype)
        cell[0, 0] = mat.create_dataset("#refs#/0", data=np.zeros((3, 8, 6), np.uint8)).ref
        mat["phisT"] = np.concatenate([*(draw_face(29) + 1).T, np.zeros(29)])[:, None]
    return file, lambda: cofw.read(folder, "test")


def frames_left_out(folder: Path) -> tuple[Path, Reader]:
    (folder / "001/annot").mkdir(parents=True)
    write_face(folder / "001/imgs/000001.png")
    (folder / "001/imgs/000001.pts").rename(folder / "001/annot/000001.pts")
    (folder / "extra").mkdir()
    savemat(folder / "extra/001.mat", {"error": np.array([[2, 5]])})
    return folder / "extra/001.mat", lambda: w300vw.read(folder, "001")


def shard(folder: Path) -> tuple[Path, Reader]:
    file = folder / "labels_000000.npz"
    landmarks, dense, visible = np.stack([draw_face(68)] * 2), np.zeros((2, 1001, 2)), np.zeros((2, 1001), bool)
    np.savez_compressed(file, landmarks=landmarks, dense=dense, visible=visible, facts=np.array(['{"age": 1}'] * 2))
    return file, lambda: (generated.count(folder), generated.read(folder, "all"))


def use(run: store.Run | exported.Exported) -> None:
    run.network()
    assert isinstance(run.usual_confidence, float)


def shipped(name: str) -> Callable[[Path], tuple[Path, Reader]]:
    def copied(folder: Path) -> tuple[Path, Reader]:
        for file in (store.RECORD, store.WEIGHTS):
            (folder / file).write_bytes((paths.SHIPPED / file).read_bytes())
        return folder / name, lambda: use(store.load(folder))

    return copied


def adapter(folder: Path) -> tuple[Path, Reader]:
    save_adapter(unfitted("offset", torch.from_numpy(draw_face(68))), folder / "adapter.safetensors")
    return folder / "adapter.safetensors", lambda: load_adapter(folder / "adapter.safetensors")


def exported_network(folder: Path) -> tuple[Path, Reader]:
    file = folder / "landmarks.onnx"
    file.write_bytes(paths.SHIPPED_FILE.read_bytes())
    return file, lambda: use(exported.load(file))


def picture(suffix: str) -> Callable[[Path], tuple[Path, Reader]]:
    def written(folder: Path) -> tuple[Path, Reader]:
        file = write_picture(folder / f"face{suffix}", 20, 16)
        return file, lambda: read_image(file)

    return written


READERS = {
    "pts": pts,
    "csv": table,
    "FaceSynthetics": face_synthetics_labels,
    "WFLW": wflw_list,
    "COFW": cofw_file,
    "300-VW": frames_left_out,
    "generated": shard,
    "record": shipped(store.RECORD),
    "weights": shipped(store.WEIGHTS),
    "adapter": adapter,
    "exported": exported_network,
    "jpg": picture(".jpg"),
    "png": picture(".png"),
    "webp": picture(".webp"),
    "tif": picture(".tif"),
}
WORDS = (b"nan", b"-inf", b"1e99", b"9" * 12, b"-1", b"0", b"\n", b" ", b",", b'"', b"[", b"{", b"null", b"\xff", b"\0")
pieces = st.one_of(st.sampled_from(WORDS), st.binary(max_size=8))
edits = st.tuples(st.floats(0, 1), st.sampled_from((0, 1, 2, 4, 30)), pieces)  # where, how much goes, what comes


def damaged(whole: bytes, changes: list[tuple[float, int, bytes]], end: float) -> bytes:
    """What is left of `whole` after changes, cut off behind the share `end` of it."""
    for place, gone, new in changes:
        at = int(place * len(whole))
        whole = whole[:at] + new + whole[at + gone :]
    return whole[: round(end * len(whole))]


def is_read_or_named(name: str, folder: Path) -> Callable[[], None]:
    """The property of a reader's file, which is made in `folder`, for Hypothesis and for tests/fuzz.py."""
    file, read = READERS[name](folder)
    whole = file.read_bytes()
    read()

    @given(st.lists(edits, max_size=4), st.one_of(st.just(1.0), st.floats(0, 1)))
    def holds(changes, end):
        file.write_bytes(damaged(whole, changes, end))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read()
            except InputError as error:
                assert str(folder) in str(error) and "\n" not in str(error)

    return holds


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_named(name, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("damaged")
    monkeypatch.setenv("FLM_CACHE", str(folder / "cache"))
    is_read_or_named(name, folder)()
