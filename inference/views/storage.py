"""Looks whether the database and the disk can be written to, for `/ready` and `doctor`.

`/ready` is asked every few seconds, so nothing is written: a lock is taken and let go, and the file systems
are asked how they are.
"""

import os
from pathlib import Path

from django.conf import settings
from django.db import Error, connection, transaction

from inference.errors import FULL, READ_ONLY, UNREACHABLE, Outage, outage_of
from inference.models.patience import waiting_for_locks

# Less than others wait for the answer of `/ready`.
_WAITING_S = 1.0
# Less than one scan takes: whatever is written next will not fit.
_LEAST_BYTES = 16 * 1024 * 1024


def outage() -> Outage | None:
    """Return what is wrong with the disk or the database; None where both can be written to."""
    return outage_of_disk(settings.DATA_DIR) or outage_of_disk(Path(settings.MEDIA_ROOT)) or outage_of_database()


def outage_of_disk(folder: Path) -> Outage | None:
    """Ask a file system how it is.

    Args:
        folder: on it; need not be there yet.

    Returns:
        What is wrong; None where it can be written to.
    """
    try:
        state = os.statvfs(next(place for place in (folder, *folder.parents) if place.exists()))
    except OSError as error:
        return outage_of(error)
    if state.f_flag & os.ST_RDONLY:
        return READ_ONLY
    return FULL if state.f_bavail * state.f_frsize < _LEAST_BYTES else None


def outage_of_database() -> Outage | None:
    """Take the lock that writing takes.

    Returns:
        What is wrong; None where it was had in a second and, of SQLite, the disk it lies on is all right.
    """
    try:
        with waiting_for_locks(_WAITING_S), transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SHOW transaction_read_only")
                return READ_ONLY if cursor.fetchone() == ("on",) else None
    except Error as error:
        return outage_of(error) or UNREACHABLE
    return outage_of_disk(Path(connection.settings_dict["NAME"]).parent) if connection.vendor == "sqlite" else None
