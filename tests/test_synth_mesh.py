import numpy as np
import pytest

from flm.synth import mesh

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
CUBE_FACES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def test_a_subdivided_cube_is_catmull_and_clarks():
    matrix, faces = mesh.catmull_clark(8, CUBE_FACES)
    new = matrix @ CUBE
    assert new.shape == (8 + 12 + 6, 3)
    assert faces.shape == (24, 4)
    # By hand: a corner has valence 3, so (F + 2 R) / 3 with F = 1/3 of the corner and R = 2/3 of it.
    assert new[:8] == pytest.approx(CUBE * (1 / 3 + 2 * 2 / 3) / 3)
    # An edge's point is the mean of its two ends and its two faces' centres: (1, 1, 0) goes to (0.75, 0.75, 0).
    assert sorted(np.abs(new[8:20]).sum(1)) == pytest.approx([1.5] * 12)
    assert np.asarray(matrix.sum(1)).ravel() == pytest.approx(np.ones(26))


def test_the_border_of_a_sheet_depends_on_the_border_alone():
    sheet = np.array([[x, y, 0] for y in range(3) for x in range(3)], float)
    sheet[4, 2] = 5  # the middle is pulled up
    quads = np.array([[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, 7]])
    matrix, _ = mesh.catmull_clark(9, quads)
    new = matrix @ sheet
    border = [0, 1, 2, 3, 5, 6, 7, 8]
    assert new[border, 2] == pytest.approx(np.zeros(8))


def test_texture_coordinates_stay_where_they_are():
    matrix, faces = mesh.refine_uv(4, np.array([[0, 1, 2, 3]]))
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    new = matrix @ square
    assert new[:4] == pytest.approx(square)
    assert new[8] == pytest.approx([0.5, 0.5])
    assert faces.shape == (4, 4)


def test_normals_of_a_cube_point_outwards():
    found = mesh.normals(CUBE, mesh.triangles(CUBE_FACES))
    assert (np.einsum("vk,vk->v", found, CUBE) > 0.9).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(8))


def test_reading_an_obj_file(tmp_path):
    (tmp_path / "sheet.obj").write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\ng body\nf 1/1 2/2 3/3 4/4\n"
    )
    read = mesh.read_obj(tmp_path / "sheet.obj")
    assert read.faces.tolist() == read.face_uv.tolist() == [[0, 1, 2, 3]]
    assert read.groups.tolist() == ["body"]
    assert read.uv[2].tolist() == [1, 1]
