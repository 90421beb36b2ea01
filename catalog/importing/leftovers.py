"""What processes that were killed have left behind: told from what is being written by locks, and taken away.

The system lets go of a lock when its process is gone, however it ended. Times would not do: after a power cut the
clock may be wrong.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = ".part"
"""How the name of a file ends that is being written."""

log = logging.getLogger(__name__)


def hold(descriptor: int) -> bool:
    """Mark a file or folder as being used by this process, for as long as the descriptor is open.

    Args:
        descriptor: of the file or folder, just made.

    Returns:
        False where it was taken for a leftover and removed before it was marked: make another.
    """
    with suppress(OSError):  # a file system without locks: then nothing on it is ever taken for a leftover
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return os.fstat(descriptor).st_nlink > 0


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Mark a folder as being used while the context lasts.

    Args:
        folder: just made.

    Yields:
        False where it was taken for a leftover and removed before it was marked.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield hold(descriptor)
    finally:
        os.close(descriptor)


def remove(place: Path) -> bool:
    """Remove a file or folder where no process uses it.

    Args:
        place: made by somebody who holds it while using it.

    Returns:
        Whether it was a leftover, and is gone.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except OSError:  # gone, or somebody else's
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def remove_folders(staging: Path) -> int:
    """Remove the folders in which nobody unpacks archives any more.

    Args:
        staging: where they are; need not be there.

    Returns:
        How many there were.
    """
    return sum(remove(left) for left in (staging.iterdir() if staging.is_dir() else ()) if left.is_dir())


def remove_parts(media: Path) -> int:
    """Remove the masters and derivatives that were never finished.

    Args:
        media: `MEDIA_ROOT`.

    Returns:
        How many there were.
    """
    parts = (part for kind in ("masters", "derivatives") for part in media.glob(f"{kind}/*/*/.*{PART}"))
    number = sum(remove(part) for part in parts)
    if number:
        log.info("%d files that were never finished have been removed", number)
    return number
