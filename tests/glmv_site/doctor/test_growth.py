"""The doctor tells from the dates of the masters how fast the disk fills up."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.models import ImageFile
from glmv_site.doctor.growth import bytes_per_day, growth
from tests.factories import ImageFileFactory
from tests.outages import mounted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def disk(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    with mounted(tmp_path / "disk") as folder:
        settings.MEDIA_ROOT = folder
        yield folder


def brought_in(size: int, days_ago: float, **columns: object) -> ImageFile:
    file = ImageFileFactory(byte_size=size, **columns)
    ImageFile.objects.filter(pk=file.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return file


def test_without_masters_of_late_nothing_grows() -> None:
    brought_in(1_000_000, days_ago=40)
    (finding,) = growth()
    assert finding.level == "ok"


def test_masters_and_what_is_made_of_them_count_over_the_last_days() -> None:
    brought_in(9_000_000, days_ago=100)
    file = brought_in(3_000_000, days_ago=10)
    made = file.thumbnail.size + file.screen.size
    assert bytes_per_day() == pytest.approx((3_000_000 + made) / 30)


def test_a_new_installation_has_not_grown_for_a_month() -> None:
    file = brought_in(3_000_000, days_ago=2)
    made = file.thumbnail.size + file.screen.size
    assert bytes_per_day() == pytest.approx((3_000_000 + made) / 2, rel=0.01)


def test_masters_left_on_a_nas_take_no_room_here() -> None:
    brought_in(3_000_000, days_ago=2, master="", source_path="/nas/1.jpg", thumbnail="", screen="")
    assert bytes_per_day() == 0


def test_the_day_on_which_the_disk_is_full_is_told_with_what_to_do(disk: Path) -> None:
    brought_in(30 * 400_000, days_ago=29.9)
    day = timezone.localdate() + timedelta(days=int(shutil.disk_usage(disk).free / bytes_per_day()))
    (finding,) = growth()
    assert finding.level == "note"
    assert f"{day.year}年{day.month}月{day.day}日" in finding.text
    assert "--in-place" in finding.text


def test_a_disk_that_is_full_within_the_week_is_an_error() -> None:
    brought_in(6_000_000, days_ago=1)
    (finding,) = growth()
    assert finding.level == "error"


def test_a_disk_with_room_for_a_long_time_is_in_order() -> None:
    brought_in(30_000, days_ago=29)
    (finding,) = growth()
    assert finding.level == "ok"
