"""How past questions are shown in a list: by day, each with its first picture and the beginning of its answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone

from inference.history.rendering import worded
from inference.models import Exchange, Picture
from inference.models.exchanges import ExchangeQuerySet
from inference.words import cut_around_hit, mark_hits

PER_PAGE = 20
_BEGINNING = 90
# Marks of Markdown that say nothing where a text stands on one line.
_MARKS = re.compile(r"^ {0,3}(?:#{1,6} +|> ?|[-*+] +|```\w*$)|\*\*|__|`", re.MULTILINE)
_TABLE_MARKS = re.compile(r"^[ |:-]+$|\|", re.MULTILINE)

Pieces = list[tuple[str, bool]]
"""A text cut where a word that was looked for begins or ends, each piece with whether it is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question in the list.

    Attributes:
        exchange: the question and its answer.
        picture: the first one it brought; of a question that went on about an earlier one, that.
        is_earlier: whether the picture is an earlier question's.
        more_pictures: how many others it brought.
        question: its summary, or where a word stands in it.
        beginning: that of the answer, or where a word stands in it.
    """

    exchange: Exchange
    picture: Picture | None
    is_earlier: bool
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
    return exchanges.defer("reasoning", "error").prefetch_related("pictures")


def by_day(exchanges: Sequence[Exchange], mine: ExchangeQuerySet, words: list[str]) -> list[Day]:
    """Put exchanges under the days on which they were asked: one more query, for pictures of earlier questions.

    Args:
        exchanges: the latest first.
        mine: all that belongs to whoever looks at them.
        words: what was looked for; the list shows where it stands.
    """
    before = _earlier_pictures(exchanges, mine)
    days = groupby(exchanges, key=lambda exchange: timezone.localtime(exchange.asked_at).date())
    return [Day(day, [_row(exchange, before.get(exchange.pk), words) for exchange in group]) for day, group in days]


def _earlier_pictures(exchanges: Sequence[Exchange], mine: ExchangeQuerySet) -> dict[int, Picture]:
    """Return for questions without a picture the one that their conversation was about when they were asked."""
    without = [exchange for exchange in exchanges if not exchange.pictures.all()]
    if not without:
        return {}
    talks = mine.filter(conversation__in={exchange.conversation for exchange in without})
    known = Picture.objects.filter(exchange__in=talks.order_by(), position=0)
    found = {}
    for picture in known.select_related("exchange").order_by("exchange__asked_at", "exchange"):
        asked = picture.exchange
        for exchange in without:
            if asked and asked.conversation == exchange.conversation and asked.asked_at <= exchange.asked_at:
                found[exchange.pk] = picture
    return found


def _row(exchange: Exchange, earlier: Picture | None, words: list[str]) -> Row:
    pictures = list(exchange.pictures.all())
    answer = _TABLE_MARKS.sub(" ", _MARKS.sub("", worded(exchange.answer, exchange.boxes)))
    return Row(
        exchange=exchange,
        picture=pictures[0] if pictures else earlier,
        is_earlier=not pictures and earlier is not None,
        more_pictures=max(0, len(pictures) - 1),
        question=list(mark_hits(_summary(exchange, words), words)),
        beginning=list(mark_hits(_shortened(answer, words), words)),
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
