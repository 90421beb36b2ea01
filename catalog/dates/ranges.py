"""Ranges of days, open to one side perhaps, and how they are written for people."""

import calendar
from dataclasses import dataclass
from datetime import date

APPROXIMATE_YEARS = 2
"""How far "约1960年" reaches to either side."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """The first and the last day a date text may mean; None where it is open to that side."""

    start: date | None
    end: date | None

    def __post_init__(self) -> None:
        if self.start is None and self.end is None:
            raise ValueError("a range is open to one side at most")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError("a range ends before it starts")


def years(first: int, last: int) -> DateRange:
    """Return whole years.

    Raises:
        ValueError: there are no such years.
    """
    return DateRange(date(first, 1, 1), date(last, 12, 31))


def months(year: int, first: int, last: int) -> DateRange:
    """Return whole months of a year.

    Raises:
        ValueError: there is no such year or month.
    """
    # calendar.monthrange raises an error of its own kind for a month 13.
    start = date(year, first, 1)
    return DateRange(start, date(year, last, calendar.monthrange(year, last)[1]))


def widened(found: DateRange) -> DateRange:
    """Return an approximate date's range: some years to either side, whole years; an open side stays open."""
    start = None if found.start is None else date(max(found.start.year - APPROXIMATE_YEARS, 1), 1, 1)
    end = None if found.end is None else date(min(found.end.year + APPROXIMATE_YEARS, 9999), 12, 31)
    return DateRange(start, end)


def spanned(found: list[DateRange]) -> DateRange:
    """Return the range from the first day of all to the last; a side that one of them leaves open is open."""
    starts = [one.start for one in found if one.start is not None]
    ends = [one.end for one in found if one.end is not None]
    return DateRange(min(starts) if len(starts) == len(found) else None, max(ends) if len(ends) == len(found) else None)


def common(one: DateRange, other: DateRange) -> DateRange | None:
    """Return the days that two ranges share; None where they share none."""
    starts = [day for day in (one.start, other.start) if day is not None]
    ends = [day for day in (one.end, other.end) if day is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    if start is not None and end is not None and start > end:
        return None
    return DateRange(start, end)


def written(found: DateRange) -> str:
    """Return a range as a date text that is read as this range again: 1956年, 1956年10月1日至1956年10月3日."""
    # Both ends in as much detail as the one that needs more: 1956年1月1日至1956年1月3日, not 1956年至1956年1月3日.
    parts = max(_parts_of_first(found.start), _parts_of_last(found.end))
    if found.start is None:
        return f"{_text(found.end, parts)}以前"
    if found.end is None:
        return f"{_text(found.start, parts)}以后"
    first, last = _text(found.start, parts), _text(found.end, parts)
    return first if first == last else f"{first}至{last}"


def _parts_of_first(day: date | None) -> int:
    """Return how much of a first day has to be written: its year, the month too, or the day as well."""
    if day is None or (day.month, day.day) == (1, 1):
        return 1
    return 2 if day.day == 1 else 3


def _parts_of_last(day: date | None) -> int:
    """Return how much of a last day has to be written."""
    if day is None or (day.month, day.day) == (12, 31):
        return 1
    return 2 if day.day == calendar.monthrange(day.year, day.month)[1] else 3


def _text(day: date | None, parts: int) -> str:
    """Return the first parts of a day; empty where there is no day."""
    return "" if day is None else "".join((f"{day.year:04d}年", f"{day.month}月", f"{day.day}日")[:parts])
