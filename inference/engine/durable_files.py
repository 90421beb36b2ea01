"""Files that outlive a power cut: on the disk before they get their name, and the name on the disk before it is told.

What a program has written lies in the system's memory for up to half a minute. A row in the database that names a file
must not be there before the file is: the database waits for the disk, and so does whoever writes files for it.
"""

import errno
import os
from pathlib import Path
from typing import IO, Any

# What some network file systems say of asking a folder to be written; their server writes names at once.
_NO_SUCH_THING = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM}


def sync_file(file: IO[Any]) -> None:
    """Wait until what was written to a file is on the disk.

    Args:
        file: open for writing.

    Raises:
        OSError: the disk does not take it.
    """
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk.

    Args:
        folder: the folder.

    Raises:
        OSError: the disk does not take them.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_THING:
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, so that a power cut does not take them away with all that is in them.

    Args:
        folder: the folder; it may be there.

    Raises:
        OSError: it cannot be made.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in made:
        sync_folder(place.parent)


def sync_files(folder: Path) -> None:
    """Wait until the files in a folder, and the folder with them, are on the disk.

    Args:
        folder: made for them; it lies in a folder of its own.

    Raises:
        OSError: the disk does not take them.
    """
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for place in (folder, folder.parent, folder.parent.parent):
        sync_folder(place)
