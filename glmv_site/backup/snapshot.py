"""One moment of the database, kept in a file of the backup, and open to questions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from glmv_site.backup import postgresql, sqlite
from glmv_site.backup.manifest import TableSummary

ALIAS = "backup"
"""Under which Django finds the moment, as long as it is open."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of the database.

    Attributes:
        file: where it is kept, in the backup's folder.
        tables: name → what it holds.
        migrations: those applied, as `app.name`.
        vendor: `sqlite` or `postgresql`.
        server: of PostgreSQL, its version; 0 for SQLite.
    """

    file: str
    tables: dict[str, TableSummary]
    migrations: list[str]
    vendor: str
    server: int = 0


def size() -> int:
    """Return how many bytes the database takes."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return sqlite.size(Path(connection.settings_dict["NAME"]))
    return postgresql.size(connection)


@contextmanager
def taken(folder: Path) -> Iterator[Snapshot]:
    """Keep the database as it is now.

    Args:
        folder: the backup's.

    Yields:
        The moment; models can be asked about it by `using(ALIAS)`.

    Raises:
        BackupError: it cannot be kept.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    take = _of_sqlite if connection.vendor == "sqlite" else _of_postgresql
    with take(folder, connection.settings_dict) as snapshot:
        yield snapshot


@contextmanager
def _of_sqlite(folder: Path, settings: dict[str, Any]) -> Iterator[Snapshot]:
    copied = folder / sqlite.FILE
    sqlite.copy(Path(settings["NAME"]), copied)
    # No write-ahead log beside the copy, which is one file.
    with _opened({**settings, "NAME": str(copied), "OPTIONS": {}}) as connection:
        yield Snapshot(sqlite.FILE, sqlite.summaries(copied), _migrations(connection), "sqlite")


@contextmanager
def _of_postgresql(folder: Path, settings: dict[str, Any]) -> Iterator[Snapshot]:
    from psycopg import IsolationLevel

    options = {**settings["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
    with _opened({**settings, "OPTIONS": options}) as connection, transaction.atomic(using=ALIAS):
        name, dump = postgresql.export_snapshot(connection), folder / postgresql.FILE
        with postgresql.dumping(connection, name, dump):
            tables = postgresql.summaries(connection)
        postgresql.require_sound(connection, dump)
        server = postgresql.server_version(connection)
        yield Snapshot(postgresql.FILE, tables, _migrations(connection), "postgresql", server)


@contextmanager
def _opened(settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    connections.databases[ALIAS] = settings
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


def _migrations(connection: BaseDatabaseWrapper) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
