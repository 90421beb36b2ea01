"""Completes what two dates that belong together leave out because the other one says it: "1958-62", "50-60年代"."""

import re
from collections.abc import Iterator

from catalog.dates.eras import to_gregorian

_UNIT = re.compile(r"(?:年代|世纪|季度|[年月日号])$")
_YEAR_ALONE = re.compile(r"^\d{4}年?$")
_SHORT_YEAR = re.compile(r"^\d{2}(?:年|[-./]|$)")
_BARE = re.compile(r"^\d{1,2}$")
_LEADING = re.compile(r"^(?P<year>\d{4}(?:年|[-./]))(?:(?P<month>\d{1,2}(?:月|[-./]))(?P<day>\d)?)?")
_SPAN = re.compile(r"^(?P<century>\d{1,2}世纪)?(?P<decade>\d{2,4}年代)?")


def completed(first: str, last: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of full date texts that two texts may stand for, the likeliest first.

    Args:
        first: the text before a range sign or a comma, in its normal form.
        last: the text after it.
    """
    if not first or not last:
        return
    first = to_gregorian(first)
    lasts = list(_with_beginning(first, last))
    for one in (first, *_with_unit(first, last)):
        for other in lasts:
            yield one, other


def _with_unit(first: str, last: str) -> Iterator[str]:
    """Yield the first text with the unit that only the last one has: 50 in "50-60年代"."""
    unit = _UNIT.search(last)
    if unit is None and (unit := re.search(r"年代|世纪", last)) is None:
        return
    if first[-1:].isdigit():
        yield first + unit[0]


def _with_beginning(first: str, last: str) -> Iterator[str]:
    """Yield the last text, alone and with the beginning that only the first one has."""
    span = _SPAN.match(first)
    if span and span["century"]:
        # Before the text alone: 七十年代 after 十九世纪六十年代 is not the twentieth century's.
        yield span["century"] + last
    yield last
    if span and span[0]:
        yield span[0] + last
    leading = _LEADING.match(first)
    is_day, is_bare = bool(leading and leading["day"]), bool(_BARE.match(last))
    # A bare 12 is a day after a day, and a month after a month.
    if leading and leading["month"] and (is_day or not is_bare):
        yield leading["year"] + leading["month"] + last
    if leading and not _YEAR_ALONE.match(first) and not (is_day and is_bare):
        yield leading["year"] + last
    if _SHORT_YEAR.match(last) and first[:4].isdigit() and first[2:4] < last[:2]:
        yield first[:2] + last
