import struct

import cv2
import numpy as np
import pytest
from conftest import write_picture
from PIL import Image

from flm.data.image import read_image
from flm.errors import InputError

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


def test_channels_are_red_green_blue(tmp_path):
    rgb = np.stack([RAMP, RAMP + 1, RAMP + 2], axis=2)
    Image.fromarray(rgb).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), rgb)


def test_grey_becomes_three_equal_channels(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), RAMP)
    assert np.array_equal(read_image(tmp_path / "a.png"), np.dstack([RAMP] * 3))


def test_16_bits_become_8(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), RAMP.astype(np.uint16) * 256)
    image = read_image(tmp_path / "a.png")
    assert image.dtype == np.uint8
    assert np.array_equal(image[..., 0], RAMP)


def test_alpha_is_dropped(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([RAMP, RAMP, RAMP, RAMP * 0]))
    assert np.array_equal(read_image(tmp_path / "a.png"), np.dstack([RAMP] * 3))


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # The picture lies on its left side: turn it clockwise.
    Image.fromarray(np.zeros((30, 50, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (50, 30, 3)


def test_bytes_that_fill_up_before_a_marker_are_legal(tmp_path):
    whole = write_picture(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[:2] + b"\xff\xff" + whole[2:])
    assert np.array_equal(read_image(tmp_path / "b.jpg"), read_image(tmp_path / "a.jpg"))


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_cut_off_picture_is_refused(tmp_path, name):
    picture = write_picture(tmp_path / name)
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        read_image(picture)


def test_a_thumbnail_in_the_header_does_not_hide_a_cut(tmp_path):
    whole = write_picture(tmp_path / "a.jpg").read_bytes()
    header = b"\xff\xe1" + (len(whole) + 2).to_bytes(2, "big") + whole
    (tmp_path / "a.jpg").write_bytes(whole[:2] + header + whole[2 : len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_what_a_phone_puts_behind_a_picture_does_no_harm(tmp_path, name):
    picture = write_picture(tmp_path / name)
    image = read_image(picture)
    picture.write_bytes(picture.read_bytes() + bytes(10_000))
    assert np.array_equal(read_image(picture), image)


@pytest.mark.parametrize("content", [b"", b"this is a text\n"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match="no picture"):
        read_image(tmp_path / "a.jpg")


def test_a_missing_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_image(tmp_path / "a.jpg")


def test_opencv_adds_nothing_to_our_one_line(tmp_path, capfd):
    whole = write_picture(tmp_path / "half.tif").read_bytes()
    (tmp_path / "half.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="no picture OpenCV can decode"):
        read_image(tmp_path / "half.tif")
    assert capfd.readouterr() == ("", "")


def test_a_picture_of_more_pixels_than_opencv_takes_is_refused(tmp_path):
    header = (
        b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 65535, 65535, 1, 24, *[0] * 6)
    )
    (tmp_path / "huge.bmp").write_bytes(header + bytes(1000))
    with pytest.raises(InputError, match="no picture OpenCV can decode"):
        read_image(tmp_path / "huge.bmp")
