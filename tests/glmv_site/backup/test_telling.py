"""Administrators see on the first page how old the latest backup is; nobody else does. Prometheus reads it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from prometheus_client import CollectorRegistry
from pytest_django import Settings

from glmv_site.backup import status, telling
from inference.metrics.moments import MomentMetrics
from tests.catalog.people import administrator, browser, reviewer
from tests.glmv_site.backup.test_nightly import made

pytestmark = pytest.mark.django_db
_GAUGE = "glmv_backup_last_success_timestamp_seconds"


@pytest.fixture(autouse=True)
def target(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    settings.GLMV_BACKUP_DIR = folder
    settings.DATA_DIR = tmp_path / "data"
    return folder


def test_administrators_are_told_the_age_and_others_are_not(target: Path) -> None:
    made(timezone.now() - timedelta(hours=3), target)
    page = browser(administrator()).get("/admin/").content.decode()
    assert "最近一次备份：3" in page
    assert "installation-notice urgent" not in page
    assert "备份" not in browser(reviewer(None)).get("/admin/").content.decode()


def test_none_and_an_old_one_are_urgent(target: Path) -> None:
    boss = browser(administrator())
    page = boss.get("/admin/").content.decode()
    assert "还没有备份" in page
    made(timezone.now() - timedelta(days=3), target)
    page = boss.get("/admin/").content.decode()
    assert "最近一次备份是 3 天前" in page
    assert "太久了。请运行 python manage.py doctor" in page
    assert "installation-notice urgent" in page


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "刚刚"),
        (timedelta(minutes=1), "1 分钟前"),
        (timedelta(minutes=119), "1 小时前"),
        (timedelta(hours=23, minutes=59), "23 小时前"),
        (timedelta(days=4, hours=23), "4 天前"),
        (timedelta(days=45), "45 天前"),
    ],
)
def test_ages_are_said_as_people_say_them(target: Path, ago: timedelta, words: str) -> None:
    now = timezone.now()
    backup = status.described(made(now - ago, target))
    assert telling.age_of(backup, now) == words


def test_commands_are_named_as_they_are_run_here(settings: Settings, target: Path) -> None:
    settings.GLMV_MANAGE = "bash start.sh manage"
    boss = browser(administrator())
    assert "请运行 bash start.sh manage backup" in boss.get("/admin/").content.decode()
    made(timezone.now(), target, lacking=1)
    assert "请运行 bash start.sh manage verify_files" in boss.get("/admin/").content.decode()
    made(timezone.now() - timedelta(days=3), target)
    page = boss.get("/admin/").content.decode()
    assert "请运行 bash start.sh manage doctor" in page
    assert "python manage.py" not in page


def test_one_that_lacks_files_is_urgent(target: Path) -> None:
    made(timezone.now(), target, lacking=3)
    page = browser(administrator()).get("/admin/").content.decode()
    assert "最近一次备份缺 3 个文件" in page
    assert "installation-notice urgent" in page


def test_the_metric_is_the_time_of_the_latest_and_0_for_none(target: Path) -> None:
    registry = CollectorRegistry()
    registry.register(MomentMetrics(lambda: telling.moments))
    assert registry.get_sample_value(_GAUGE) == 0
    moment = timezone.now() - timedelta(hours=3)
    made(moment, target)
    assert registry.get_sample_value(_GAUGE) == moment.timestamp()


def test_it_is_among_the_metrics_of_the_site(target: Path) -> None:
    assert f"\n{_GAUGE} 0.0\n" in browser().get("/metrics").content.decode()
