"""How past questions are shown in a list: by day, each with its first picture and the beginning of its answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone

from inference.models import Exchange, Picture
from inference.models.exchanges import ExchangeQuerySet
from inference.words import cut_around_hit, mark_hits

PER_PAGE = 20
_BEGINNING = 90
# Marks of Markdown that say nothing where a text stands on one line.
_MARKS = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+|```\w*\s*$)|\*\*|__|`", re.MULTILINE)

Pieces = list[tuple[str, bool]]
"""A text cut where a word that was looked for begins or ends, each piece with whether it is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question in the list."""

    exchange: Exchange
    picture: Picture | None
    more_pictures: int
    question: Pieces
    beginning: Pieces


@dataclass(frozen=True, slots=True)
class Day:
    """The questions of one day, the latest first."""

    date: date
    rows: list[Row]


def for_list(exchanges: ExchangeQuerySet) -> ExchangeQuerySet:
    """Fetch with exchanges what a list shows of them: two queries, however many there are.

    Args:
        exchanges: what is listed.
    """
    return exchanges.defer("reasoning", "boxes", "error").prefetch_related("pictures")


def by_day(exchanges: Iterable[Exchange], words: list[str]) -> list[Day]:
    """Put exchanges under the days on which they were asked.

    Args:
        exchanges: the latest first.
        words: what was looked for; the list shows where it stands.
    """
    days = groupby(exchanges, key=lambda exchange: timezone.localtime(exchange.asked_at).date())
    return [Day(day, [_row(exchange, words) for exchange in group]) for day, group in days]


def _row(exchange: Exchange, words: list[str]) -> Row:
    pictures = list(exchange.pictures.all())
    return Row(
        exchange=exchange,
        picture=pictures[0] if pictures else None,
        more_pictures=max(0, len(pictures) - 1),
        question=list(mark_hits(_summary(exchange, words), words)),
        beginning=list(mark_hits(_shortened(_MARKS.sub("", exchange.answer), words), words)),
    )


def _summary(exchange: Exchange, words: list[str]) -> str:
    """Return the summary, or that part of the question in which a word stands that the summary leaves out."""
    summary = str(exchange)
    lowered = exchange.question.lower()
    if all(word.lower() in summary.lower() or word.lower() not in lowered for word in words):
        return summary
    return _shortened(exchange.question, words)


def _shortened(text: str, words: list[str]) -> str:
    return cut_around_hit(text, words, before=20, length=_BEGINNING)
