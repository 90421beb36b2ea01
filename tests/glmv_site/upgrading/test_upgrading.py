"""`manage.py upgrade`: a backup first, then the migrations; and the way back from one that failed."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.glmv_site.upgrading.places import Installation
from tests.old_databases import empty_database, load
from tests.outages import fill, mounted

VENDOR = "postgresql" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "sqlite"
STUMBLING = "tests.glmv_site.upgrading.stumbling.settings"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation with the database of an earlier commit."""
    with empty_database(VENDOR, tmp_path / "data") as database:
        load(database)
        yield Installation(tmp_path / "data", database)


def _backups(place: Installation) -> list[Path]:
    return [path.parent for path in (place.folder / "backups").glob("*/manifest.json")]


def _columns(place: Installation, table: str) -> set[str]:
    return set(place.database.select(f"SELECT * FROM {table} LIMIT 1")[0])  # noqa: S608 - names from below


def test_a_new_installation_gets_its_tables_without_a_backup(tmp_path: Path) -> None:
    with empty_database(VENDOR, tmp_path / "data") as database:
        place = Installation(tmp_path / "data", database)
        done = place.manage("upgrade")
        assert done.returncode == 0, done.stderr
        assert "数据库是空的" in done.stdout
        assert not _backups(place)
        again = place.manage("upgrade")
        assert again.stdout.splitlines() == ["数据库已是这个版本，不需要升级。"]
        assert place.manage("upgrade", "--verbosity", "0").stdout == ""


def test_a_backup_is_made_first_and_each_migration_is_told_with_its_time(old: Installation) -> None:
    done = old.manage("upgrade")
    assert done.returncode == 0, done.stderr
    (backup,) = _backups(old)
    assert str(backup) in done.stdout
    assert re.search(r"catalog\.0021_dates_read_again \d+\.\d+ s", done.stdout)
    assert done.stdout.index(str(backup)) < done.stdout.index("0019_ai_origin")


def test_a_backup_of_today_is_enough(old: Installation) -> None:
    assert old.manage("backup", str(old.folder / "backups")).returncode == 0
    (backup,) = _backups(old)
    done = old.manage("upgrade")
    assert done.returncode == 0, done.stderr
    assert f"已有备份 {backup}" in done.stdout
    assert _backups(old) == [backup]


def test_a_backup_that_is_older_than_a_day_is_not(old: Installation) -> None:
    assert old.manage("backup", str(old.folder / "backups")).returncode == 0
    manifest = _backups(old)[0] / "manifest.json"
    aged = re.sub(r'("finished_at": ")\d{4}', r"\g<1>2020", manifest.read_text(encoding="utf-8"))
    manifest.write_text(aged, encoding="utf-8")
    assert old.manage("upgrade").returncode == 0
    assert len(_backups(old)) == 2


def test_who_has_their_own_way_is_asked_for_no_backup(old: Installation) -> None:
    done = old.manage("upgrade", "--without-backup")
    assert done.returncode == 0, done.stderr
    assert not _backups(old)


def test_without_room_for_a_backup_nothing_is_changed_and_it_is_said(old: Installation, tmp_path: Path) -> None:
    with mounted(tmp_path / "medium") as medium:
        fill(medium)
        place = Installation(old.folder, old.database, (("GLMV_BACKUP_DIR", str(medium / "backups")),))
        done = place.manage("upgrade")
    assert done.returncode == 1
    assert "升级没有开始，数据库没有改动" in done.stderr
    assert "--without-backup" in done.stderr
    assert "Traceback" not in done.stderr
    assert "ai_origin" not in _columns(old, "catalog_annotation")


def test_a_migration_that_fails_is_named_and_its_commands_lead_back(old: Installation) -> None:
    """The message is followed to the letter; afterwards everything is as it was, and the upgrade can be tried again."""
    before = old.database.rows()
    stumbling = Installation(old.folder, old.database, (("DJANGO_SETTINGS_MODULE", STUMBLING),))
    done = stumbling.manage("upgrade")
    assert done.returncode == 1
    assert "stumbling.0001_stumbles" in done.stderr
    assert "stumbled over 改革开放初期" in done.stderr
    assert "这一步没有留下任何改动" in done.stderr
    assert "Traceback" not in done.stderr
    assert "stumbling_stone" not in old.database.tables()
    assert "ai_origin" in _columns(old, "catalog_annotation")
    again = stumbling.manage("upgrade")
    assert len(_backups(old)) == 1
    assert "接着上次没有完成的升级" in again.stdout
    assert again.stderr.splitlines()[-5:] == done.stderr.splitlines()[-5:]
    without = stumbling.manage("upgrade", "--without-backup")
    assert without.stderr.splitlines()[-5:] == done.stderr.splitlines()[-5:]
    assert stumbling.manage("upgrade").stderr == again.stderr
    with empty_database(VENDOR, old.folder / "elsewhere") as empty:
        if VENDOR == "sqlite":
            (aside,) = re.findall(r"：(for f in .*; done)$", done.stderr, re.MULTILINE)
            subprocess.run(["bash", "-c", aside], check=True)
            place = old
        else:
            assert "createdb" in done.stderr
            place = Installation(old.folder, empty)
        (command,) = re.findall(r"python (manage\.py restore .*)$", done.stderr, re.MULTILINE)
        restored = place.manage(*shlex.split(command)[1:])
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert place.database.rows() == before
        assert not (place.folder / "upgrade_unfinished").exists()
        again = place.manage("upgrade")
        assert again.returncode == 0, again.stderr


def test_what_was_broken_off_is_done_once_more_and_ends_the_same(old: Installation) -> None:
    """SIGKILL at moments of the migrations: the next upgrade goes on, and every text has its origin."""
    for told in ("项更新", "0019", "0020"):
        with subprocess.Popen(
            old.command("upgrade", "--without-backup"), env=old.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert any(told in line or "0021" in line for line in process.stdout)
            process.kill()
    done = old.manage("upgrade", "--without-backup")
    assert done.returncode == 0, done.stderr
    marked = old.database.select("SELECT COUNT(*) AS n FROM catalog_annotation WHERE ai_origin")
    assert marked[0]["n"] == 15


def test_what_was_broken_off_within_its_first_migration_has_the_backup_from_before(old: Installation) -> None:
    """Where its steps stay, on PostgreSQL, the database is half changed, though no migration is written down yet."""
    if VENDOR == "postgresql":
        old.database.run(
            "ALTER TABLE catalog_annotation ADD CONSTRAINT annotation_ai_origin_kept CHECK (id < 0) NOT VALID"
        )
    else:
        old.database.run(
            "CREATE TRIGGER stumble BEFORE UPDATE ON catalog_annotation BEGIN SELECT RAISE(FAIL, 'x'); END"
        )
    assert "catalog.0019" in old.manage("upgrade").stderr
    (backup,) = _backups(old)
    manifest = backup / "manifest.json"
    aged = re.sub(r'("finished_at": ")\d{4}', r"\g<1>2020", manifest.read_text(encoding="utf-8"))
    manifest.write_text(aged, encoding="utf-8")
    again = old.manage("upgrade")
    assert ("接着上次没有完成的升级" in again.stdout) == (VENDOR == "postgresql")
    assert (f"--backup {backup.name}" in again.stderr) == (VENDOR == "postgresql")
    # SQLite's is as it was before, and people may have worked on it since: the old backup is too old.
    assert len(_backups(old)) == (1 if VENDOR == "postgresql" else 2)


def test_the_way_back_is_printed_as_the_machine_that_runs_the_container_has_it(old: Installation) -> None:
    more = (
        ("DJANGO_SETTINGS_MODULE", STUMBLING),
        ("GLMV_MANAGE", "bash start.sh manage"),
        ("GLMV_HOST_DATA", "/srv/glmv/data"),
    )
    done = Installation(old.folder, old.database, more).manage("upgrade")
    assert f"bash start.sh manage restore {old.folder / 'backups'} --backup" in done.stderr
    assert "bash start.sh manage upgrade" in done.stderr
    assert "python manage.py" not in done.stderr
    if VENDOR == "sqlite":
        assert "for f in /srv/glmv/data/db.sqlite3*; do" in done.stderr
