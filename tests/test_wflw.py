import numpy as np
import pytest
from conftest import draw_face

from flm.data import wflw
from flm.errors import InputError


def write_list(root, part, attributes):
    """A label list with one face a row of `attributes`, all in one picture."""
    folder = root / "WFLW_annotations/list_98pt_rect_attr_train_test"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        " ".join(map(str, [*draw_face(98, seed).ravel(), 10, 20, 110, 140, *row, "0--Parade/a.jpg"]))
        for seed, row in enumerate(attributes)
    ]
    (folder / f"list_98pt_rect_attr_{part}.txt").write_text("\n".join(lines) + "\n")


def test_a_line_is_a_face(tmp_path):
    write_list(tmp_path, "train", [(0, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0)])
    first, second = wflw.read(tmp_path, "train")
    assert np.array_equal(second.landmarks, draw_face(98, 1))
    assert [name for name, on in second.attributes.items() if on] == ["make-up"]
    assert second.image == tmp_path / "WFLW_images/0--Parade/a.jpg"
    assert (first.name, second.name) == ("train/1/0--Parade/a.jpg", "train/2/0--Parade/a.jpg")


def test_subsets_are_test_faces_with_the_attribute(tmp_path):
    write_list(tmp_path, "test", [(1, 0, 0, 0, 0, 1), (0, 0, 0, 0, 0, 1), (0, 0, 0, 0, 1, 0)])
    found = {split: wflw.count(tmp_path, split) for split in wflw.COUNTS if split != "train"}
    assert found == {"test": 3, "pose": 1, "expression": 0, "illumination": 0, "make-up": 0, "occlusion": 1, "blur": 2}
    assert [s.name.split("/")[1] for s in wflw.read(tmp_path, "blur")] == ["1", "2"]


def test_broken_and_missing_lists_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        wflw.read(tmp_path, "train")
    write_list(tmp_path, "test", [(0, 0, 0, 0, 0)])
    with pytest.raises(InputError, match="line 1: found 206 fields, expected 207"):
        wflw.read(tmp_path, "test")
    with pytest.raises(InputError, match="unknown WFLW split 'val'"):
        wflw.read(tmp_path, "val")
