"""Hours are read as people write them; whatever the clock says, it is plain whether work may begin and when."""

from datetime import datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from glmv_site.environment import Environment
from glmv_site.office_hours import OfficeHours, office_hours

DAY = office_hours("08:00-18:00")
WEEK = office_hours("周一-周五 08:00-12:00，13:30-18:00")
NIGHT = office_hours("20:00-06:00")


def at(text: str) -> datetime:
    """Return a moment of the week that begins on Monday, 30 November 2026."""
    day, _, clock = text.partition(" ")
    number = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day)
    return datetime.fromisoformat(f"{'2026-11-30' if number == 0 else f'2026-12-0{number}'} {clock}")


@pytest.mark.parametrize(
    ("hours", "moment", "begins"),
    [
        (DAY, "Mon 07:59", False),
        (DAY, "Mon 08:00", True),
        (DAY, "Sun 17:54", True),
        (DAY, "Mon 17:55", False),
        (DAY, "Mon 18:00", False),
        (WEEK, "Mon 11:54", True),
        (WEEK, "Mon 11:56", False),
        (WEEK, "Mon 12:30", False),
        (WEEK, "Fri 13:30", True),
        (WEEK, "Sat 09:00", False),
        (NIGHT, "Mon 19:59", False),
        (NIGHT, "Mon 23:59", True),
        (NIGHT, "Tue 00:00", True),
        (NIGHT, "Tue 05:56", False),
        (NIGHT, "Tue 12:00", False),
    ],
)
def test_something_new_is_begun_within_the_hours_and_not_just_before_their_end(
    hours: OfficeHours, moment: str, begins: bool
) -> None:
    assert hours.takes_new_work(at(moment)) is begins


def test_hours_that_join_on_have_no_end_between_them() -> None:
    joined = office_hours("08:00-12:00,12:00-18:00")
    assert joined.takes_new_work(at("Mon 11:58"))
    assert joined.end(at("Mon 11:58")) == at("Mon 18:00")
    always = office_hours("00:00-12:00,12:00-24:00")
    assert always.takes_new_work(at("Mon 23:58"))
    assert always.end(at("Mon 23:58")) is None


@pytest.mark.parametrize(
    ("hours", "moment", "words"),
    [
        (DAY, "Mon 07:00", "今天 08:00 自动继续"),
        (DAY, "Mon 19:00", "明天 08:00 自动继续"),
        (DAY, "Mon 17:57", "明天 08:00 继续"),
        (WEEK, "Mon 12:30", "今天 13:30 自动继续"),
        (WEEK, "Fri 20:00", "12 月 7 日 08:00 自动继续"),
    ],
)
def test_it_is_said_when_work_goes_on(hours: OfficeHours, moment: str, words: str) -> None:
    assert words in hours.sentence(at(moment))


def test_within_the_hours_there_is_nothing_to_say() -> None:
    assert DAY.sentence(at("Mon 09:00")) == ""


def test_without_hours_work_goes_on_at_any_time() -> None:
    assert office_hours("").takes_new_work(at("Mon 03:00"))
    assert office_hours(" ").sentence() == ""


def test_a_whole_day_can_be_written() -> None:
    nights = office_hours("Mon-Fri 18:00-08:00,Sat-Sun 00:00-24:00")
    assert not nights.is_open(at("Mon 12:00"))
    assert nights.is_open(at("Mon 19:00"))
    assert nights.is_open(at("Sat 12:00"))
    assert nights.takes_new_work(at("Sat 23:58"))


def test_nights_and_whole_weekends_as_the_manual_writes_them() -> None:
    hours = office_hours("18:00-08:00,周六-周日 00:00-24:00")
    assert hours.is_open(at("Mon 03:00"))
    assert hours.end(at("Mon 03:00")) == at("Mon 08:00")
    assert not hours.is_open(at("Mon 12:00"))
    assert hours.is_open(at("Fri 23:00"))
    assert hours.is_open(at("Sat 12:00"))
    assert hours.is_open(at("Sun 23:58"))


def test_midnight_is_24_00_at_an_end_and_00_00_at_a_beginning() -> None:
    assert office_hours("18:00-24:00,周六-周日 00:00-24:00").in_words == "18:00–24:00、周六–周日 00:00–24:00"
    assert office_hours("20:00-00:00,00:00-06:00").in_words == "20:00–24:00、00:00–06:00"


@pytest.mark.parametrize("moment", ["1970-01-01 00:00", "2000-01-01 03:00"])
def test_a_clock_that_has_lost_its_time_keeps_nobody_from_working(moment: str) -> None:
    assert DAY.takes_new_work(datetime.fromisoformat(moment))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("8:00～18:00", "08:00-18:00"),
        ("08：00—12：00；13:30-18:00", "08:00-12:00,13:30-18:00"),
        ("Mon-Fri 08:00-18:00", "周一至周五 08:00-18:00"),
        ("星期六 09:00-12:00", "sat 09:00-12:00"),
        ("Fri-Mon 08:00-18:00", "周五-周一 08:00-18:00"),
    ],
)
def test_hours_are_read_however_they_are_written(text: str, same: str) -> None:
    assert office_hours(text) == office_hours(same)


def test_days_can_differ() -> None:
    hours = office_hours("周一-周五 08:00-18:00,周六 09:00-12:00")
    assert hours.takes_new_work(at("Sat 10:00"))
    assert not hours.takes_new_work(at("Sat 13:00"))
    assert hours.in_words == "周一–周五 08:00–18:00、周六 09:00–12:00"


@pytest.mark.parametrize(
    "text",
    [
        "8-18",
        "08:00",
        "25:00-26:00",
        "08:60-09:00",
        "08:00-08:05",
        "08:00-08:00",
        "24:00-00:00",
        "24:00-08:00",
        "00:00-00:00",
        "某日 08:00-18:00",
        "x",
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_start_with_examples(text: str) -> None:
    env = Environment()
    env.ENVIRON = {"GLMV_HOURS": text}
    with pytest.raises(ImproperlyConfigured, match=r"GLMV_HOURS 的值.*08:00-18:00"):
        env.parsed("GLMV_HOURS", office_hours, default="")
