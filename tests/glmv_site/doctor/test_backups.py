"""`doctor` tells how old the latest backup is, what is left of interrupted ones, and where they lie."""

import io
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from glmv_site.backup import manifest, places, restoring, status
from tests.glmv_site.backup.test_nightly import made
from tests.outages import mounted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def target(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    folder = tmp_path / "backups"
    settings.GLMV_BACKUP_DIR = folder
    settings.GLMV_DEVICE = "cpu"
    return folder


def _lines(word: str) -> list[str]:
    printed = io.StringIO()
    with suppress(SystemExit):
        call_command("doctor", stdout=printed, no_color=True)
    return [line for line in printed.getvalue().splitlines() if word in line]


def test_none_and_an_old_one_are_noted_and_a_recent_one_is_in_order(target: Path) -> None:
    (line,) = _lines("还没有备份")
    assert line.startswith("[注意]")
    made(timezone.now() - timedelta(days=3), target)
    (line,) = _lines("最近一次备份")
    assert line.startswith("[注意]")
    made(timezone.now(), target)
    (line,) = _lines("最近一次备份")
    assert line.startswith("[OK]")


def test_a_folder_that_cannot_work_is_an_error_and_nothing_untrue_is_said_of_it(
    settings: Settings, target: Path
) -> None:
    target.write_text("no folder")
    (line,) = _lines("GLMV_BACKUP_DIR")
    assert line.startswith("[错误]")
    assert "是一个文件，不是文件夹" in line
    assert not _lines("还没有备份")
    settings.GLMV_BACKUP_DIR = target.parent / "unplugged" / "glmv"
    (line,) = _lines("GLMV_BACKUP_DIR")
    assert line.startswith("[错误]")
    assert f"请先建立 {target.parent / 'unplugged'}" in line
    assert not _lines("同一块磁盘")


def test_one_that_lacks_files_is_noted_also_where_an_earlier_version_made_it(target: Path) -> None:
    folder = made(timezone.now(), target, lacking=3)
    (line,) = _lines("缺 3 个文件")
    assert line.startswith("[注意]")
    told = json.loads((folder / manifest.MANIFEST).read_text(encoding="utf-8"))
    del told["counts"]["lacking"]
    (folder / manifest.MANIFEST).write_text(json.dumps(told), encoding="utf-8")
    assert _lines("缺 3 个文件") == [line]


def test_commands_are_named_as_they_are_run_here(settings: Settings, target: Path) -> None:
    settings.GLMV_MANAGE = "bash start.sh manage"
    assert "请运行 bash start.sh manage backup" in _lines("还没有备份")[0]
    made(timezone.now() - timedelta(days=3), target)
    assert "请运行 bash start.sh manage backup" in _lines("太久了")[0]


def test_what_an_interrupted_one_has_left_is_noted(target: Path) -> None:
    half = made(timezone.now(), target)
    half.rename(half.with_name(half.name + places.PARTIAL))
    (line,) = _lines("没有做完，不能用来恢复")
    assert line.startswith("[注意]")


def test_a_nightly_one_that_failed_is_an_error_with_its_reason(settings: Settings) -> None:
    status.write_attempt(status.Attempt(timezone.now(), "备份盘满了。"))
    assert not _lines("每夜备份没有成功")
    settings.GLMV_BACKUP_AT = timezone.now().time()
    (line,) = _lines("每夜备份没有成功")
    assert line.startswith("[错误]")
    assert "备份盘满了。" in line


def test_a_failure_is_no_error_once_one_was_made_or_is_being_made(settings: Settings, target: Path) -> None:
    settings.GLMV_BACKUP_AT = timezone.now().time()
    status.write_attempt(status.Attempt(timezone.now() - timedelta(hours=1), "备份盘满了。"))
    half = made(timezone.now() - timedelta(hours=2), target)
    half.rename(half.with_name(half.name + places.PARTIAL))
    with places.writing(target):
        assert not _lines("每夜备份没有成功")
        assert not _lines("没有做完")
        (line,) = _lines("正在做备份")
        assert line.startswith("[OK]")
    assert _lines("每夜备份没有成功")
    made(timezone.now(), target)
    assert not _lines("每夜备份没有成功")


def test_one_from_the_future_is_noted_and_is_not_the_latest(target: Path) -> None:
    made(timezone.now() + timedelta(days=30), target)
    (line,) = _lines("还没有到")
    assert line.startswith("[注意]")
    assert _lines("还没有备份")


def test_a_folder_that_hangs_is_an_error_and_keeps_nobody_waiting(
    settings: Settings, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LOOK_S", 0.1)
    released = Event()
    monkeypatch.setattr(places, "complete", lambda _target: released.wait() and [])
    (line,) = _lines("没有应答")
    released.set()
    assert line.startswith("[错误]")


def test_a_restoration_that_is_not_complete_is_an_error(settings: Settings) -> None:
    (settings.DATA_DIR / restoring.UNFINISHED).write_text("20260501T183000Z\n")
    (line,) = _lines("20260501T183000Z")
    assert line.startswith("[错误]")


def test_a_folder_on_the_disk_of_the_data_is_noted_and_one_on_another_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    (line,) = _lines("同一块磁盘")
    assert line.startswith("[注意]")
    with mounted(tmp_path / "medium") as medium:
        settings.GLMV_BACKUP_DIR = medium / "backups"
        assert not _lines("同一块磁盘")
