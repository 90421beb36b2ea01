"""Dates as visitors write them into a filter."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from catalog.forms import PartialDateField


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1958", date(1958, 1, 1), date(1958, 12, 31)),
        ("1958-02", date(1958, 2, 1), date(1958, 2, 28)),
        ("1958年3月12日", date(1958, 3, 12), date(1958, 3, 12)),
        ("五十年代", date(1950, 1, 1), date(1959, 12, 31)),
        (" １９５８ ", date(1958, 1, 1), date(1958, 12, 31)),
    ],
)
def test_a_date_is_read_as_the_first_or_the_last_day_it_covers(text: str | None, first: date, last: date) -> None:
    assert PartialDateField(required=False).clean(text) == first
    assert PartialDateField(required=False, last_day=True).clean(text) == last


@pytest.mark.parametrize("text", ["", "   ", None])
def test_nothing_written_is_no_date(text: str | None) -> None:
    assert PartialDateField(required=False).clean(text) is None


@pytest.mark.parametrize("text", ["昨天", "1958-13", "1958-02-30", "0000", "19", "\x00", "9" * 1000])
def test_nonsense_is_refused_with_an_example_of_what_is_understood(text: str | None) -> None:
    with pytest.raises(ValidationError):
        PartialDateField(required=False).clean(text)


def test_the_refusal_shows_what_is_understood() -> None:
    with pytest.raises(ValidationError, match="1958"):
        PartialDateField(required=False).clean("昨天")
