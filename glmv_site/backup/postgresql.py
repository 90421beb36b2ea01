"""PostgreSQL: pg_dump and pg_restore, and what is in the tables at the moment of which the dump speaks.

The transaction that counts the rows exports its snapshot, and pg_dump reads the same one: both speak of one moment,
whatever is written meanwhile.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient
from django.utils.translation import gettext as _

from glmv_site.backup import rows
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import TableSummary
from glmv_site.backup.rereading import sync_path
from glmv_site.server.supervisor import die_with_parent

FILE = "database.dump"
# From this version on, every dump sets `transaction_timeout` when it is restored, which older servers refuse.
_WITH_TRANSACTION_TIMEOUT = 17
# Where Debian and PostgreSQL's own packages have the programs of each version.
_VERSIONS = Path("/usr/lib/postgresql")
_FULL = ("No space left on device", "Disk quota exceeded")
# What a session may have otherwise, and what rows are written with.
_FORMS = ("DateStyle = 'ISO'", "IntervalStyle = 'postgres'", "bytea_output = 'hex'", "extra_float_digits = 1")


def server_version(connection: BaseDatabaseWrapper) -> int:
    """Return the server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def size(connection: BaseDatabaseWrapper) -> int:
    """Return how many bytes a dump takes, about: it is compressed, and has no indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0]) // 2


def tool(name: str, server: int) -> str:
    """Find one of PostgreSQL's programs that goes with the server.

    That of the server's own version is taken where it is installed. A newer one is taken where the server understands
    what it writes when that comes back.

    Args:
        name: `pg_dump` or `pg_restore`.
        server: the server's major version.

    Returns:
        Its path.

    Raises:
        BackupError: there is none, or only one that is older than the server, or too new for it.
    """
    own = _VERSIONS / str(server) / "bin" / name
    found = str(own) if own.is_file() else shutil.which(name)
    words = {"name": name, "server": server}
    if found is None:
        raise BackupError(
            _(
                "备份和恢复 PostgreSQL 要用 %(name)s，这台机器上没有。"
                "请安装：apt-get install postgresql-client-%(server)s"
                "（软件源里没有这个版本时，先加上 PostgreSQL 官方的软件源 apt.postgresql.org）。"
            )
            % words
        )
    version = _version(found)
    if version < server:
        raise BackupError(
            _(
                "%(name)s 是 %(version)s 版，比数据库服务器的 %(server)s 版旧，不能用来备份。"
                "请安装：apt-get install postgresql-client-%(server)s"
                "（软件源里没有这个版本时，先加上 PostgreSQL 官方的软件源 apt.postgresql.org）。"
            )
            % {**words, "version": version}
        )
    if server < _WITH_TRANSACTION_TIMEOUT <= version:
        raise BackupError(
            _(
                "%(name)s 是 %(version)s 版，它写的备份恢复不到 %(server)s 版的数据库服务器。"
                "请安装：apt-get install postgresql-client-%(server)s"
                "（软件源里没有这个版本时，先加上 PostgreSQL 官方的软件源 apt.postgresql.org）。"
            )
            % {**words, "version": version}
        )
    return found


def _version(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - PostgreSQL's
    number = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(number[1]) if number else 0


def export_snapshot(connection: BaseDatabaseWrapper) -> str:
    """Name the moment that a transaction sees, so that pg_dump sees the same.

    Args:
        connection: in a transaction that has asked nothing yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        return str(cursor.fetchone()[0])


@contextmanager
def dumping(connection: BaseDatabaseWrapper, snapshot: str, place: Path) -> Iterator[None]:
    """Have pg_dump write a moment of the database to a file, while something else is done.

    Args:
        connection: to the database.
        snapshot: the moment.
        place: the file.

    Yields:
        While it is being written; at the end it is there.

    Raises:
        BackupError: it could not be written.
    """
    name, options, environment = _reached(connection)
    place.touch(mode=0o600)
    command = [
        tool("pg_dump", server_version(connection)), *options, "--no-password", "--format=custom", "--no-owner",
        "--no-privileges", f"--snapshot={snapshot}", f"--file={place}", f"--dbname={name}",
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own
        command, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent
    )
    try:
        yield
        _out, told = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise _refused("pg_dump", told, place)
    sync_path(place)


def restore(connection: BaseDatabaseWrapper, dump: Path) -> None:
    """Bring a dump back into an empty database: all of it, or nothing.

    Args:
        connection: to that database.
        dump: of a backup.

    Raises:
        BackupError: PostgreSQL refuses it.
    """
    name, options, environment = _reached(connection)
    command = [
        tool("pg_restore", server_version(connection)), *options, "--no-password", "--single-transaction",
        "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={name}", str(dump),
    ]  # fmt: skip
    connection.close()
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own
        command, env=environment, capture_output=True, text=True, check=False, preexec_fn=die_with_parent
    )
    if done.returncode:
        raise _refused("pg_restore", done.stderr, dump)


def require_sound(connection: BaseDatabaseWrapper, dump: Path) -> None:
    """Refuse a dump whose contents pg_restore cannot read.

    Args:
        connection: to a server of the version that it is for.
        dump: of a backup.

    Raises:
        BackupError: it cannot be read.
    """
    command = [tool("pg_restore", server_version(connection)), "--file=/dev/null", str(dump)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=die_with_parent)  # noqa: S603 - PostgreSQL's
    if done.returncode:
        raise _refused("pg_restore", done.stderr, dump)


def _refused(name: str, told: str, place: Path) -> BackupError:
    if any(words in told for words in _FULL):
        return BackupError(
            _("%(path)s 所在的磁盘满了，写了一半的已经清除。请腾出空间，或换一块盘。") % {"path": place.parent}
        )
    return BackupError(
        _("%(name)s 没有完成：%(reason)s。请检查 DATABASE_URL、数据库服务和这个用户的权限。")
        % {"name": name, "reason": " ".join(told.split()) or "?"}
    )


def summaries(connection: BaseDatabaseWrapper) -> dict[str, TableSummary]:
    """Summarise every table, as the connection's transaction sees it."""
    with connection.cursor() as cursor:
        for form in _FORMS:
            cursor.execute(f"SET {form}")
        names = sorted(connection.introspection.table_names(cursor))
        return {name: rows.summary(_rows(connection, cursor, name)) for name in names}


def has_tables(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether anything is in a database."""
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor))


def _rows(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> Iterator[Any]:
    quoted = connection.ops.quote_name(table)
    question = f"COPY (SELECT * FROM {quoted}) TO STDOUT"  # noqa: S608 - a table's own name, quoted
    with connection.wrap_database_errors, cursor.copy(question) as copy:
        yield from copy


def _reached(connection: BaseDatabaseWrapper) -> tuple[str, list[str], dict[str, str]]:
    """Return the database's name, and how PostgreSQL's programs reach its server: options, environment."""
    name = str(connection.settings_dict["NAME"] or "postgres")
    arguments, more = DatabaseClient.settings_to_cmd_args_env({**connection.settings_dict, "NAME": name}, [])
    # The name comes last; user and host may be called the same.
    options = arguments[1:-1]
    # Its complaints are looked into, in its own language; a password is never on a command line.
    return name, options, {**os.environ, **(more or {}), "LC_ALL": "C"}
