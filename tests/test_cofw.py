import h5py
import numpy as np
import pytest
from conftest import draw_face

from flm.data import cofw
from flm.errors import InputError

COLOUR = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
GREY = COLOUR[:30, :50, 0]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Two test faces as MATLAB 7.3 writes them: cells of references, and each array transposed."""
    monkeypatch.setenv("FLM_CACHE", str(tmp_path / "cache"))
    with h5py.File(tmp_path / "COFW_test_color.mat", "w") as mat:
        cell = mat.create_dataset("IsT", (1, 2), h5py.ref_dtype)
        for i, image in enumerate((COLOUR, GREY)):
            cell[0, i] = mat.create_dataset(f"#refs#/{i}", data=image.T).ref
        hidden = np.zeros(29)
        hidden[28] = 1
        labels = [np.concatenate([*(draw_face(29, seed) + 1).T, hidden]) for seed in (0, 1)]
        mat["phisT"] = np.stack(labels).T  # (87, 2)
        mat["bboxesT"] = np.array([[11, 21, 30, 20], [1, 1, 40, 25]], float).T  # (4, 2)
    return tmp_path


def test_faces_are_turned_back_from_matlab(root):
    first, second = cofw.read(root, "test")
    assert np.array_equal(first.landmarks, draw_face(29, 0))
    assert np.flatnonzero(~first.visible).tolist() == [28]
    assert np.array_equal(first.read(), COLOUR)
    assert np.array_equal(second.read(), np.dstack([GREY] * 3))
    assert cofw.count(root, "test") == 2


def test_pictures_are_unpacked_once(root):
    (first, _), (again, _) = cofw.read(root, "test"), cofw.read(root, "test")
    assert first.image == again.image
    assert [path.name for path in (root / "cache/cofw").iterdir()] == [first.image.parent.name]


def test_what_cannot_be_read_is_named(root):
    with pytest.raises(InputError, match=r"COFW_train_color\.mat: no such file"):
        cofw.read(root, "train")
    with pytest.raises(InputError, match="unknown COFW split 'val'"):
        cofw.read(root, "val")
    whole = root / "COFW_test_color.mat"
    whole.rename(root / "COFW_train_color.mat")
    with pytest.raises(InputError, match="holds no IsTr, phisTr"):
        cofw.read(root, "train")
    whole.write_bytes(b"MATLAB 5.0 MAT-file")
    with pytest.raises(InputError, match="download it again"):
        cofw.read(root, "test")
