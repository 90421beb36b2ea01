"""Where the files of exports lie, each in a folder of its own, and how a file gets its name when it is complete."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from catalog.importing import leftovers
from catalog.models import Export
from inference.engine.durable_files import make_folder, sync_folder

_FOLDER = "exports"
_SUFFIX = ".part"


def all_folders() -> Path:
    """Return the folder of all exports."""
    return Path(settings.DATA_DIR) / _FOLDER


def path_of(export: Export) -> Path:
    """Return where an export's file lies; it is there once the export is done."""
    return all_folders() / str(export.pk) / export.file_name


@contextmanager
def workspace(path: Path) -> Iterator[Path]:
    """Make a folder beside a file that is to be written; it is gone afterwards, with all that is in it.

    What earlier processes that were killed have left there is taken away first.

    Args:
        path: the file.

    Yields:
        The folder, on the same disk.

    Raises:
        OSError: it cannot be made.
    """
    make_folder(path.parent)
    prefix = f".{path.name[:60]}."
    for left in path.parent.glob(f"{_escaped(prefix)}*{_SUFFIX}"):
        leftovers.remove(left)
    while True:
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=prefix, suffix=_SUFFIX))
        with leftovers.held(folder) as is_ours:
            if not is_ours:
                continue
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


@contextmanager
def temporary() -> Iterator[Path]:
    """Make a folder where the system has its temporary files; it is gone afterwards.

    Yields:
        The folder.

    Raises:
        OSError: it cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="glmv-export-") as name:
        yield Path(name)


def give_name(part: Path, path: Path) -> None:
    """Give a complete file its name; one that has it gives way.

    Args:
        part: written, and on the disk.
        path: its name.

    Raises:
        OSError: the disk does not take it.
    """
    mask = os.umask(0)
    os.umask(mask)
    # Temporary files are the owner's alone.
    part.chmod(0o666 & ~mask)
    part.replace(path)
    sync_folder(path.parent)


def remove_folder(key: uuid.UUID) -> None:
    """Take an export's folder away with all that is in it; does nothing where there is none."""
    with suppress(FileNotFoundError):
        shutil.rmtree(all_folders() / str(key))


def keys_with_folders() -> list[uuid.UUID]:
    """Return the keys of the exports that have a folder."""
    folder = all_folders()
    found = []
    for place in folder.iterdir() if folder.is_dir() else ():
        with suppress(ValueError):
            found.append(uuid.UUID(place.name))
    return found


def _escaped(prefix: str) -> str:
    """Return a file name's beginning for a pattern of file names."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in prefix)
