import numpy as np
import pytest

from flm import markup
from flm.errors import InputError
from flm.shape import mean_shape

NAMES = [*markup.MARKUPS, *markup.DENSE, *markup.BOTH]


@pytest.mark.parametrize("name", NAMES)
def test_flip_twice_is_identity_and_keeps_groups(name):
    one = markup.get(name)
    assert np.array_equal(one.flip[one.flip], np.arange(one.n))
    for points in one.groups.values():
        assert {int(one.flip[i]) for i in points} == set(points)


@pytest.mark.parametrize("name", NAMES)
def test_groups_cover_every_point_once(name):
    one = markup.get(name)
    assert sorted(i for points in one.groups.values() for i in points) == list(range(one.n))


def test_a_symmetric_face_is_its_own_mirror_image():
    shape = mean_shape()[:, :2]
    np.testing.assert_allclose(shape[markup.IBUG68.flip] * [-1, 1], shape, atol=1e-12)


def test_known_mirror_partners():
    """Read off the published drawings of the four sets."""
    partners = {
        "ibug68": [(0, 16), (36, 45), (48, 54), (8, 8), (33, 33)],
        "ibug70": [(68, 69)],
        "wflw98": [(0, 32), (60, 72), (96, 97), (57, 57)],
        "cofw29": [(8, 9), (16, 17), (28, 28)],
    }
    for name, pairs in partners.items():
        for a, b in pairs:
            assert markup.get(name).flip[a] == b


@pytest.mark.parametrize("name", markup.DENSE)
def test_dense_sets_begin_with_ibugs_68(name):
    dense = markup.get(name)
    assert dense.n == markup.DENSE[name]
    assert dense.flip[:68].tolist() == markup.IBUG68.flip.tolist()
    for part, points in markup.IBUG68.groups.items():
        assert set(points) <= set(dense.groups[part])
    assert ("ears" in dense.groups and "skin" in dense.groups) == (dense.n > 68)


def test_dense_sets_nest():
    numbers = np.stack([np.arange(1001.0)] * 2, 1)
    once = markup.convert(numbers, "dense1001", "dense243")
    twice = markup.convert(markup.convert(numbers, "dense1001", "dense490"), "dense490", "dense243")
    assert once[:, 0].tolist() == twice[:, 0].tolist() == list(range(243))
    assert len(markup.convert(numbers, "dense1001", "ibug68")) == 68
    with pytest.raises(InputError, match=r"no conversion from dense243 to dense490: .*dense sets to smaller ones"):
        markup.convert(numbers[:243], "dense243", "dense490")


def test_a_set_of_both_keeps_what_it_is_given_and_says_what_it_lacks():
    people, dense = np.random.default_rng(0).normal(size=(2, 3, 490, 2)).astype(np.float32)
    people = people[:, :68]
    from_people = markup.convert(people, "ibug68", "ibug68+dense490")
    from_dense = markup.convert(dense, "dense490", "ibug68+dense490")
    assert from_people.shape == from_dense.shape == (3, 558, 2)
    assert np.array_equal(markup.convert(from_people, "ibug68+dense490", "ibug68"), people)
    assert np.array_equal(markup.convert(from_dense, "ibug68+dense490", "dense490"), dense)
    assert np.array_equal(markup.convert(from_dense, "ibug68+dense490", "dense243"), dense[:, :243])
    assert np.isnan(markup.convert(from_people, "ibug68+dense490", "dense490")).all()
    assert np.isnan(markup.convert(from_dense, "ibug68+dense490", "ibug68")).all()
    assert [(kind.start, kind.stop) for kind in markup.get("ibug68+dense490").kinds] == [(0, 68), (68, 558)]


def test_conversions_keep_the_named_points():
    wflw = np.stack([np.arange(98.0), np.zeros(98)], axis=1)
    ibug = markup.convert(wflw, "wflw98", "ibug68")[:, 0]
    assert ibug.shape == (68,)
    # Jaw ends and chin, brow ends, nose tip and base, eye corners, mouth corners.
    named = {
        0: 0,
        8: 16,
        16: 32,
        17: 33,
        26: 46,
        30: 54,
        33: 57,
        36: 60,
        39: 64,
        42: 68,
        45: 72,
        48: 76,
        54: 82,
        60: 88,
    }
    assert {i: ibug[i] for i in named} == named
    assert np.array_equal(markup.convert(wflw[:70], "ibug70", "ibug68"), wflw[:68])
    assert markup.convert(wflw, "wflw98", "wflw98") is wflw


def test_conversion_and_flip_commute():
    rng = np.random.default_rng(0)
    wflw = rng.normal(size=(98, 2))
    there = markup.convert(wflw[markup.WFLW98.flip], "wflw98", "ibug68")
    np.testing.assert_array_equal(there, markup.convert(wflw, "wflw98", "ibug68")[markup.IBUG68.flip])


def test_what_is_unknown_says_so():
    with pytest.raises(InputError, match="unknown markup 'ibug5'"):
        markup.get("ibug5")
    with pytest.raises(InputError, match="no conversion from cofw29 to ibug68"):
        markup.convert(np.zeros((29, 2)), "cofw29", "ibug68")
