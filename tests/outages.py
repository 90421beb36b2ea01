"""Outages of the database and the disk, made for real: a lock, a full and a read-only file system, a lost server.

The file systems are mounted, which takes root, or a machine that lets one mount; `.ci/run` has it.
"""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

_SIZE = "16m"
# Instead of the 20 seconds of an installation.
_PATIENCE_S = 0.1
_CLOSED_PORT = 1
# Blocks of 4096 bytes: a master of one colour, its two copies, and one in reserve.
BYTES_OF_A_PICTURE = 4 * 4096
_PIECES = (1024 * 1024, 4096, 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not work.

    Attributes:
        name: what it is called.
        begin: makes it, for as long as the context lasts; takes a folder for file systems, and the settings.
        reads: whether the database can still be read.
        writes: whether it can be written to.
        files: whether files can be kept under `MEDIA_ROOT`.
    """

    name: str
    begin: Callable[[Path, Settings], AbstractContextManager[None]]
    reads: bool
    writes: bool
    files: bool


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Mount a small file system.

    Args:
        folder: where; made where needed.

    Yields:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {tried.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Fill a file system to the last byte.

    Args:
        folder: on it.
    """
    with (folder / "fill").open("ab", buffering=0) as file:
        for size in _PIECES:
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)


def leave_room(size: int, folder: Path) -> None:
    """Fill a file system but for a little.

    Args:
        size: how many bytes are left, about.
        folder: on it.
    """
    fill(folder)
    with (folder / "fill").open("r+b") as file:
        file.truncate((folder / "fill").stat().st_size - size)


def make_read_only(folder: Path) -> None:
    """Have the system write nothing to a file system any more.

    Args:
        folder: where it is mounted.
    """
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


@contextmanager
def connected_otherwise(**changes: object) -> Iterator[None]:
    """Connect to the database in another way.

    Args:
        changes: of Django's settings of the database.
    """
    before = {name: connection.settings_dict[name] for name in changes}
    connection.close()
    connection.settings_dict.update(changes)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def impatient() -> AbstractContextManager[None]:
    """Wait for locks for a moment only."""
    return connected_otherwise(OPTIONS={**connection.settings_dict["OPTIONS"], "timeout": _PATIENCE_S})


@contextmanager
def _locked(_folder: Path, _settings: Settings) -> Iterator[None]:
    """Hold the lock that writing takes."""
    with impatient(), closing(_opened()) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def locked_until_called() -> Iterator[Callable[[], object]]:
    """Hold SQLite's lock, and wait for locks for a moment only; any other database is left alone.

    Yields:
        What lets go of the lock.
    """
    if connection.vendor != "sqlite":
        yield lambda: None
        return
    with impatient(), closing(_opened()) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other.rollback


@contextmanager
def _locked_altogether(folder: Path, _settings: Settings) -> Iterator[None]:
    """Hold the whole database, as some tools do while they copy it."""
    folder.mkdir()
    with _database_in(folder), impatient(), closing(_opened()) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("PRAGMA user_version = 1")
        yield


@contextmanager
def _full(folder: Path, settings: Settings) -> Iterator[None]:
    """Have database and pictures on a disk on which nothing is left."""
    with mounted(folder), _database_in(folder):
        settings.MEDIA_ROOT = folder / "media"
        # Others have it open all the time; the files beside it are there.
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
        fill(folder)
        yield


@contextmanager
def _media_full(folder: Path, settings: Settings) -> Iterator[None]:
    """Have the pictures on a disk of their own, on which nothing is left."""
    with mounted(folder):
        settings.MEDIA_ROOT = folder
        fill(folder)
        yield


@contextmanager
def _read_only(folder: Path, settings: Settings) -> Iterator[None]:
    """Have database and pictures on a disk that the system has made read-only, as it does where one fails."""
    with mounted(folder), _database_in(folder):
        settings.MEDIA_ROOT = folder / "media"
        connection.ensure_connection()
        connection.close()
        make_read_only(folder)
        yield


@contextmanager
def _media_read_only(folder: Path, settings: Settings) -> Iterator[None]:
    with mounted(folder):
        settings.MEDIA_ROOT = folder
        make_read_only(folder)
        yield


def _opened() -> sqlite3.Connection:
    """Open the database once more, beside Django."""
    return sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)


@contextmanager
def _database_in(folder: Path) -> Iterator[None]:
    """Use a copy of the SQLite database."""
    copy = folder / "db.sqlite3"
    connection.close()
    with closing(_opened()) as original:
        original.execute("VACUUM INTO ?", [str(copy)])
    with connected_otherwise(NAME=str(copy)):
        yield


@contextmanager
def _hung_up(_folder: Path, _settings: Settings) -> Iterator[None]:
    """Have PostgreSQL end the connection that is in use."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    known = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: known[name] for name in names if name in known}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [process])
    try:
        yield
    finally:
        connection.close()


@contextmanager
def _gone(_folder: Path, _settings: Settings) -> Iterator[None]:
    """Have no PostgreSQL answer."""
    with connected_otherwise(PORT=_CLOSED_PORT):
        yield


@contextmanager
def _following(_folder: Path, _settings: Settings) -> Iterator[None]:
    """Have PostgreSQL take nothing, as a copy does that follows another server."""
    options = {**connection.settings_dict["OPTIONS"], "options": "-c default_transaction_read_only=on"}
    with connected_otherwise(OPTIONS=options):
        yield


_OF_SQLITE = (
    Fault("SQLite locked for writing", _locked, reads=True, writes=False, files=True),
    Fault("SQLite locked altogether", _locked_altogether, reads=False, writes=False, files=True),
    Fault("disk full", _full, reads=True, writes=False, files=False),
    Fault("disk read-only", _read_only, reads=False, writes=False, files=False),
)
_OF_POSTGRESQL = (
    Fault("PostgreSQL hung up", _hung_up, reads=False, writes=False, files=True),
    Fault("PostgreSQL gone", _gone, reads=False, writes=False, files=True),
    Fault("PostgreSQL read-only", _following, reads=True, writes=False, files=True),
)
OF_DATABASE = _OF_SQLITE if connection.vendor == "sqlite" else _OF_POSTGRESQL
"""Those of the database that the tests run on; nothing is skipped for the other's sake."""
FAULTS = (
    *OF_DATABASE,
    Fault("disk of the pictures full", _media_full, reads=True, writes=True, files=False),
    Fault("disk of the pictures read-only", _media_read_only, reads=True, writes=True, files=False),
)
