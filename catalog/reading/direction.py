"""Rows that were written from right to left, as on old shop signs, banners and headings, and that come out reversed.

A reader of pictures reads rows from the left. Which way a row makes words is told by a dictionary: 堂仁同 is unusual,
同仁堂 is not. Where that is clear the row is turned round; where it is not and the row may be old (traditional
characters, or others beside it that run from the right) it stays. In both cases the other reading is kept beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.evidence.words import likelihood
from catalog.texts import simplified
from inference.reader import Line

_CERTAIN = 6.0
"""By so much, as a logarithm, a row must be likelier from the right to be turned round."""
_MOST_EACH = 15.0  # what one row counts for others at most
_SHARE_OF_OTHERS = 0.25
_LONGEST_UNCERTAIN = 8
_HAN = re.compile(r"[\u3400-\u9fff]")
_PIECES = re.compile(r"[0-9A-Za-z]+(?:[.,:/-][0-9A-Za-z]+)*|.", re.DOTALL)
_BRACKETS = str.maketrans(
    "()[]\uff08\uff09\u300a\u300b\u3008\u3009\u300c\u300d", ")(][\uff09\uff08\u300b\u300a\u3009\u3008\u300d\u300c"
)


def with_both_readings(lines: Sequence[Line]) -> list[Line]:
    """Return a page's lines, rows from right to left turned round, and with the other reading where there are two.

    Args:
        lines: as they were read.
    """
    gains = [_gain(line) for line in lines]
    whole = sum(max(-_MOST_EACH, min(_MOST_EACH, gain)) for gain in gains)
    return [
        _directed(line, gain, whole - max(-_MOST_EACH, min(_MOST_EACH, gain)))
        for line, gain in zip(lines, gains, strict=True)
    ]


def from_the_right(text: str) -> str:
    """Return a row as it reads from the right: numbers and Latin words stay as they are, brackets open the other way.

    Args:
        text: as it reads from the left.
    """
    return "".join(reversed(_PIECES.findall(text.translate(_BRACKETS))))


def _gain(line: Line) -> float:
    """Return by how much a row is likelier from the right; nothing for columns and for less than two characters."""
    if line.vertical or line.is_seal or len(_HAN.findall(line.text)) < 2:
        return 0.0
    words = "".join(_HAN.findall(simplified(line.text)))
    return likelihood(words[::-1]) - likelihood(words)


def _directed(line: Line, gain: float, others: float) -> Line:
    """Return a line in its likelier direction.

    Args:
        line: the line.
        gain: by how much it is likelier from the right.
        others: the same of all other rows of the page together.
    """
    turned = from_the_right(line.text)
    if line.vertical or line.is_seal or turned == line.text:
        return line
    if gain >= _CERTAIN and gain > -_SHARE_OF_OTHERS * others:
        return replace(line, text=turned, other=line.text)
    is_open = abs(gain) < _CERTAIN and 2 <= len(_HAN.findall(line.text)) <= _LONGEST_UNCERTAIN
    if is_open and others >= _CERTAIN and gain + others > 0:
        return replace(line, text=turned, other=line.text)
    if is_open and others > -_CERTAIN and simplified(line.text) != line.text:
        return replace(line, other=turned)
    return line
