import cv2
import numpy as np
import pytest

from flm import detect, paths
from flm.data.image import read_image
from flm.errors import InputError

PORTRAIT = paths.ROOT / "notebooks" / "images" / "eileen_collins.jpg"


@pytest.mark.parametrize("by", detect.DETECTORS)
def test_the_portrait_has_one_face_where_it_is(by):
    faces = detect.detect(read_image(PORTRAIT), by=by)
    assert len(faces) == 1 and faces[0].score > 0.9
    # Brows to chin, read off the picture by eye.
    assert detect.overlap(faces[0].box, np.array([172, 95, 268, 195])) > 0.6


@pytest.mark.parametrize("by", detect.DETECTORS)
def test_boxes_are_in_pixels_of_the_picture_whatever_its_shape(by):
    portrait = read_image(PORTRAIT)
    wide = cv2.copyMakeBorder(portrait, 100, 0, 300, 200, cv2.BORDER_REPLICATE)
    (here,), (there,) = detect.detect(portrait, by=by), detect.detect(wide, by=by)
    assert detect.overlap(here.box + [300, 100, 300, 100], there.box) > 0.75


def test_an_unknown_detector_is_named():
    with pytest.raises(InputError, match="unknown detector 'haar': choose one of mtcnn, blazeface"):
        detect.detect(np.zeros((50, 50, 3), np.uint8), by="haar")


@pytest.mark.parametrize("by", detect.DETECTORS)
def test_an_empty_picture_has_none(by):
    assert detect.detect(np.full((100, 100, 3), 128, np.uint8), by=by) == []


def test_overlap_by_hand():
    a = np.array([0, 0, 10, 10])
    assert detect.overlap(a, a) == 1
    assert detect.overlap(a, np.array([5, 0, 15, 10])) == pytest.approx(50 / 150)
    assert detect.overlap(a, np.array([20, 0, 30, 10])) == 0


def test_the_face_that_is_meant_is_taken_and_a_far_one_is_a_miss(monkeypatch):
    near, far = np.array([0.0, 0, 10, 10]), np.array([50.0, 50, 60, 60])
    monkeypatch.setattr(detect, "detect", lambda _, by: [detect.Detection(far, 0.99), detect.Detection(near, 0.7)])
    image = np.zeros((100, 100, 3), np.uint8)
    assert detect.detect_near(image, np.array([1.0, 1, 11, 11])) is near
    assert detect.detect_near(image, np.array([30.0, 0, 40, 10])) is None


def test_calibration_finds_where_landmarks_lie_in_a_detectors_boxes(monkeypatch):
    boxes = [np.array([10.0, 20, 110, 140]), np.array([200.0, 50, 260, 130])]
    far = np.array([500.0, 500, 550, 550])  # another face of the picture
    taller = [np.array([left, top - (bottom - top) / 4, right, bottom]) for left, top, right, bottom in boxes]

    def find(image):
        return [detect.Detection(far, 1.0), detect.Detection(taller[image[0, 0, 0]], 0.9)]

    monkeypatch.setitem(detect.DETECTORS, "mtcnn", find)
    pictures = [(np.full((4, 4, 3), i, np.uint8), box) for i, box in enumerate(boxes)]
    assert detect.calibrate(pictures, "mtcnn") == pytest.approx([0, 0.2, 1, 1])
