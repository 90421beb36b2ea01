"""SQLite: a copy by its online backup, which keeps nobody from writing; what is in it; the way back."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.utils.translation import gettext as _

from glmv_site.backup import rows
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import TableSummary
from glmv_site.backup.rereading import sync_path
from inference.engine.durable_files import make_folder, sync_folder

FILE = "database.sqlite3"
# As the site itself waits for locks.
_PATIENCE_S = 20.0
_BESIDE = ("-wal", "-shm", "-journal")


def size(database: Path) -> int:
    """Return how many bytes a database takes, with what has not been moved into its file yet."""
    beside = [database.with_name(database.name + suffix) for suffix in ("", "-wal")]
    return sum(path.stat().st_size for path in beside if path.is_file())


def copy(database: Path, place: Path) -> None:
    """Copy a database as it is at one moment, while others read and write it.

    All pages are taken in one step: with the write-ahead log nobody waits for it, and a copy in several steps would
    begin again whenever somebody writes.

    Args:
        database: its file.
        place: the copy's; one file, without a log.

    Raises:
        BackupError: the copy is damaged, and so is the database.
    """
    # Made before SQLite makes it: media for exchange (exFAT) refuse a later change of mode.
    place.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=_PATIENCE_S)) as source,
        closing(sqlite3.connect(place)) as target,
    ):
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
    sync_path(place)
    require_sound(place)


def require_sound(copied: Path) -> None:
    """Refuse a damaged copy.

    Args:
        copied: its file.

    Raises:
        BackupError: it is damaged.
    """
    try:
        with closing(_read_only(copied)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found not in {b"ok", "ok"}:
        raise BackupError(
            _("数据库 %(path)s 没有通过完整性检查（%(reason)s）：文件已损坏。请检查磁盘，并用较早的备份恢复。")
            % {"path": copied, "reason": found.decode() if isinstance(found, bytes) else found}
        )


def summaries(database: Path) -> dict[str, TableSummary]:
    """Summarise every table.

    Args:
        database: its file; nobody writes to it.
    """
    with closing(_read_only(database)) as connection:
        # SQLite's own tables are derived, or say nothing that people have done.
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
        )
        return {name.decode(): rows.summary(_rows(connection, name.decode())) for (name,) in names.fetchall()}


def has_tables(database: Path) -> bool:
    """Tell whether anything is in a database; none is there, or an empty file: nothing is."""
    if not database.is_file() or not database.stat().st_size:
        return False
    with closing(_read_only(database)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone())


def restore(copied: Path, database: Path) -> None:
    """Put a copy in the place of an empty database; it appears whole.

    Args:
        copied: of a backup.
        database: where to.
    """
    make_folder(database.parent)
    part = database.with_name(f".{database.name}.restoring")
    try:
        shutil.copyfile(copied, part)
        sync_path(part)
        for suffix in _BESIDE:
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        part.replace(database)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(database.parent)


def _read_only(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=_PATIENCE_S)
    # Not decoded: what is no text is to be compared all the same.
    connection.text_factory = bytes
    return connection


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[bytes]:
    quoted = table.replace('"', '""')
    for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - a table's own name, quoted
        yield repr(row).encode()
