"""The doctor doubts a clock that is behind what has been written, or before the program was there."""

import os
import time
import zoneinfo
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.models import ImageFile
from glmv_site.doctor.clock import clock, zone_of_system
from glmv_site.doctor.findings import Finding
from tests.factories import ImageFileFactory

pytestmark = pytest.mark.django_db


def the_clock() -> Finding:
    return next(iter(clock()))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder before all others on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def say(programs: Path, answer: str) -> None:
    program = programs / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)


def test_a_clock_that_is_not_behind_the_newest_row_is_in_order() -> None:
    ImageFileFactory()
    assert the_clock().level == "ok"


def test_a_clock_that_was_set_back_is_an_error_with_the_command() -> None:
    file = ImageFileFactory()
    ImageFile.objects.filter(pk=file.pk).update(created_at=timezone.now() + timedelta(days=2))
    finding = the_clock()
    assert finding.level == "error"
    assert "拨回" in finding.text
    assert "timedatectl" in finding.text


def test_a_few_seconds_between_machines_are_no_matter() -> None:
    file = ImageFileFactory()
    ImageFile.objects.filter(pk=file.pk).update(created_at=timezone.now() + timedelta(seconds=30))
    assert the_clock().level == "ok"


@pytest.mark.parametrize(("answer", "level"), [("yes", "ok"), ("no", "note")])
def test_whether_others_set_the_clock_is_said_where_systemd_knows(programs: Path, answer: str, level: str) -> None:
    say(programs, answer)
    (finding,) = [finding for finding in clock() if "网络校准" in finding.text]
    assert finding.level == level


def test_a_system_without_systemd_says_nothing_of_it(programs: Path) -> None:
    say(programs, "System has not been booted with systemd")
    assert not [finding for finding in clock() if "网络校准" in finding.text]


def _zone(name: str) -> Path:
    return next(path for path in (Path(place, name) for place in zoneinfo.TZPATH) if path.is_file())


@pytest.mark.parametrize("name", ["America/Lima", "Etc/UTC"])
def test_another_time_zone_of_the_system_is_pointed_out(settings: Settings, name: str) -> None:
    (finding,) = zone_of_system(timezone.now(), _zone(name))
    assert finding.level == "note"
    assert f"set-timezone {settings.TIME_ZONE}" in finding.text


def test_a_system_without_a_time_zone_keeps_utc(tmp_path: Path) -> None:
    (finding,) = zone_of_system(timezone.now(), tmp_path / "localtime")
    assert finding.level == "note"


@pytest.mark.parametrize("name", ["Asia/Shanghai", "Asia/Taipei"])
def test_the_same_hour_by_whatever_name_is_no_finding(name: str) -> None:
    assert not list(zone_of_system(timezone.now(), _zone(name)))


@pytest.mark.parametrize("content", [b"TZif", b"TZif2" + bytes(20), b""])
def test_a_zone_that_cannot_be_read_is_no_finding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "localtime").write_bytes(content)
    assert not list(zone_of_system(timezone.now(), tmp_path / "localtime"))


def test_what_a_shell_says_of_the_zone_is_not_what_cron_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    try:
        assert not list(zone_of_system(timezone.now(), _zone("Asia/Shanghai")))
    finally:
        monkeypatch.undo()
        time.tzset()
