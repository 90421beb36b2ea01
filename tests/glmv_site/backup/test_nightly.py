"""The nightly backup is due at its hour, as soon as possible after a missed one, and its failure is told."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from django.utils import timezone
from pytest_django import Settings

from glmv_site.backup import manifest, nightly, places, restoring, status
from glmv_site.backup.manifest import Manifest, MediaCounts, Mode
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation


@pytest.fixture
def folders(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.GLMV_BACKUP_DIR = tmp_path / "backups"
    settings.GLMV_BACKUP_AT = time(2, 30)
    return tmp_path


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=timezone.get_current_timezone())


def made(at: datetime, target: Path, media: Mode = "copy", lacking: int = 0) -> Path:
    folder = target / places.name_of(at)
    folder.mkdir(parents=True)
    counts = MediaCounts(named=9, missing=lacking, lacking=lacking)
    told = Manifest("0.1.0", at, at, "sqlite", media, [], [], {}, [], counts)
    (folder / manifest.MANIFEST).write_text(told.written())
    status.record(status.described(folder))
    return folder


def due(at: datetime) -> bool:
    return nightly.due(lambda: at)


def test_without_an_hour_none_is_ever_due(folders: Path, settings: Settings) -> None:
    settings.GLMV_BACKUP_AT = None
    assert not due(moment(2, 3))


def test_one_is_due_from_its_hour_until_it_is_made(folders: Path, settings: Settings) -> None:
    made(moment(1, 2, 40), settings.GLMV_BACKUP_DIR)
    assert not due(moment(2, 2, 29))
    assert due(moment(2, 2, 30))
    made(moment(2, 2, 41), settings.GLMV_BACKUP_DIR)
    assert not due(moment(2, 2, 45))


def test_a_missed_one_is_made_up_for_as_soon_as_the_machine_is_on(folders: Path, settings: Settings) -> None:
    made(moment(1, 2, 40), settings.GLMV_BACKUP_DIR)
    assert due(moment(2, 8))


def test_after_a_failure_it_is_tried_again_an_hour_later(folders: Path) -> None:
    status.write_attempt(status.Attempt(moment(2, 2, 30), "备份盘满了"))
    assert not due(moment(2, 3))
    assert due(moment(2, 3, 30))
    assert due(moment(3, 2, 30))


def test_the_hour_is_that_of_the_time_zone(folders: Path, settings: Settings) -> None:
    """02:30 in UTC is eight hours later, and nothing happens then."""
    made(moment(1, 2, 40), settings.GLMV_BACKUP_DIR)
    assert not nightly.due(lambda: moment(2, 2, 29).astimezone(UTC))
    assert nightly.due(lambda: moment(2, 2, 31).astimezone(UTC))
    made(moment(2, 2, 40), settings.GLMV_BACKUP_DIR)
    in_utc = datetime(2026, 5, 2, 2, 31, tzinfo=UTC)
    assert timezone.localtime(in_utc).hour == 10
    assert not nightly.due(lambda: in_utc)


def test_one_from_the_future_and_a_failure_from_it_do_not_count(folders: Path, settings: Settings) -> None:
    """The clock was a year ahead."""
    made(moment(9, 2, 40), settings.GLMV_BACKUP_DIR)
    status.write_attempt(status.Attempt(moment(9, 2, 30)))
    assert due(moment(2, 3))
    path = made(timezone.now() + timedelta(days=365), settings.GLMV_BACKUP_DIR)
    assert [backup.path for backup in status.from_the_future(settings.GLMV_BACKUP_DIR)] == [path]
    latest = status.latest()
    assert latest is not None
    assert latest.finished_at == moment(9, 2, 40)


def test_the_medium_is_not_looked_at(folders: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hang."""
    made(moment(2, 2, 40), settings.GLMV_BACKUP_DIR)
    rmtree(settings.GLMV_BACKUP_DIR)
    assert not due(moment(2, 3))
    settings.GLMV_BACKUP_DIR = folders / "another"
    assert due(moment(2, 3))


def test_one_made_by_another_path_to_the_folder_counts(folders: Path, settings: Settings) -> None:
    settings.GLMV_BACKUP_DIR.mkdir()
    link = folders / "link"
    link.symlink_to(settings.GLMV_BACKUP_DIR)
    path = made(moment(2, 2, 40), link)
    assert not due(moment(2, 3))
    latest = status.recorded(moment(2, 3))
    assert latest is not None
    assert latest.path == settings.GLMV_BACKUP_DIR / path.name
    made(moment(3, 2, 40), folders / "another")
    assert due(moment(3, 3))


def test_damaged_and_half_backups_are_not_the_latest(folders: Path, settings: Settings) -> None:
    whole = made(moment(1, 2, 40), settings.GLMV_BACKUP_DIR)
    (made(moment(2, 2, 40), settings.GLMV_BACKUP_DIR) / manifest.MANIFEST).write_text("{")
    half = made(moment(3, 2, 40), settings.GLMV_BACKUP_DIR)
    half.rename(half.with_name(half.name + places.PARTIAL))
    latest = status.latest()
    assert latest is not None
    assert (latest.path, latest.finished_at) == (whole, moment(1, 2, 40))


def test_one_of_the_database_alone_is_not_the_nightly_one(folders: Path, settings: Settings) -> None:
    """As an upgrade makes it."""
    full = made(moment(1, 2, 40), settings.GLMV_BACKUP_DIR)
    upgrade = made(moment(2, 2, 40), settings.GLMV_BACKUP_DIR, "reference")
    assert due(moment(2, 3))
    assert restoring.chosen(settings.GLMV_BACKUP_DIR, None) == full
    settings.GLMV_BACKUP_MEDIA = "reference"
    status.record(status.described(upgrade))
    assert not due(moment(2, 3))
    assert restoring.chosen(settings.GLMV_BACKUP_DIR, None) == upgrade


@pytest.mark.django_db(transaction=True)
def test_the_command_keeps_as_many_as_are_set_and_writes_down_how_it_fared(site: Installation, target: Path) -> None:
    ImageFileFactory()
    environment = {**site.environment, "GLMV_BACKUP_DIR": str(target), "GLMV_BACKUP_KEEP": "1", "LOG_LEVEL": "info"}
    nightly_site = Installation(site.data, environment)
    began = timezone.now()
    first = nightly_site.manage("backup", "--nightly")
    assert first.returncode == 0
    # Among the site's lines it is one of them, with time and tag.
    assert re.search(r"^\S+ \S+ \[INFO\] .*备份完成并已核对", first.stderr, re.MULTILINE), first.stderr
    assert first.stdout == ""
    assert nightly_site.manage("backup", "--nightly").returncode == 0
    assert len(places.complete(target)) == 1
    attempt = status.last_attempt()
    assert attempt is not None
    assert attempt.reason == ""
    assert began < attempt.at < timezone.now() + timedelta(seconds=1)

    target.rename(target.with_name("unplugged"))
    target.write_text("no folder")
    failed = nightly_site.manage("backup", "--nightly")
    attempt = status.last_attempt()
    assert failed.returncode == 1
    assert re.search(r"^\S+ \S+ \[ERROR\] .*是一个文件", failed.stderr, re.MULTILINE), failed.stderr
    assert attempt is not None
    assert "是一个文件，不是文件夹" in attempt.reason
