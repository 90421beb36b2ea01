"""Databases of an earlier commit, in a place of their own, looked into without the product's code.

`tests/fixtures/COMMIT/` holds what that commit wrote, once for each engine; its `make.py` says how it is made.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql

FIXTURES = Path(__file__).parent / "fixtures"
OLDEST = "58a86af"

Row = Mapping[str, Any]
"""Column → value."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own.

    Attributes:
        vendor: sqlite or postgresql.
        address: for ``DATABASE_URL``.
        target: what its driver connects to: a path, or a connection string.
    """

    vendor: str
    address: str
    target: str

    def run(self, statements: str) -> None:
        """Send statements, as they are.

        Args:
            statements: one or more.
        """
        if self.vendor == "sqlite":
            with closing(sqlite3.connect(self.target)) as database:
                database.executescript(statements)
        else:
            with psycopg.connect(self.target, autocommit=True) as database_:
                database_.execute(statements.encode())

    def select(self, statement: str) -> list[Row]:
        """Ask.

        Args:
            statement: one that answers with rows.

        Returns:
            The rows.
        """
        if self.vendor == "sqlite":
            with closing(sqlite3.connect(self.target)) as database:
                cursor = database.execute(statement)
                names = [column[0] for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor]
        with psycopg.connect(self.target, autocommit=True) as database_:
            answer = database_.execute(statement.encode())
            columns = [column.name for column in answer.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in answer]

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        if self.vendor == "sqlite":
            asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        else:
            asked = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY name"
        return [row["name"] for row in self.select(asked)]

    def rows(self) -> dict[str, dict[Any, Row]]:
        """Return table → value of its first column, the key → row; all of it."""
        return {
            table: {next(iter(row.values())): row for row in self.select(f'SELECT * FROM "{table}"')}  # noqa: S608 - a table's own name
            for table in self.tables()
        }


@contextmanager
def empty_database(vendor: str, folder: Path) -> Iterator[Database]:
    """Make a database without tables.

    Args:
        vendor: sqlite, or postgresql beside the database that tests run on.
        folder: where SQLite's file is put.

    Yields:
        The database; PostgreSQL's is removed afterwards.
    """
    if vendor == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "db.sqlite3"
        yield Database(vendor, f"sqlite:///{path}", str(path))
        return
    name = f"glmv_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Database(vendor, _url(name), _url(name))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def load(database: Database, commit: str = OLDEST) -> None:
    """Fill an empty database with what a commit wrote.

    Args:
        database: an empty one.
        commit: which.
    """
    database.run((FIXTURES / commit / f"{database.vendor}.sql").read_text(encoding="utf-8"))


def _url(name: str) -> str:
    """Return the address of a database on the server that tests run on."""
    given = settings.DATABASES["default"]
    user, password = quote(given.get("USER") or "postgres"), quote(given.get("PASSWORD") or "")
    login = f"{user}:{password}" if password else user
    return f"postgres://{login}@{given.get('HOST') or '127.0.0.1'}:{given.get('PORT') or 5432}/{name}"
