"""Where the files of an import lie: the table as it was uploaded, until it is checked, and what was not taken of it."""

import shutil
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.exceptions import TableRefused
from catalog.models import TableImport
from inference.engine.durable_files import sync_file

_MB = 1024 * 1024
_A_DAY_S = 86_400
FOLDER = "imports"


def folder_of(table: TableImport) -> Path:
    """Return the folder of an import."""
    return Path(settings.DATA_DIR, FOLDER, str(table.key))


def upload_of(table: TableImport) -> Path:
    """Return where the table lies that was uploaded."""
    return folder_of(table) / "table"


def refusals_of(table: TableImport) -> Path:
    """Return where the table lies of what was not taken."""
    return folder_of(table) / "refusals.csv"


def keep(table: TableImport, pieces: Iterable[bytes]) -> str:
    """Keep a table until it is checked.

    Args:
        table: the import.
        pieces: the file's bytes.

    Returns:
        Its SHA-256.

    Raises:
        TableRefused: it is larger than `GLMV_MAX_UPLOAD_MB`; nothing is kept.
        OSError: the disk says no.
    """
    path = upload_of(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    digest, left = sha256(), settings.GLMV_MAX_UPLOAD_MB * _MB
    try:
        with part.open("wb") as file:
            for piece in pieces:
                left -= len(piece)
                if left < 0:
                    raise TableRefused(
                        _("文件超过 %(limit)d MB，没有接收。请分几次导入，或者请管理员调大 GLMV_MAX_UPLOAD_MB。"),
                        limit=settings.GLMV_MAX_UPLOAD_MB,
                    )
                digest.update(piece)
                file.write(piece)
            sync_file(file)
    except BaseException:
        remove(table)
        raise
    part.replace(path)
    return digest.hexdigest()


def remove(table: TableImport) -> None:
    """Take all files of an import away."""
    shutil.rmtree(folder_of(table), ignore_errors=True)


def remove_abandoned() -> None:
    """Take folders away of which no import knows: their upload was broken off, at least a day ago."""
    place = Path(settings.DATA_DIR, FOLDER)
    folders = [folder for folder in place.iterdir() if folder.is_dir()] if place.is_dir() else []
    if not folders:
        return
    known = {str(key) for key in TableImport.objects.values_list("key", flat=True)}
    for folder in folders:
        if folder.name not in known and folder.stat().st_mtime < time.time() - _A_DAY_S:
            shutil.rmtree(folder, ignore_errors=True)


def remove_upload(table: TableImport) -> None:
    """Take the uploaded table away: what changes is kept elsewhere by now."""
    upload_of(table).unlink(missing_ok=True)
