"""How a collection numbers its photographs: a pattern such as `{全宗号}-{保管期限}-{册号}-{张号:4}` (GB/T 11821)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import NumberPatternRefused
from catalog.vocabulary import RetentionPeriod

FONDS, RETENTION, VOLUME, SHEET, RUNNING, YEAR = "全宗号", "保管期限", "册号", "张号", "序号", "年度"
CLASS, GROUP, ITEM = "门类", "组号", "件号"
COUNTED = (SHEET, RUNNING, ITEM)
"""The parts that count: sheets within their volume, running numbers within the collection, items within what the rest
of the number says, such as their group."""
EXAMPLE = "{全宗号}-{保管期限}-{册号}-{张号:4}"
SHIPPED = (
    ("{全宗号}-{保管期限}-{册号}-{张号:4}", _("GB/T 11821：全宗号-保管期限代码-册号-张号")),
    ("{全宗号}-{保管期限}-{张号:4}", _("GB/T 11821：全宗号-保管期限代码-张号，不分册")),
    ("{全宗号}-{门类}·{年度}-{保管期限}-{组号:4}-{件号:4}", _("DA/T 13：按照片组编件号")),
    ("{全宗号}-{门类}·{年度}-{保管期限}-{件号:4}", _("DA/T 13：按年度编件号")),
)
"""Patterns to choose from, with what they follow. The standards were read second-hand: a house looks into its own."""
RETENTION_CODES = {
    RetentionPeriod.PERMANENT: "Y",
    RetentionPeriod.YEARS_30: "D30",
    RetentionPeriod.YEARS_10: "D10",
    RetentionPeriod.LONG: "C",
    RetentionPeriod.SHORT: "D",
}
"""How retention periods are written in numbers (DA/T 22)."""

_NAMES = (FONDS, CLASS, YEAR, RETENTION, VOLUME, GROUP, SHEET, ITEM, RUNNING)
_PART = re.compile(r"\{([^{}:]*)(?::(\d+))?\}")
_MOST_CHARACTERS = 100
_WIDEST = 8


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A pattern that was read.

    Attributes:
        pieces: text, and parts with the width to which numbers are filled up with zeros.
        counted: the part that counts.
    """

    pieces: tuple[str | tuple[str, int], ...]
    counted: str

    @property
    def names(self) -> set[str]:
        """Return which parts are needed."""
        return {piece[0] for piece in self.pieces if not isinstance(piece, str)}

    def write(self, values: Mapping[str, str]) -> str:
        """Write a number.

        Args:
            values: the text of each part; whole numbers are filled up to the width.
        """
        written = ""
        for piece in self.pieces:
            if isinstance(piece, str):
                written += piece
            else:
                value = values[piece[0]]
                written += value.zfill(piece[1]) if _is_number(value) else value
        return written

    def around(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return what stands before and after the part that counts."""
        before, after = "", ""
        seen = False
        for piece in self.pieces:
            if not isinstance(piece, str) and piece[0] == self.counted:
                seen = True
                continue
            text = piece if isinstance(piece, str) else self._filled(piece, values)
            before, after = (before, after + text) if seen else (before + text, after)
        return before, after

    @staticmethod
    def _filled(piece: tuple[str, int], values: Mapping[str, str]) -> str:
        value = values[piece[0]]
        return value.zfill(piece[1]) if _is_number(value) else value


def read_number_pattern(text: str) -> NumberPattern:
    """Read a pattern.

    Args:
        text: as a person wrote it.

    Raises:
        NumberPatternRefused: it is none; the sentence says why.
    """
    text = text.strip()
    if not 0 < len(text) <= _MOST_CHARACTERS:
        raise NumberPatternRefused(
            _("编号规则为 1 到 %(limit)s 个字符，例如 %(example)s。"), limit=_MOST_CHARACTERS, example=EXAMPLE
        )
    pieces: list[str | tuple[str, int]] = []
    place = 0
    for found in _PART.finditer(text):
        if found.start() > place:
            pieces.append(text[place : found.start()])
        name, width = found[1].strip(), int(found[2] or 1)
        if name not in _NAMES:
            raise NumberPatternRefused(
                _("编号规则里没有“%(name)s”。可以用：%(names)s。"), name=name, names="、".join(_NAMES)
            )
        if not 1 <= width <= _WIDEST:
            raise NumberPatternRefused(_("“%(name)s”的位数应为 1 到 %(limit)s。"), name=name, limit=_WIDEST)
        pieces.append((name, width))
        place = found.end()
    pieces += [text[place:]] if text[place:] else []
    if any(isinstance(piece, str) and ("{" in piece or "}" in piece or not piece.isprintable()) for piece in pieces):
        raise NumberPatternRefused(_("编号规则里的花括号要成对，例如 %(example)s。"), example=EXAMPLE)
    counted = [piece[0] for piece in pieces if not isinstance(piece, str) and piece[0] in COUNTED]
    if len(counted) != 1:
        raise NumberPatternRefused(_("编号规则里要有一个“张号”、“件号”或“序号”，例如 %(example)s。"), example=EXAMPLE)
    return NumberPattern(tuple(pieces), counted[0])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
