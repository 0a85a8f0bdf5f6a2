import itertools

import numpy as np
import pytest

from flm.errors import InputError
from flm.synth import preview
from flm.synth.generator import Generator, Recipe


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(Recipe(seed=3, size=48, samples=2))


def test_a_sheet_holds_all_pictures_three_to_two():
    pictures = [np.full((8, 8, 3), value, np.uint8) for value in range(1, 24)]
    sheet = preview.sheet(pictures)
    assert sheet.shape == (4 * 8, 6 * 8, 3)
    assert set(np.unique(sheet)) == set(range(24)), "the empty place is black"


def test_a_face_is_built_up_in_steps_that_all_differ(generator):
    pictures = list(preview.steps(generator, 0).values())
    assert len(pictures) == 6
    assert all((a != b).any() for a, b in itertools.pairwise(pictures))


def test_one_thing_varies_at_a_time(generator):
    hair = preview.variations(generator, 0, "hair", 3)
    light = preview.variations(generator, 0, "light and camera", 3)
    assert all((a != b).any() for a, b in itertools.pairwise(hair))
    assert all((a != b).any() for a, b in itertools.pairwise(light))


def test_a_turned_face_shows_fewer_points(generator):
    ahead, aside = preview.turned(generator, 0, [0, 80])
    assert aside.visible[:68].sum() < ahead.visible[:68].sum()
    assert ahead.face.identity == aside.face.identity


def test_an_empty_sheet_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected at least 1 picture"):
        preview.write_sheet(tmp_path / "sheet.png", 0, Recipe())
    assert not list(tmp_path.iterdir())
