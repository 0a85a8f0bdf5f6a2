"""How the C library treats memory that was freed."""

import contextlib
import ctypes


def keep_freed_memory() -> None:
    """Have glibc keep what arrays free: asking the kernel again and again costs a tenth of training or rendering."""
    trim_threshold, mmap_max = -1, -4  # parameter numbers of mallopt(3)
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(trim_threshold, -1)  # never trim
        libc.mallopt(mmap_max, 0)  # never map a single allocation
