"""Where the files of pictures lie: each picture's in a folder of its own below ``MEDIA_ROOT/asked/``."""

import logging
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

FOLDER = "asked"
INCOMING = "incoming"

logger = logging.getLogger(__name__)


def incoming_folder() -> Path:
    """Return where uploads are written while they come in; it is there."""
    folder = Path(settings.MEDIA_ROOT, FOLDER, INCOMING)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder_of(key: uuid.UUID) -> Path:
    """Return a picture's folder, which need not be there.

    Args:
        key: the picture's.
    """
    return Path(settings.MEDIA_ROOT, FOLDER, str(key)[:2], str(key))


def name_of(path: Path) -> str:
    """Return what a row says of a file.

    Args:
        path: below ``MEDIA_ROOT``.
    """
    return path.relative_to(settings.MEDIA_ROOT).as_posix()


def existing(name: str) -> Path | None:
    """Find a file.

    Args:
        name: as a row has it; empty for none.

    Returns:
        Its path; None where it is not there.
    """
    path = Path(settings.MEDIA_ROOT, name)
    return path if name and path.is_file() else None


def remove_files(names: Iterable[str]) -> None:
    """Remove files; one that cannot be removed is logged, and goes with its picture's folder.

    Args:
        names: as rows have them; empty ones are none.
    """
    for name in filter(None, names):
        try:
            Path(settings.MEDIA_ROOT, name).unlink(missing_ok=True)
        except OSError:
            logger.warning("a file of a picture could not be removed", exc_info=True)


def remove_folder(folder: Path) -> None:
    """Remove a picture's files; what cannot be removed now is swept later.

    Args:
        folder: that they are in.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError:
        logger.warning("the files of a picture could not be removed", exc_info=True)
