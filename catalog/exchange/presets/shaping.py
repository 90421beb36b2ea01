"""How a value is written for another system: its terms, its form of date, its greatest length."""

import calendar
import re
from datetime import date

from catalog import dates
from catalog.exchange.presets.definitions import DateForm

_TAIL = "……"
# What says that a date is somebody's finding, or near: written in brackets, as DA/T 18 writes 考证日期.
_FOUND_OUT = re.compile(r"[\[［〔【?？]|约|左右|前后|考证|推测|估计")
_OF_ISO = (DateForm.ISO, DateForm.DAY)
_OPEN = ".."
_SEPARATORS = {DateForm.COMPACT: "", DateForm.ISO: "-", DateForm.SLASHED: "/", DateForm.DOTTED: "."}


def dated(text: str, form: DateForm) -> str:
    """Return a date text in a form; as it is where it is not understood.

    Args:
        text: the date as the record has it.
        form: how it is to be written. Of what is known to a month or a year, no more is written, unless the form says
            otherwise; a range is written with its two ends. One that is open to one side only ISO's forms can write.
    """
    if form is DateForm.AS_WRITTEN or not text or (found := dates.parse(text)) is None:
        return text
    if None in (found.start, found.end) and form not in _OF_ISO:
        return text
    written = _ends(found, form)
    return f"[{written}]" if _FOUND_OUT.search(text) and form in (DateForm.COMPACT, DateForm.PADDED) else written


def day_of(day: date | None, form: DateForm) -> str:
    """Return one day of a record's range in a form; empty where there is none.

    Args:
        day: the day.
        form: how it is written; as `YYYY-MM-DD` where the form is as the text is.
    """
    if day is None:
        return ""
    if form is DateForm.YEAR:
        return f"{day.year:04d}"
    separator = _SEPARATORS.get(form, "" if form is DateForm.PADDED else "-")
    return _joined(day, 3, separator)


def is_understood(text: str) -> bool:
    """Tell whether a date can be written in a form."""
    return dates.parse(text) is not None


def shortened(text: str, longest: int, *, kept: str = "") -> str:
    """Return a text of no more characters than a system takes, with what must not be lost at its end.

    Args:
        text: the text.
        longest: the greatest number of characters; 0 for any.
        kept: what is added to it and never shortened, unless it is longer than that itself.
    """
    whole = f"{text}{kept}"
    if not longest or len(whole) <= longest:
        return whole
    room = longest - len(kept)
    if room <= len(_TAIL):
        return whole[:longest] if not kept else kept.strip()[:longest]
    return f"{text[: room - len(_TAIL)]}{_TAIL}{kept}"


def _ends(found: dates.DateRange, form: DateForm) -> str:
    parts = max(_parts_of_first(found.start), _parts_of_last(found.end))
    if form is DateForm.YEAR:
        parts = 1
    first = _OPEN if found.start is None else _end(found.start, parts, form)
    last = _OPEN if found.end is None else _end(found.end, parts, form)
    if first == last:
        return first
    between = "/" if form in _OF_ISO else "-"
    return f"{first}{between}{last}"


def _end(day: date, parts: int, form: DateForm) -> str:
    if form is DateForm.DAY:
        return _joined(day, 3, "-")
    if form is DateForm.PADDED:
        return _joined(day, parts, "").ljust(8, "0")
    return _joined(day, parts, _SEPARATORS.get(form, ""))


def _joined(day: date, parts: int, separator: str) -> str:
    return separator.join((f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}")[:parts])


def _parts_of_first(day: date | None) -> int:
    if day is None or (day.month, day.day) == (1, 1):
        return 1
    return 2 if day.day == 1 else 3


def _parts_of_last(day: date | None) -> int:
    if day is None or (day.month, day.day) == (12, 31):
        return 1
    return 2 if day.day == calendar.monthrange(day.year, day.month)[1] else 3
