"""How things stand with the backups: which is the latest, and how the last nightly one fared."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

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
        lacking: how many files that its database names it has not.
    """

    path: Path
    finished_at: datetime
    media: Mode
    vendor: str
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last nightly backup that was tried.

    Attributes:
        at: when it was begun.
        reason: why it failed; empty where it succeeded, or is being made.
    """

    at: datetime
    reason: str = ""


def latest(folder: Path | None = None, *, database_only: bool = False) -> Backup | None:
    """Find the latest complete backup; one from the future does not count, for a clock was wrong.

    Args:
        folder: of backups; None: `GLMV_BACKUP_DIR`.
        database_only: whether one without pictures will do, as an upgrade makes it, though pictures are to be copied.

    Returns:
        The backup; None where there is none that can be read.
    """
    for path in places.complete(folder or Path(settings.GLMV_BACKUP_DIR)):
        try:
            found = described(path)
        except BackupError:
            continue
        if (database_only or is_full(found)) and found.finished_at <= timezone.now():
            return found
    return None


def from_the_future(folder: Path) -> list[Backup]:
    """Return the backups that say that they will be made."""
    found = []
    for path in places.complete(folder):
        with suppress(BackupError):
            found.append(described(path))
    return [backup for backup in found if backup.finished_at > timezone.now()]


def is_full(backup: Backup) -> bool:
    """Tell whether a backup has all that is set to be kept: pictures, unless they are only to be written down."""
    return backup.media == "copy" or settings.GLMV_BACKUP_MEDIA != "copy"


def described(path: Path) -> Backup:
    """Describe a complete backup.

    Args:
        path: its folder.

    Raises:
        BackupError: its manifest cannot be read.
    """
    told = manifest.read(path)
    return Backup(path, told.finished_at, told.media, told.vendor, told.counts.lacking)


def recorded(now: datetime | None = None) -> Backup | None:
    """Return the latest backup in `GLMV_BACKUP_DIR` as it was written down beside the data when it was made.

    Nothing else is looked at: the medium may hang, and no page and no clock is to wait for it.

    Args:
        now: the time, as somebody else tells it.

    Returns:
        The backup; None where none was made, or it is said to be made in the future: a clock was wrong.
    """
    try:
        told = _state()["latest"]
        moment, lacking = datetime.fromisoformat(told["finished_at"]), int(told.get("lacking", 0))
        found = Backup(Path(told["path"]), moment, told["media"], str(told["vendor"]), lacking)
        counts = found.finished_at <= (now or timezone.now())
    except (ValueError, KeyError, TypeError):
        return None
    is_here = found.path.parent == Path(settings.GLMV_BACKUP_DIR)
    return found if counts and is_here and is_full(found) else None


def record(backup: Backup) -> None:
    """Write down beside the data that a backup was made, where it is a full one and in `GLMV_BACKUP_DIR`.

    Args:
        backup: as it was made.

    Raises:
        OSError: the disk of the data does not work.
    """
    folder = Path(settings.GLMV_BACKUP_DIR)
    if is_full(backup) and places.is_same(backup.path.parent, folder):
        # As the setting spells it: whoever reads this does not look at the medium.
        told = {"path": str(folder / backup.path.name), "finished_at": backup.finished_at.isoformat()}
        _write("latest", {**told, "media": backup.media, "vendor": backup.vendor, "lacking": backup.lacking})


def last_attempt() -> Attempt | None:
    """Return the last nightly backup that was tried; None where none was, or nobody knows."""
    try:
        told = _state()["attempt"]
        return Attempt(datetime.fromisoformat(told["at"]), str(told["reason"]))
    except (ValueError, KeyError, TypeError):
        return None


def write_attempt(attempt: Attempt) -> None:
    """Write down how a nightly backup fares: beside the data, for its own medium may be gone.

    Args:
        attempt: the backup.
    """
    _write("attempt", {"at": attempt.at.isoformat(), "reason": attempt.reason})


def _state() -> dict[str, Any]:
    try:
        content = json.loads((Path(settings.DATA_DIR) / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(name: str, told: dict[str, str | int]) -> None:
    write_private(Path(settings.DATA_DIR) / _STATE, json.dumps({**_state(), name: told}, ensure_ascii=False))
