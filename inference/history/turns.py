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
        frames = list(_frames(row.boxes))
        shown = _shown(pictures, earlier, frames)
        # Where nothing is drawn, the coordinates are all there is.
        drawn = row.boxes if any(picture.frames for picture in shown) else []
        html = SafeString(to_html(row.answer, drawn))
        turns.append(Turn(row, shown, worded(row.answer, drawn), html, frames))
        earlier = pictures[0] if pictures else earlier
    return turns


def _shown(pictures: list[Picture], earlier: Picture | None, frames: list[Frame]) -> list[Shown]:
    """Put the boxes on the first picture; of a question without any, on the one that was asked about before."""
    if not pictures and frames and earlier is not None:
        return [Shown(earlier, frames, is_earlier=True)]
    return [Shown(picture, frames if number == 0 else []) for number, picture in enumerate(pictures)]


def _frames(boxes: list[dict[str, int]]) -> Iterator[Frame]:
    for number, box in enumerate(boxes, 1):
        left, right = sorted((box["x1"], box["x2"]))
        top, bottom = sorted((box["y1"], box["y2"]))
        yield Frame(number, *(f"{value / _SCALE:g}%" for value in (left, top, right - left, bottom - top)))
