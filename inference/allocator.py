"""The C library's memory, in processes of many threads."""

import contextlib
import ctypes
import sys

_M_ARENA_MAX = -8  # from glibc's malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from two pools; to be called before they begin.

    glibc would give each of them a pool of its own, in which the room of pictures that are long gone is kept: with
    every storm of clients the process would grow (``python -m benchmarks storm``).
    """
    if sys.platform == "linux":
        # Other C libraries have no such pools, and no such function.
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
