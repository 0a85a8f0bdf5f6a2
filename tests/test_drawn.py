import numpy as np
import pytest

from flm.data import drawn, load
from flm.errors import InputError


def test_every_split_is_whole_and_no_two_faces_are_the_same():
    faces = {split: load(f"drawn/{split}") for split in drawn.COUNTS}
    assert {split: len(of) for split, of in faces.items()} == drawn.COUNTS
    shapes = {sample.landmarks.tobytes() for of in faces.values() for sample in of}
    assert len(shapes) == sum(drawn.COUNTS.values())


def test_a_face_is_a_function_of_its_seed():
    (image, landmarks), (again, too) = (drawn.draw_face(np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(image, again) and np.array_equal(landmarks, too)


def test_landmarks_lie_where_the_paint_is():
    """The inner mouth is one colour: its middle is that colour, and the lips around it are another."""
    image, landmarks = drawn.draw_face(np.random.default_rng(3))
    mouth = landmarks[60:68].mean(0).round().astype(int)
    chin = (0.5 * landmarks[8] + 0.5 * landmarks[57]).round().astype(int)
    assert np.abs(image[mouth[1], mouth[0]].astype(int) - image[chin[1], chin[0]]).max() > 30


def test_an_unknown_split_says_so():
    with pytest.raises(InputError, match="unknown split 'all' of drawn"):
        load("drawn/all")
