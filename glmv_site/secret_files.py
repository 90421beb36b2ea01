"""Secrets that the system makes for itself and keeps in DATA_DIR, readable by the owner only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from inference.engine.durable_files import make_folder, sync_file, sync_folder


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in a file, making it the first time.

    Two processes may start at once on an empty folder: whoever links the file first wins, and the other reads
    the winner's secret. Nobody ever reads a half-written file.

    Args:
        path: where the secret is kept; its folder is made if it is missing.
        make: returns a new secret; called only if there is none yet.

    Returns:
        The secret, without surrounding white space.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        write_private(path, make(), replace=False)
        return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a text so that it appears whole, with mode 600.

    Args:
        path: the file; its folder is made if it is missing.
        text: what to write; a line feed is added.
        replace: whether an existing file gives way; if not, it stays as it is.
    """
    make_folder(path.parent)
    # Made with mode 600, under a name that no other process or thread has.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            # A power cut must not leave an empty key under the right name: every session and token hangs on it.
            sync_file(file)
        if replace:
            part.replace(path)
        else:
            os.link(part, path)
        sync_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
