"""Brings a backup back into an empty place.

Files come first and the database last, which appears whole: a restoration that was interrupted is begun once more with
the same backup, and goes on where it was.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from catalog.digests import content_hash
from glmv_site.backup import comparing, manifest, places, postgresql, private, sqlite, status, verifying
from glmv_site.backup.comparing import Comparison
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import Manifest, MediaFile
from glmv_site.secret_files import write_private
from inference.engine.durable_files import make_folder, sync_file, sync_folder

UNFINISHED = "restore_unfinished"
"""In DATA_DIR while a restoration is under way; it names the backup."""

_MARGIN = 16_000_000
_PART = ".restoring-"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it.

    Attributes:
        comparison: with the backup.
        env: where the settings were put; None where the backup has none.
        env_is_used: whether that is the file that the program reads.
        to_migrate: whether the program has migrations that the backup does not know.
    """

    comparison: Comparison
    env: Path | None
    env_is_used: bool
    to_migrate: bool


def chosen(target: Path, name: str | None) -> Path:
    """Find the backup that is to be restored.

    Args:
        target: the folder of backups.
        name: of one of them; None: the newest that has pictures, where any has.

    Returns:
        Its folder.

    Raises:
        BackupError: there is none of that name, or it is not complete.
    """
    complete, partial = places.complete(target), [path.name for path in places.partial(target)]
    if name is None and complete:
        return _newest_full(complete)
    if name is None:
        if partial:
            raise BackupError(_("%(path)s 里只有没做完的备份（%(names)s），不能用来恢复。请换一个备份文件夹。") % {
                "path": target, "names": "、".join(partial)
            })  # fmt: skip
        raise BackupError(_("%(path)s 里没有备份。请检查备份盘是否接好、路径是否正确。") % {"path": target})
    if name.endswith(places.PARTIAL) or f"{name}{places.PARTIAL}" in partial:
        raise BackupError(_("备份 %(name)s 没有做完，不能用来恢复。请换一份。") % {"name": name})
    found = next((path for path in complete if path.name == name), None)
    if found is None:
        names = "、".join(path.name for path in complete) or _("没有")
        raise BackupError(_("没有名为 %(name)s 的备份；可用的有：%(names)s。") % {"name": name, "names": names})
    return found


def _newest_full(complete: list[Path]) -> Path:
    """Return the newest with pictures; one that cannot be read is chosen, too, and told of at once."""
    for path in complete:
        try:
            if status.is_full(status.described(path)):
                return path
        except BackupError:
            return path
    return complete[0]


def restore(folder: Path, *, progress: Progress) -> Restored:
    """Bring a backup back, and compare.

    Args:
        folder: the backup's.
        progress: told how far it is.

    Returns:
        What came of it.

    Raises:
        BackupError: the backup is not sound or does not fit, or the place is not empty.
    """
    with places.reading(folder.parent):
        told = manifest.read(folder)
        to_migrate = _require_fitting(told)
        goes_on = unfinished() == folder.name
        _require_empty(told, goes_on=goes_on)
        named = told.counts.named
        progress(_("核对备份"), 0, named)
        verifying.require_files(folder, told)
        verifying.require_media(folder, lambda number: progress(_("核对备份"), number, named))
        _require_room(folder, told)
        write_private(Path(settings.DATA_DIR) / UNFINISHED, folder.name)
        _clear_parts()
        for number, file in enumerate(manifest.media_list(folder), 1):
            _bring_back(folder.parent, file)
            progress(_("恢复图片"), number, named)
        _sync_names()
        env, env_is_used = private.bring_back(folder)
        progress(_("恢复数据库"), 0, 1)
        if not (goes_on and _has_tables()):
            _bring_back_database(folder)
        progress(_("恢复数据库"), 1, 1)
        comparison = comparing.compare(folder, told, lambda number: progress(_("比较"), number, named))
        (Path(settings.DATA_DIR) / UNFINISHED).unlink()
        # The database of that upgrade is not this one.
        (Path(settings.DATA_DIR) / status.UPGRADE_UNFINISHED).unlink(missing_ok=True)
    return Restored(comparison, env, env_is_used, to_migrate)


def unfinished() -> str:
    """Return the name of the backup whose restoration here is not complete; empty where none is under way."""
    path = Path(settings.DATA_DIR) / UNFINISHED
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def require_finished() -> None:
    """Refuse to work in an installation of which only a part has been restored.

    Raises:
        BackupError: it is one.
    """
    if name := unfinished():
        raise BackupError(unfinished_words(name))


def unfinished_words(name: str) -> str:
    """Return what is said while the restoration of a backup is not complete."""
    return _("备份 %(name)s 的恢复没有做完。请再运行同一条 restore 命令，它会接着做。") % {"name": name}


def _require_fitting(told: Manifest) -> bool:
    """Refuse a backup of another kind of database, or of a newer program; tell whether the program is newer."""
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if told.vendor != vendor:
        raise BackupError(
            _(
                "这份备份的数据库是 %(theirs)s，这里设置的是 %(ours)s，不能互相恢复。"
                "请把 DATABASE_URL 改成同一种数据库（SQLite 时去掉 DATABASE_URL）。"
            )
            % {"theirs": told.vendor, "ours": vendor}
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    if unknown := sorted(set(told.migrations) - known):
        raise BackupError(
            _(
                "这份备份由较新的程序（%(theirs)s）所做，这里的程序（%(ours)s）不认识它的数据库（%(name)s 等）。"
                "请先换上 %(theirs)s 或更新的程序，再恢复。"
            )
            % {"theirs": told.program, "ours": settings.GLMV_VERSION, "name": unknown[0]}
        )
    return bool(known - set(told.migrations))


def _has_tables() -> bool:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return sqlite.has_tables(Path(connection.settings_dict["NAME"]))
    return postgresql.has_tables(connection)


def _require_empty(told: Manifest, *, goes_on: bool) -> None:
    # The database appears last and whole: where it is there, it is the backup's, unless somebody has worked since.
    if _has_tables() and not (goes_on and comparing.tables() == told.tables):
        raise BackupError(
            _(
                "这里的数据库不是空的，恢复会盖掉其中的内容，所以没有做。请恢复到空的地方："
                "先停止网站，再把 DATA_DIR 设为一个空文件夹（SQLite），"
                "或新建一个空的数据库并改 DATABASE_URL（PostgreSQL）。"
            )
        )
    media = Path(settings.MEDIA_ROOT)
    if not goes_on and told.media == "copy" and media.is_dir() and any(path.is_file() for path in media.rglob("*")):
        raise BackupError(
            _("图片文件夹 %(path)s 不是空的，所以没有恢复。请把它移走，或把 DATA_DIR 设为一个空文件夹。")
            % {"path": media}
        )


def _require_room(folder: Path, told: Manifest) -> None:
    data = Path(settings.DATA_DIR)
    data.mkdir(parents=True, exist_ok=True)
    media = sum(file.size for file in manifest.media_list(folder) if file.kept and not _there(file))
    database = sum(file.size for file in told.files if file.name == sqlite.FILE)
    places.require_room(data, media + database + _MARGIN)


def _there(file: MediaFile) -> bool:
    path = Path(settings.MEDIA_ROOT, file.name)
    return path.is_file() and path.stat().st_size == file.size


def _clear_parts() -> None:
    """Remove what a killed restoration was writing."""
    for part in Path(settings.MEDIA_ROOT).rglob(f"{_PART}*"):
        part.unlink()


def _sync_names() -> None:
    """Wait until the names of the media files are on the disk: the database comes after them."""
    for place, _folders, _files in os.walk(settings.MEDIA_ROOT):
        sync_folder(Path(place))


def _bring_back(target: Path, file: MediaFile) -> None:
    """Copy a media file to where the database says that it lies, with the time at which it was written."""
    if not file.kept:
        return
    place = Path(settings.MEDIA_ROOT, file.name)
    if not place.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise BackupError(_("备份的文件清单里有图片文件夹以外的路径 %(name)s，没有恢复它。") % {"name": file.name})
    if _there(file) and content_hash(place) == file.sha256:
        return
    make_folder(place.parent)
    descriptor, name = tempfile.mkstemp(prefix=_PART, dir=place.parent)
    with os.fdopen(descriptor, "wb") as part, places.stored(target, file.sha256).open("rb") as kept:
        shutil.copyfileobj(kept, part, hashlib.sha256().block_size * 16_384)
        sync_file(part)
    if file.modified_ns:
        os.utime(name, ns=(file.modified_ns, file.modified_ns))
    # Read by nginx, too: as the umask has it, not for the owner alone.
    Path(name).chmod(0o666 & ~_umask())
    Path(name).replace(place)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _bring_back_database(folder: Path) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        connection.close()
        sqlite.restore(folder / sqlite.FILE, Path(connection.settings_dict["NAME"]))
    else:
        postgresql.restore(connection, folder / postgresql.FILE)
