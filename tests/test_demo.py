import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright
from test_fit import TINY

from flm import markup
from flm.data.image import read_image
from flm.data.pts import read_pts
from flm.demo import Moving, Still, page, shown_sets
from flm.predict import Predictor
from flm.training import fit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PORTRAIT = Path(__file__).parents[1] / "notebooks" / "images" / "eileen_collins.jpg"
CAMERA_FILE = "--use-file-for-fake-video-capture"


@pytest.fixture(scope="module")
def predictor():
    return Predictor(fit(TINY), mirror=False)


def test_dense_networks_show_the_68_too():
    assert [*shown_sets(markup.IBUG68)] == ["68"]
    dense, both = shown_sets(markup.get("dense490")), shown_sets(markup.get("ibug68+dense490"))
    assert [*dense] == [*both] == ["68", "490"]
    assert dense["490"][0] == slice(0, 490) and both["490"][0] == slice(68, 558)
    for sets in (dense, both):
        assert all(chosen.stop - chosen.start == of.n for chosen, of in sets.values())


def test_a_picture_comes_back_drawn_on_with_files_of_its_faces(predictor):
    image, still = read_image(PORTRAIT), Still(predictor)  # whose files go with it
    found, said, files = still(image, "68")
    assert found.shape == image.shape and (found != image).any()
    assert said.startswith("1 face, confidence ")
    table, points = files
    landmarks = read_pts(Path(points), 68)
    assert landmarks.shape == (68, 2)
    np.testing.assert_allclose(json.loads(Path(table).read_text())["faces"][0], landmarks, atol=2e-3)
    nothing, said, files = still(np.zeros((200, 200, 3), np.uint8), "68")
    assert not nothing.any() and said.startswith("no face, ") and len(files) == 1
    assert still(None, "68") == (None, "", [])


def test_each_visitor_is_followed_until_they_leave(predictor):
    moving, image = Moving(predictor), read_image(PORTRAIT)
    for visitor in (SimpleNamespace(session_hash="a"), SimpleNamespace(session_hash="b")):
        for _ in range(2):
            found, said = moving(image, "68", visitor)
        assert found.shape == image.shape and "frames/s" in said
    assert [*moving._followers] == ["a", "b"]
    moving.forget(visitor)
    moving.forget(visitor)
    assert [*moving._followers] == ["a"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_shows_what_its_camera_sees(predictor, tmp_path):
    """A real browser, whose camera is a file of pictures, answers with landmarks and a speed."""
    film = tmp_path / "camera.mjpeg"
    frame = cv2.resize(cv2.imread(str(PORTRAIT)), (640, 640))[:480]
    film.write_bytes(cv2.imencode(".jpg", frame)[1].tobytes() * 30)
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"{CAMERA_FILE}={film}")
    blocks = page(predictor, "tiny")
    _, address, _ = blocks.launch(prevent_thread_lock=True, quiet=True)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*camera, "--no-sandbox"])
            tab = browser.new_context(permissions=["camera"]).new_page()
            tab.set_default_timeout(60_000)
            tab.goto(address)
            tab.set_input_files("input[type=file]", PORTRAIT)
            expect(tab.get_by_label("faces").first).to_have_value(
                re.compile("1 face, confidence .* ms"), timeout=60_000
            )
            tab.get_by_role("tab", name="Webcam").click()
            tab.get_by_text("Click to Access Webcam").click()
            tab.get_by_text("Record", exact=True).first.click()
            expect(tab.get_by_label("faces").last).to_have_value(re.compile("frames/s"), timeout=60_000)
            browser.close()
    finally:
        blocks.close()
