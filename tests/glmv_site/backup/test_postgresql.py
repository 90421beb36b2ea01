"""PostgreSQL's own programs: the right one is found, or it is said what to install."""

from pathlib import Path

import pytest
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import load_backend

from glmv_site.backup import postgresql
from glmv_site.backup.errors import BackupError

# No machine has packages of such a server.
_LATER = 99


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder in which programs are found; it is empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _install(folder: Path, version: str) -> Path:
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version} (Debian {version}-0+deb12u1)'\n")
    program.chmod(0o755)
    return program


def test_where_there_is_none_the_package_is_named(programs: Path) -> None:
    with pytest.raises(BackupError, match=r"没有。.*apt-get install postgresql-client-99"):
        postgresql.tool("pg_dump", _LATER)


def test_one_that_is_older_than_the_server_is_refused_with_the_package(programs: Path) -> None:
    _install(programs, "15.20")
    with pytest.raises(BackupError, match=r"15 版.*99 版旧.*apt-get install postgresql-client-99"):
        postgresql.tool("pg_dump", _LATER)


def test_one_of_the_servers_version_is_used(programs: Path) -> None:
    program = _install(programs, "99.1")
    assert postgresql.tool("pg_dump", _LATER) == str(program)


def test_one_whose_dumps_the_server_cannot_take_back_is_refused_with_the_package(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_VERSIONS", programs / "versions")
    program = _install(programs, "17.2")
    with pytest.raises(BackupError, match=r"17 版.*恢复不到 16 版.*apt-get install postgresql-client-16"):
        postgresql.tool("pg_dump", 16)
    assert postgresql.tool("pg_dump", 17) == str(program)
    own = programs / "versions" / "16" / "bin"
    own.mkdir(parents=True)
    program = _install(own, "16.6")
    assert postgresql.tool("pg_dump", 16) == str(program)


@pytest.mark.parametrize(("name", "asked"), [("glmv", "glmv"), ("", "postgres")])
def test_user_and_host_may_be_called_like_the_database(
    programs: Path, monkeypatch: pytest.MonkeyPatch, name: str, asked: str
) -> None:
    """As in compose.yaml."""
    program = _install(programs, "99.1")
    told = programs / "told"
    program.write_text(f'{program.read_text()}echo "$@" > {told}\necho "$PGPASSWORD" >> {told}\n')
    monkeypatch.setattr(postgresql, "server_version", lambda _connection: _LATER)
    reached = {"NAME": name, "USER": "glmv", "HOST": "glmv", "PORT": "5432", "PASSWORD": "secret", "OPTIONS": {}}
    connection: DatabaseWrapper = load_backend("django.db.backends.postgresql").DatabaseWrapper(reached)
    with postgresql.dumping(connection, "moment", programs / "database.dump"):
        pass
    options, password = told.read_text().splitlines()
    assert options.startswith("-U glmv -h glmv -p 5432 --no-password ")
    assert options.endswith(f" --dbname={asked}")
    assert password == "secret"
