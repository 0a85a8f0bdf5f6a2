import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from flm.synth import light
from flm.synth.mesh import normals
from flm.synth.render import Camera, Renderer, View
from flm.synth.solid import Mesh, solid
from flm.synth.surface import CLASS, surface

SIZE = 48
FLAT = np.zeros((64, 64), np.float32)
MIDDLE = np.array([0, 7.1, 0.8])


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(SIZE, samples=4)


def view_of_the_mean_head(lit_from: float = 0.0, relief: np.ndarray = FLAT) -> View:
    far = solid(np.array([[0, 0, -50], [1, 0, -50], [0, 1, -50.0]]), np.array([[0, 1, 2]]), [1, 1, 1], 0.5, 13)
    lit = light._lobe(lit_from, 0.2, 0.3) * np.ones(3) + 0.02
    skin = np.full((64, 64, 3), 0.4, np.float32)
    s = surface()
    head = Mesh(s.mean - MIDDLE, s.faces, normals(s.mean, s.faces), s.classes)
    return View(head, skin, relief, 0.5, far, lit.astype(np.float32), Camera(12.0, (0.0, 0.0), 2.4))


def test_the_relief_of_skin_is_seen(renderer):
    smooth = renderer.picture(view_of_the_mean_head(), seed=0)
    waves = 0.02 * np.sin(np.arange(64) * np.pi / 2)[:, None] * np.ones((64, 64), np.float32)
    rough = renderer.picture(view_of_the_mean_head(relief=waves), seed=0)
    assert (rough.alpha == smooth.alpha).all(), "it changes shading, not shape"
    assert np.abs(rough.colour - smooth.colour).mean() > 0.05 * smooth.colour.mean()


def test_a_path_without_a_number_leaves_no_hole(renderer, monkeypatch):
    """Seen once in 10,000 pictures."""
    whole = renderer.picture(view_of_the_mean_head(), seed=0)
    original = renderer.mi.render

    def broken(*args, **options):
        image = np.array(original(*args, **options))
        image[20, 20], image[30, 30] = np.nan, np.inf
        return image

    monkeypatch.setattr(renderer, "mi", SimpleNamespace(render=broken))
    monkeypatch.setattr(renderer, "_update", lambda _: None)
    picture = renderer.picture(view_of_the_mean_head(), seed=0)
    assert np.isfinite(picture.colour).all() and np.isfinite(picture.albedo).all()
    assert np.abs(picture.colour - whole.colour).mean() < 0.1 * whole.colour.mean()


@pytest.mark.parametrize("side", [-1, 1])
def test_light_comes_from_where_the_map_has_it(renderer, side):
    picture = renderer.picture(view_of_the_mean_head(lit_from=side * 1.4), seed=0)
    face = picture.colour.mean(2)[12:36]
    left, right = face[:, 12:22].mean(), face[:, 26:36].mean()
    assert (right - left) * side > 0, "+x is on the right of the picture"


def test_the_head_covers_what_its_projection_covers(renderer):
    view = view_of_the_mean_head()
    picture = renderer.picture(view, seed=0)
    pixels = view.camera.project(view.skin.vertices, SIZE).round().astype(int)
    inside = pixels[((pixels >= 0) & (pixels < SIZE)).all(1)]
    expected = np.zeros((SIZE, SIZE), bool)
    expected[inside[:, 1], inside[:, 0]] = True
    assert ((picture.alpha > 0) & expected).sum() > 0.98 * expected.sum()
    assert picture.albedo[picture.alpha > 0.99].mean() == pytest.approx(0.4, abs=0.02)


def test_the_same_seed_gives_the_same_picture_after_any_other(renderer):
    view = view_of_the_mean_head()
    first = renderer.picture(view, seed=3)
    renderer.picture(view_of_the_mean_head(1.0), seed=4)
    assert (renderer.picture(view, seed=3).colour == first.colour).all()


def test_rays_meet_what_is_in_their_way(renderer):
    view = view_of_the_mean_head()
    plate = np.array([[-0.2, -0.2, 2], [0.2, -0.2, 2], [0, 0.2, 2.0]])
    view = replace(view, solid=solid(plate, np.array([[0, 1, 2]]), [1, 1, 1], 0.5, CLASS["facewear"]))
    renderer.picture(view, seed=0)
    origin = view.camera.origin
    aims = np.array([[0, 0, 2.0], [0.5, 0.2, 0.3], [5, 5, 0]])
    directions = (aims - origin) / np.linalg.norm(aims - origin, axis=1, keepdims=True)
    classes, distance = renderer.first_hits(origin, directions)
    assert classes.tolist()[0] == CLASS["facewear"]
    assert classes[1] in (CLASS["skin"], CLASS["right_ear"])
    assert classes[2] == 0
    assert distance[0] == pytest.approx(10.0, rel=1e-4)
    assert np.isinf(distance[2])


def test_a_machine_without_llvm_makes_the_same_pictures(renderer, tmp_path):
    code = (
        "import numpy as np, test_synth_render as t\n"
        "renderer = t.Renderer(t.SIZE, samples=4)\n"
        "assert renderer.mi.variant() == 'scalar_rgb'\n"
        "pictures = [renderer.picture(t.view_of_the_mean_head(side), seed=0).colour for side in (1, -1)]\n"
        f"np.save({str(tmp_path / 'pictures.npy')!r}, pictures)"
    )
    environment = os.environ | {"DRJIT_LIBLLVM_PATH": "/nowhere/libLLVM.so", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rendering without LLVM 19, several times slower" in done.stderr
    for side, picture in zip((1, -1), np.load(tmp_path / "pictures.npy"), strict=True):
        here = renderer.picture(view_of_the_mean_head(side), seed=0).colour
        assert np.abs(picture - here).mean() < 0.1 * here.mean()
