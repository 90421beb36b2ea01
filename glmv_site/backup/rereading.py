"""Reads what was written from the medium, not from what the system still remembers of it."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from inference.engine.durable_files import sync_file


def digest_on_medium(path: Path) -> str:
    """Return the SHA-256 of a file as its medium has it.

    Args:
        path: the file; what was written to it has been waited for.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):  # some shares cannot
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_path(path: Path) -> None:
    """Wait until a file that another program wrote is on the medium.

    Args:
        path: the file.

    Raises:
        OSError: the medium does not take it.
    """
    with path.open("rb") as file:
        sync_file(file)
