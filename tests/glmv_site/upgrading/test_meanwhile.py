"""The version before goes on writing while its tables are upgraded: nobody waits for long, nothing slips through."""

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.glmv_site.upgrading.places import Installation
from tests.old_databases import Database, empty_database, load

VENDOR = "postgresql" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "sqlite"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation with the database of an earlier commit."""
    with empty_database(VENDOR, tmp_path / "data") as database:
        load(database)
        yield Installation(tmp_path / "data", database)


def _as_the_version_before_writes(database: Database) -> str:
    """Return what writes one more text of the model, without columns that only the new version knows."""
    (row,) = database.select("SELECT * FROM catalog_annotation WHERE value = '第一稿'")
    columns = ", ".join(column for column in row if column != "id")
    return f"INSERT INTO catalog_annotation ({columns}) SELECT {columns} FROM catalog_annotation WHERE id = {row['id']}"  # noqa: S608 - the fixture's own


def test_texts_that_come_in_between_two_steps_are_marked_too(old: Installation) -> None:
    statement = _as_the_version_before_writes(old.database)
    written, done = [0], threading.Event()

    def write() -> None:
        while not done.wait(0.01):
            try:
                old.database.run(statement)
            except (sqlite3.Error, psycopg.Error):  # refused: the check holds
                return
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    upgraded = old.manage("upgrade", "--without-backup")
    done.set()
    writer.join()
    assert upgraded.returncode == 0, upgraded.stderr
    assert written[0]
    unmarked = old.database.select("SELECT * FROM catalog_annotation WHERE source = 'model' AND NOT ai_origin")
    assert unmarked == []


@contextmanager
def _upgrading(place: Installation) -> "Iterator[subprocess.Popen[str]]":
    """Let an upgrade run; it is ended where the test fails before it does."""
    with subprocess.Popen(
        place.command("upgrade", "--without-backup"),
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _reading(database: Database, table: str) -> Iterator[None]:
    """Read a table in a transaction that stays open, as a backup does."""
    with psycopg.connect(database.target) as reader:
        reader.execute(f"SELECT 1 FROM {table} LIMIT 1".encode())  # noqa: S608 - names from below
        yield


if VENDOR == "postgresql":  # SQLite's readers and writers never wait for each other

    def test_while_a_backup_reads_everybody_else_goes_on_writing(old: Installation) -> None:
        with _reading(old.database, "catalog_annotation"):
            process = subprocess.Popen(
                old.command("upgrade", "--without-backup"), env=old.environment, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            assert any("项更新" in line for line in process.stdout)
            with psycopg.connect(old.database.target, autocommit=True) as waiting:
                asked = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'catalog_annotation'::regclass"
                while not waiting.execute(asked).fetchone():
                    assert process.poll() is None
                # Behind the upgrade that waits for the reader: it gives up its place in time.
                waiting.execute("SET statement_timeout = '20s'")
                waiting.execute("UPDATE catalog_annotation SET reason = reason WHERE id = 1")
            assert process.poll() is None
        printed, _ = process.communicate()
        assert process.returncode == 0, printed

    def test_two_upgrades_at_once_take_their_turns(old: Installation) -> None:
        """The one that waits is in nobody's way: the first makes an index, for which all snapshots have to end."""
        with ExitStack() as ended:
            with _reading(old.database, "catalog_annotation"):
                first = ended.enter_context(_upgrading(old))
                assert first.stdout is not None
                assert any("项更新" in line for line in first.stdout)
                second = ended.enter_context(_upgrading(old))
                watching = ended.enter_context(psycopg.connect(old.database.target, autocommit=True))
                asks = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query ~ %s"
                while not watching.execute(asks, [r"^SELECT pg_\w*advisory_lock"]).fetchone():
                    assert second.poll() is None
            printed = first.communicate()[0], second.communicate()[0]
        assert (first.returncode, second.returncode) == (0, 0), printed
        assert printed[1].splitlines() == ["数据库已是这个版本，不需要升级。"]

    def test_dates_that_are_changed_after_they_were_read_are_read_once_more(old: Installation) -> None:
        """The version before empties a date that was just marked, and writes one that it does not understand."""
        old.database.run("UPDATE catalog_image SET date_text = '改革开放初期' WHERE id = 1")
        with (
            _upgrading(old) as process,
            psycopg.connect(old.database.target) as holding,
            psycopg.connect(old.database.target, autocommit=True) as writing,
        ):
            # Its snapshot keeps the upgrade at its index, after the dates and before the checks.
            holding.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            holding.execute("SELECT 1")
            at_index = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE %s"
            while not writing.execute(at_index, ["CREATE INDEX CONCURRENTLY%"]).fetchone():
                assert process.poll() is None
            assert writing.execute("SELECT date_unread FROM catalog_image WHERE id = 1").fetchone() == (True,)
            written = "UPDATE catalog_image SET date_text = %s, date_start = NULL, date_end = NULL WHERE id = %s"
            writing.execute(written, ["", 1])
            writing.execute(written, ["改革开放初期", 2])
            holding.rollback()
            printed = process.communicate()[0]
        assert process.returncode == 0, printed
        marks = old.database.select("SELECT id, date_unread FROM catalog_image WHERE id IN (1, 2) ORDER BY id")
        assert [row["date_unread"] for row in marks] == [False, True]
