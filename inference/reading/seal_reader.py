"""Reads seals: tries the ways in which one can be set as rows, and keeps what is read with some certainty."""

from typing import Protocol

from inference import reading_order
from inference.reading.pixels import Pixels, in_three_colours, line_pixels, quarter_turned
from inference.reading.seal_text import Cells, round_text, square_texts
from inference.reading.seals import Seal, red_as_black
from inference.reading.types import Line
from inference.reading_order import Quad

_LEAST_CONFIDENCE = 0.6
_LEAST_NUMBER = 6  # figures of a seal's own number
_ELONGATED = 1.7
_LOOK = 960
_SINGLE = 0.15
_Text = tuple[str, float]


class _Recogniser(Protocol):
    def find(self, pixels: Pixels, side: int) -> list[Quad]:
        """Return where text stands."""

    def recognise(self, crops: list[Pixels]) -> list[_Text]:
        """Return what rows say."""


def read_seal(reader: _Recogniser, pixels: Pixels, seal: Seal) -> list[Line]:
    """Read a seal.

    Args:
        reader: who finds and recognises rows.
        pixels: the picture.
        seal: the seal, in its pixels.

    Returns:
        What it says; nothing where that cannot be told.
    """
    black = red_as_black(pixels, seal)
    if min(black.shape) < 8:
        return []
    other = ""
    vertical = False
    if seal.is_round:
        texts = _round(reader, black)
    elif black.shape[1] > _ELONGATED * black.shape[0]:
        texts = _rows(reader, in_three_colours(black))
    else:
        vertical = True
        texts, other = _square(reader, black, is_solid=seal.is_solid)
    return [
        Line(text, seal.quad, round(confidence, 3), vertical=vertical, is_seal=True, other=other)
        for text, confidence in texts
        if confidence >= _LEAST_CONFIDENCE and any(map(str.isalnum, text))
    ]


def _round(reader: _Recogniser, black: Pixels) -> list[_Text]:
    """Read the rim of a round seal, what stands in its middle, and the number along its lower edge."""
    parts = round_text(black)
    rim = _rows(reader, parts.rim) or reader.recognise([parts.rim])
    numbers = [
        (text, confidence)
        for text, confidence in _rows(reader, parts.rim_from_inside)
        if len(text) >= _LEAST_NUMBER and text.isascii() and text.isdigit()
    ]
    texts = ["".join(text for text, _ in rim)]
    sure = min((confidence for _, confidence in rim), default=0.0)
    return [(texts[0], sure), *_rows(reader, parts.middle), *numbers]


def _rows(reader: _Recogniser, pixels: Pixels) -> list[_Text]:
    """Read rows of upright characters in their order."""
    quads = [quad for quad in reader.find(pixels, _LOOK) if not reading_order.is_vertical(quad)]
    order = reading_order.in_order(quads, vertical=False)
    read = reader.recognise([line_pixels(pixels, quads[place]) for place in order])
    return [(text.strip(), confidence) for text, confidence in read if confidence >= _LEAST_CONFIDENCE and text.strip()]


def _square(reader: _Recogniser, black: Pixels, *, is_solid: bool) -> tuple[list[_Text], str]:
    """Read a square seal by columns from the right; return it, and how it reads by rows where that is possible."""
    ways = square_texts(black, is_solid=is_solid)
    read = reader.recognise([way.columns for way in ways])
    fitting = [(way, said) for way, said in zip(ways, read, strict=True) if len(said[0]) == way.count]
    if not fitting:
        # Columns in a running hand touch each other, and are read as they lie.
        return _one_column(reader, black), ""
    best, said = max(fitting, key=lambda pair: _rank(*pair))
    across = reader.recognise([best.across]) if best.across is not None else []
    other = across[0][0] if across and across[0][1] >= _LEAST_CONFIDENCE else ""
    return [said], other if len(other) == len(said[0]) and other != said[0] else ""


def _rank(way: Cells, said: _Text) -> tuple[float, int]:
    """Prefer what is read with more certainty, and of equals the fewer characters: 明 is not 日 and 月.

    A single character is the last guess: of four the recogniser often sees one.
    """
    return round((said[1] - _SINGLE * (way.count == 1)) * 20), -way.count


def _one_column(reader: _Recogniser, black: Pixels) -> list[_Text]:
    if black.shape[0] < _ELONGATED * black.shape[1]:
        return []
    return reader.recognise([quarter_turned(in_three_colours(black), 1)])
