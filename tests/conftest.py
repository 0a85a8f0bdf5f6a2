"""What several test files share: made-up faces, and the real data where this machine has them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings

from flm import paths
from flm.data.pts import write_pts

settings.register_profile("usual", deadline=None, derandomize=True)  # the same everywhere, every time
settings.register_profile("thorough", deadline=None, max_examples=20_000)
settings.load_profile("usual")


def draw_face(n: int, seed: int = 0) -> np.ndarray:
    """`n` landmarks (n, 2) somewhere in a 64 x 48 picture, in quarters of a pixel, which text files hold exactly."""
    return (np.random.default_rng(seed).integers(8, 180, (n, 2)) / 4).astype(np.float32)


def write_picture(path: Path, width: int = 64, height: int = 48) -> Path:
    """A picture of noise at `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, noise)[1].tobytes())
    return path


def write_face(picture: Path, seed: int = 0) -> np.ndarray:
    """A picture with 68 landmarks in a `.pts` file beside it; returns the landmarks."""
    landmarks = draw_face(68, seed)
    write_pts(write_picture(picture).with_suffix(".pts"), landmarks)
    return landmarks


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory):
    """Tests neither use nor leave anything in the project's cache and runs. Faces that they generate stay in build/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLM_CACHE", str(paths.ROOT / "build" / "cache"))
        patch.setenv("FLM_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture
def real_data() -> Path:
    """The folder of real data; a test that asks for it is skipped on a machine without."""
    if not (paths.data_dir() / "300w").is_dir():
        pytest.skip(f"no real data under {paths.data_dir()}: set FLM_DATA")
    return paths.data_dir()
