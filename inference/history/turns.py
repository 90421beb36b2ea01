"""One conversation as it is read again: each question with its pictures, its answer, and where the answer points."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString

from inference.history.rendering import to_html, worded
from inference.models import Exchange, Picture
from inference.models.exchanges import ExchangeQuerySet

_SCALE = 10  # thousandths of a picture's side, in percent


@dataclass(frozen=True, slots=True)
class Frame:
    """A box of an answer, in percent of the picture's width and height."""

    number: int
    x: str
    y: str
    width: str
    height: str
    area: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, with the boxes that the answer drew into it."""

    picture: Picture
    frames: list[Frame]
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer."""

    exchange: Exchange
    shown: list[Shown]
    answer: str
    html: SafeString
    frames: list[Frame]


def turns_of(exchange: Exchange, mine: ExchangeQuerySet) -> list[Turn]:
    """Read a conversation, its beginning first: two queries, however long it is.

    Args:
        exchange: one of its exchanges.
        mine: what belongs to whoever reads; others' have no place in it, whatever conversation they name.
    """
    rows = mine.filter(conversation=exchange.conversation).order_by("asked_at", "pk").prefetch_related("pictures")
    turns: list[Turn] = []
    earlier: Picture | None = None
    for row in rows:
        pictures = list(row.pictures.all())
        # What lies within another box lies above it, so that both can be pointed at.
        frames = sorted(_frames(row.boxes), key=lambda frame: -frame.area)
        shown = _shown(pictures, earlier, frames)
        # Where nothing is drawn, the coordinates are all there is.
        drawn = row.boxes if any(each.frames for each in shown) else []
        html = SafeString(to_html(row.answer, drawn))
        turns.append(Turn(row, shown, worded(row.answer, drawn), html, frames))
        earlier = pictures[0] if pictures else earlier
    return turns


def _shown(pictures: list[Picture], earlier: Picture | None, frames: list[Frame]) -> list[Shown]:
    """Put the boxes on the first picture; of a question without any, on the one that was asked about before."""
    if not pictures and frames and earlier is not None and earlier.shown:
        return [Shown(earlier, frames, is_earlier=True)]
    # Of what a program asked about only a thumbnail is kept, too small to draw on.
    return [Shown(each, frames if number == 0 and each.shown else []) for number, each in enumerate(pictures)]


def _frames(boxes: list[dict[str, int]]) -> Iterator[Frame]:
    for number, box in enumerate(boxes, 1):
        left, right = sorted((box["x1"], box["x2"]))
        top, bottom = sorted((box["y1"], box["y2"]))
        x, y, width, height = (f"{value / _SCALE:g}%" for value in (left, top, right - left, bottom - top))
        yield Frame(number, x, y, width, height, area=(right - left) * (bottom - top))
