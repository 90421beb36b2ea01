"""What was read on a page, as a `Reading` keeps it: plain objects, and the text that they make together."""

from collections.abc import Iterable
from typing import Any

from catalog.texts import storable, unbroken
from inference.reader import SEAL_MARK, Line, Unread


def kept_line(page: int, line: Line) -> dict[str, Any]:
    """Return a line as it is kept.

    Args:
        page: its page, from 0.
        line: what was read.
    """
    kept: dict[str, Any] = {
        "page": page,
        "text": storable(line.text),
        "quad": list(line.quad),
        "confidence": line.confidence,
        "vertical": line.vertical,
    }
    if line.is_seal:
        kept["is_seal"] = True
    if line.under_red:
        kept["under_red"] = True
    if line.other:
        kept["other"] = storable(line.other)
    return kept


def kept_loss(page: int, place: Unread) -> dict[str, Any]:
    """Return what was lost as it is kept.

    Args:
        page: its page, from 0.
        place: what was lost, and where.
    """
    return {"page": page, "loss": place.loss.value, "quad": list(place.quad)}


def text_of(lines: Iterable[dict[str, Any]]) -> str:
    """Return what lines say, one under the other, and what a seal says as a seal's; an empty line between pages.

    Args:
        lines: as they are kept, in the order of reading.
    """
    pages: dict[int, list[str]] = {}
    for line in lines:
        pages.setdefault(line["page"], []).append((SEAL_MARK if line.get("is_seal") else "") + line["text"])
    return "\n\n".join("\n".join(said) for said in pages.values())


def searched_text(lines: Iterable[dict[str, Any]], text: str) -> str:
    """Return what lines are found by: their text over the ends of lines, and their other readings.

    Args:
        lines: as they are kept.
        text: what they say together.
    """
    return "\n".join([unbroken(text), *map(unbroken, other_readings(lines))])


def other_readings(lines: Iterable[dict[str, Any]]) -> list[str]:
    """Return the second readings of the lines that have one.

    Args:
        lines: as they are kept.
    """
    return [line["other"] for line in lines if line.get("other")]
