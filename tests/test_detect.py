import cv2
import numpy as np
import pytest

from flm import detect, paths
from flm.data.image import read_image


def test_the_portrait_has_one_face_where_it_is():
    portrait = read_image(paths.ROOT / "notebooks" / "images" / "eileen_collins.jpg")
    faces = detect.detect(portrait)
    assert len(faces) == 1 and faces[0].score > 0.9
    # Brows to chin, read off the picture by eye.
    assert detect.overlap(faces[0].box, np.array([172, 95, 268, 195])) > 0.6


def test_large_faces_are_found_in_a_smaller_picture_at_the_same_place():
    portrait = read_image(paths.ROOT / "notebooks" / "images" / "eileen_collins.jpg")
    large = cv2.resize(portrait, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    (exact,), (quick,) = detect.detect(large), detect.detect(large, min_size=100)
    assert detect.overlap(exact.box, quick.box) > 0.85
    assert np.linalg.norm(exact.points - quick.points, axis=1).max() < 0.05 * np.ptp(exact.box[[1, 3]])
    assert detect.detect(portrait, min_size=400) == [], "too small a face"


def test_an_empty_picture_has_none():
    assert detect.detect(np.full((100, 100, 3), 128, np.uint8)) == []


def test_overlap_by_hand():
    a = np.array([0, 0, 10, 10])
    assert detect.overlap(a, a) == 1
    assert detect.overlap(a, np.array([5, 0, 15, 10])) == pytest.approx(50 / 150)
    assert detect.overlap(a, np.array([20, 0, 30, 10])) == 0


def test_the_face_that_is_meant_is_taken_and_a_far_one_is_a_miss(monkeypatch):
    near, far = np.array([0.0, 0, 10, 10]), np.array([50.0, 50, 60, 60])
    monkeypatch.setattr(detect, "detect", lambda _: [detect.Detection(far, 0.99), detect.Detection(near, 0.7)])
    image = np.zeros((100, 100, 3), np.uint8)
    assert detect.detect_near(image, np.array([1.0, 1, 11, 11])) is near
    assert detect.detect_near(image, np.array([30.0, 0, 40, 10])) is None
