"""Mitsuba, set to what this machine renders fastest with."""

import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from flm import paths


@cache
def mitsuba() -> ModuleType:
    """The mitsuba module, set to the fastest variant that works on this machine: a GPU's, LLVM's, or plain C++."""
    library = _llvm()
    if library:
        os.environ.setdefault("DRJIT_LIBLLVM_PATH", library)
    if _gpu_works():
        variant = "cuda_ad_rgb"
    elif library and _llvm_works(library):
        variant = "llvm_ad_rgb"
    else:
        variant = "scalar_rgb"
        why = f"{library} does not work here" if library else "Debian: apt install libllvm19"
        print(f"flm: rendering without LLVM 19, several times slower ({why})", file=sys.stderr)
    import mitsuba as module

    module.set_variant(variant)
    return module


@cache
def drjit() -> ModuleType:
    """The array library under mitsuba."""
    mitsuba()
    import drjit as module

    return module


def use_threads(count: int) -> None:
    """Let this process render with so many threads."""
    drjit().set_thread_count(count)


def _llvm() -> str | None:
    """LLVM's library: the one that DRJIT_LIBLLVM_PATH names, or version 19; older ones abort on some machines."""
    found = sorted(Path("/usr/lib").glob("*/libLLVM.so.19*")) + sorted(
        Path("/usr/lib").glob("llvm-19/lib/libLLVM*.so*")
    )
    return os.environ.get("DRJIT_LIBLLVM_PATH") or (str(found[0]) if found else None)


def _gpu_works() -> bool:
    import drjit  # not torch, which would cost each worker 300 MiB

    return bool(drjit.has_backend(drjit.JitBackend.CUDA))


def _llvm_works(library: str) -> bool:
    """Whether rendering with this library goes well; tried in another process, since a bad one aborts its own.

    That it does is kept; that it does not may have been for want of memory.
    """
    works = paths.cache_dir() / f"llvm-works-{paths.digest([library, version('mitsuba')])}.txt"
    if works.exists():
        return True
    code = "import mitsuba as mi; mi.set_variant('llvm_ad_rgb'); mi.render(mi.load_dict(mi.cornell_box()), spp=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    if done.returncode == 0:
        with paths.atomic_path(works) as temporary:
            temporary.write_text("works")
    return done.returncode == 0


@cache
def denoiser() -> ModuleType:
    """Intel's denoiser."""
    import mitsuba_oidn as module

    return module
