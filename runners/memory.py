"""What a process does not need any more goes back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# Of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 128 * 1024


def return_large_blocks() -> None:
    """Have blocks of 128 KB and more returned as soon as they are free.

    The C library learns from large blocks to keep them, and then a process stays as large as its
    largest message or list made it.  Where it is not glibc nothing happens.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGE)
        library.mallopt(_M_ARENA_MAX, 2)
