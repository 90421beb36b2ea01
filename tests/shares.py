"""Shares that go away, made for real: a folder in place of the mount, a file system unmounted, a server that is dead.

Mounting takes root, or a machine that lets one mount; `.ci/run` has it.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_DETACH = 2


@contextmanager
def unplugged(root: Path) -> Iterator[None]:
    """Take a share's files away for a while, and leave its folder empty, as a mount point is with no mount.

    Args:
        root: the share's folder.
    """
    elsewhere = root.with_name(f"{root.name}.elsewhere")
    root.rename(elsewhere)
    root.mkdir()
    try:
        yield
    finally:
        root.rmdir()
        elsewhere.rename(root)


@contextmanager
def dead_server(folder: Path) -> Iterator[Callable[[], None]]:
    """Mount a file system whose server never answers: every look at it hangs, until the server's end is closed.

    Args:
        folder: where; made where needed.

    Yields:
        Hangs up at the server's end: from then on the system says that nobody is connected (ENOTCONN).
    """
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"a file system of our own cannot be made here: {error}")
    folder.mkdir(parents=True, exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    place = os.fsencode(folder)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"dead", place, b"fuse", 0, options):
        os.close(server)
        pytest.skip(f"a file system cannot be mounted here: {os.strerror(ctypes.get_errno())}")
    ends = [server]

    def hang_up() -> None:
        while ends:
            os.close(ends.pop())

    try:
        yield hang_up
    finally:
        hang_up()
        detach(folder)


def detach(folder: Path) -> None:
    """Unmount what does not answer, as `umount -l` does: whoever waits for it goes on waiting.

    Args:
        folder: where it is mounted; nothing is done where nothing is.
    """
    ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(folder), _DETACH)
