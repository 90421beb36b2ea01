"""Reads a backup again and holds it against its manifest."""

from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext as _

from glmv_site.backup import manifest, places, sqlite
from glmv_site.backup.errors import DamagedBackupError
from glmv_site.backup.manifest import Manifest
from glmv_site.backup.rereading import digest_on_medium


def require_files(folder: Path, told: Manifest) -> None:
    """Refuse a backup of which a file in its own folder is not as its manifest says.

    Args:
        folder: the backup's.
        told: its manifest.

    Raises:
        DamagedBackupError: one is missing or damaged.
    """
    for file in told.files:
        _require(folder / file.name, file.size, file.sha256)
    if told.vendor == "sqlite":
        sqlite.require_sound(folder / sqlite.FILE)


def require_media_list(folder: Path) -> None:
    """Refuse a backup whose list of media files is not as its manifest says.

    Args:
        folder: the backup's.

    Raises:
        DamagedBackupError: it cannot be read, or is damaged.
    """
    told = manifest.read(folder)
    kept = next((file for file in told.files if file.name == manifest.MEDIA_LIST), None)
    if kept is None:
        raise DamagedBackupError(
            _("备份不完整：缺少 %(path)s。请换一份备份。") % {"path": folder / manifest.MEDIA_LIST}
        )
    _require(folder / kept.name, kept.size, kept.sha256)


def require_media(folder: Path, progress: Callable[[int], None]) -> None:
    """Refuse a backup of which a media file is not as its list says.

    Args:
        folder: the backup's.
        progress: told how many have been read.

    Raises:
        DamagedBackupError: one is missing or damaged.
    """
    for number, file in enumerate(manifest.media_list(folder), 1):
        if file.kept:
            _require(places.stored(folder.parent, file.sha256), file.size, file.sha256)
        progress(number)


def _require(path: Path, size: int, sha256: str) -> None:
    try:
        sound = path.stat().st_size == size and digest_on_medium(path) == sha256
    except FileNotFoundError as error:
        raise DamagedBackupError(_("备份不完整：缺少 %(path)s。请换一份备份。") % {"path": path}) from error
    except OSError as error:
        raise DamagedBackupError(
            _("读不了备份里的 %(path)s（%(reason)s）。请检查备份盘和文件权限，或换一份备份。")
            % {"path": path, "reason": error.strerror}
        ) from error
    if not sound:
        raise DamagedBackupError(
            _("备份里的 %(path)s 已损坏，与清单上的 SHA-256 不符。请换一份备份。") % {"path": path}
        )
