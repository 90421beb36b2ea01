"""How things stand with the backups: which is the latest, and how the last nightly one fared."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from glmv_site.backup import manifest, places
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import Mode
from glmv_site.secret_files import write_private

UPGRADE_UNFINISHED = "upgrade_unfinished"
"""In DATA_DIR until an upgrade is complete, or a backup restored; it names the backup from before the upgrade."""

_STATE = "backup_state.json"


@dataclass(frozen=True, slots=True)
class Backup:
    """A complete backup.

    Attributes:
        path: its folder.
        finished_at: when it had been verified.
        media: whether media files were copied, or only where they lie was written down.
        vendor: of its database: `sqlite` or `postgresql`.
    """

    path: Path
    finished_at: datetime
    media: Mode
    vendor: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last nightly backup that was tried.

    Attributes:
        at: when it was begun.
        reason: why it failed; empty where it succeeded, or is being made.
    """

    at: datetime
    reason: str = ""


def latest(folder: Path | None = None) -> Backup | None:
    """Find the latest complete backup.

    Args:
        folder: of backups; None: `GLMV_BACKUP_DIR`.

    Returns:
        The backup; None where there is none that can be read.
    """
    for path in places.complete(folder or Path(settings.GLMV_BACKUP_DIR)):
        try:
            return described(path)
        except BackupError:
            continue
    return None


def described(path: Path) -> Backup:
    """Describe a complete backup.

    Args:
        path: its folder.

    Raises:
        BackupError: its manifest cannot be read.
    """
    told = manifest.read(path)
    return Backup(path=path, finished_at=told.finished_at, media=told.media, vendor=told.vendor)


def last_attempt() -> Attempt | None:
    """Return the last nightly backup that was tried; None where none was, or nobody knows."""
    try:
        content = json.loads((Path(settings.DATA_DIR) / _STATE).read_text(encoding="utf-8"))
        return Attempt(datetime.fromisoformat(content["at"]), str(content["reason"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_attempt(attempt: Attempt) -> None:
    """Write down how a nightly backup fares: beside the data, for its own medium may be gone.

    Args:
        attempt: the backup.
    """
    content = {"at": attempt.at.isoformat(), "reason": attempt.reason}
    write_private(Path(settings.DATA_DIR) / _STATE, json.dumps(content, ensure_ascii=False))
