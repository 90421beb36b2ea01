"""The dates that a spreadsheet may take a text for, and those that a cell shows.

5-12 is the twelfth of May or the fifth of December, or May 1912, as the program and its language like; of a text that
names no year it takes the present one. So days are kept with what is known of them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from catalog.exchange.imports.cells import Cell, EarlyDate

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_THREE = re.compile(r"(\d{1,4})[-/.年](\d{1,4})[-/.月](\d{1,4})日?(?:[ T]0?0:00(?::00)?)?")
_TWO = re.compile(r"(\d{1,4})[-/.年月](\d{1,4})[月日]?")
_NAME_FIRST = re.compile(rf"{_NAME}[-/. ]?(?P<number>\d{{1,4}})", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"(?P<number>\d{{1,4}})[-/. ]?{_NAME}(?:[-/. ](?P<year>\d{{2,4}}))?", re.IGNORECASE)
_LONGEST = 24
_PRESENT = 2020
"""The year that a spreadsheet adds is the one in which it was opened; a person adds that of the photograph."""
# What programs write of a date, as against what people write in numbers: 12-May, 5月12日, 05/12/56, 1956/5/12.
_WRITTEN_BY_PROGRAMS = re.compile(
    r".*[a-z月年].*|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d\d[-/.]\d\d[-/.]\d\d", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or the month alone.

    Attributes:
        year: None where it is not said.
        month: from 1.
        day: from 1; the first where it is not said, as spreadsheets do.
    """

    year: int | None
    month: int
    day: int

    def agrees(self, other: "Day") -> bool:
        """Tell whether a spreadsheet may have made the other of this."""
        if (self.month, self.day) != (other.month, other.day):
            return False
        return other.year is None or self.year == other.year or (self.year is None and other.year >= _PRESENT)

    @property
    def full(self) -> date | None:
        """Return it as a date, where its year is known."""
        return date(self.year, self.month, self.day) if self.year is not None else None


@lru_cache(maxsize=4096)
def days_meant(text: str) -> frozenset[Day]:
    """Return the days that a spreadsheet may take a text for.

    Args:
        text: as it was exported.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain or len(plain) > _LONGEST or not any(map(str.isdigit, plain)):
        return frozenset()
    return frozenset(_days(plain))


def days_shown(cell: Cell) -> set[Day]:
    """Return the days that a cell shows: of a date its own, of a text what it may mean.

    Args:
        cell: of a table that came back.
    """
    if isinstance(cell, EarlyDate):
        return {Day(cell.day.year, cell.day.month, cell.day.day)}
    if isinstance(cell, datetime | date):
        # Where 1900 is no leap year, days before its March have a number more.
        before = cell - timedelta(days=1) if (cell.year, cell.month) < (1900, 3) else cell
        return {Day(day.year, day.month, day.day) for day in (cell, before)}
    if isinstance(cell, str) and _WRITTEN_BY_PROGRAMS.fullmatch(cell.strip()):
        return set(days_meant(cell))
    return set()


def _days(text: str) -> Iterator[Day]:
    if (found := _THREE.fullmatch(text)) is not None:
        one, two, three = found.groups()
        for year, month, day in ((one, two, three), (three, one, two), (three, two, one)):
            yield from _day(year, month, day)
    elif (found := _TWO.fullmatch(text)) is not None:
        one, two = found.groups()
        yield from _day(None, one, two)
        yield from _day(None, two, one)
        yield from _day(one, two, "1")
        yield from _day(two, one, "1")
    elif (found := _NAME_FIRST.fullmatch(text)) is not None:
        month = str(_MONTHS.index(found["name"].lower()) + 1)
        yield from _day(None, month, found["number"])
        yield from _day(found["number"], month, "1")
    elif (found := _NUMBER_FIRST.fullmatch(text)) is not None:
        month = str(_MONTHS.index(found["name"].lower()) + 1)
        yield from _day(found["year"], month, found["number"])
        if not found["year"]:
            yield from _day(found["number"], month, "1")


def _day(year: str | None, month: str, day: str) -> Iterator[Day]:
    """Yield a day in each century that two figures may mean, where there is one."""
    if year is None:
        # A leap year has every day.
        years: tuple[int | None, ...] = (None,)
    elif len(year) <= 2:
        years = (1900 + int(year), 2000 + int(year))
    else:
        years = (int(year),)
    for known in years:
        try:
            date(2000 if known is None else known, int(month), int(day))
        except ValueError:
            continue
        yield Day(known, int(month), int(day))
