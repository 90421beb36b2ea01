"""What the doctor says of the hours: which are kept, whether it is within them, and what does not go with them."""

from datetime import time

import pytest
from pytest_django import Settings

from glmv_site.doctor.hours import hours
from glmv_site.office_hours import office_hours, wall_clock
from tests.glmv_site.conftest import free_port
from tests.glmv_site.doctor.test_ports import answering

_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@pytest.fixture(autouse=True)
def place(settings: Settings) -> int:
    settings.HOST, settings.PORT = "127.0.0.1", int(free_port())
    return int(settings.PORT)


def _told() -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in hours()]


def test_without_hours_that_is_said() -> None:
    assert _told() == [("ok", "没有设置 GLMV_HOURS，后台随时处理批次。")]


def test_within_the_hours_they_are_named(settings: Settings) -> None:
    settings.GLMV_HOURS = office_hours("00:00-12:00,12:00-24:00")
    ((level, text),) = _told()
    assert level == "ok"
    assert "00:00–12:00" in text
    assert "现在在工作时段内" in text


def test_outside_them_it_is_said_when_work_goes_on(settings: Settings) -> None:
    settings.GLMV_HOURS = office_hours(f"{_DAYS[(wall_clock().weekday() + 3) % 7]} 09:00-12:00")
    ((level, text),) = _told()
    assert level == "ok"
    assert "09:00 自动继续" in text


def test_a_backup_for_which_the_machine_is_not_on_is_pointed_out(settings: Settings) -> None:
    settings.GLMV_HOURS, settings.GLMV_BACKUP_AT = office_hours("08:00-18:00"), time(2, 30)
    level, text = _told()[1]
    assert level == "note"
    assert "02:30" in text
    assert "GLMV_BACKUP_AT" in text


@pytest.mark.parametrize("at", [time(17), time(12, 30), None])
def test_a_backup_within_the_hours_or_none_is_no_finding(settings: Settings, at: time | None) -> None:
    settings.GLMV_HOURS, settings.GLMV_BACKUP_AT = office_hours("08:00-18:00"), at
    assert len(_told()) == 1


@pytest.mark.parametrize(("running", "shown"), [("", "全天"), ("08:00–18:00", "08:00–18:00")])
def test_hours_that_the_running_site_does_not_keep_yet_are_pointed_out(
    settings: Settings, place: int, running: str, shown: str
) -> None:
    settings.GLMV_HOURS = office_hours("00:00-12:00,12:00-24:00")
    with answering(place, {"state": "ready", "background": "ok", "hours": running}):
        level, text = _told()[-1]
    assert level == "note"
    assert f"正在运行的网站的工作时段是：{shown}" in text
    assert "重新启动" in text


def test_a_site_that_keeps_the_same_hours_or_does_not_tell_them_is_no_finding(settings: Settings, place: int) -> None:
    settings.GLMV_HOURS = office_hours("08:00-18:00")
    with answering(place, {"state": "ready", "hours": "08:00–18:00"}):
        assert len(_told()) == 1
    with answering(place, {"state": "ready"}):
        assert len(_told()) == 1
