"""The order that people expect of file names and volumes: numbers in them are compared as numbers.

2.jpg comes before 10.jpg, 第二册 before 第十册; full-width digits and Chinese numerals count as what they say.
"""

import re
import unicodedata
from pathlib import PurePosixPath

Key = tuple[tuple[int, int, str], ...]
"""What texts are sorted by: numbers before words."""

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": "二十", "卅": "三十"}
_PIECE = re.compile(rf"(?P<digits>[0-9]+)|(?P<numeral>[{''.join((*_DIGITS, *_UNITS, *_TENS))}]+)|[^0-9]")


def natural_key(text: str) -> Key:
    """Return what a text is sorted by.

    Args:
        text: any.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(_piece(found) for found in _PIECE.finditer(plain))


def file_key(name: str) -> tuple[tuple[Key, ...], Key, str]:
    """Return what a file is sorted by: its folder, its name without the ending, then what is left to tell two apart.

    Args:
        name: its path inside the source that it came from, or its bare name.
    """
    path = PurePosixPath(name)
    return tuple(natural_key(folder) for folder in path.parent.parts), natural_key(path.stem), name


def _piece(found: "re.Match[str]") -> tuple[int, int, str]:
    if found["digits"]:
        return 0, int(found["digits"]), ""
    if found["numeral"]:
        return 0, _value(found["numeral"]), ""
    return 1, 0, found[0]


def _value(numeral: str) -> int:
    """Return what a Chinese numeral says: 二十三 by its units, 一九五八 digit by digit."""
    for short, long in _TENS.items():
        numeral = numeral.replace(short, long)
    if not any(unit in numeral for unit in _UNITS):
        return int("".join(str(_DIGITS[digit]) for digit in numeral))
    value, digit = 0, None
    for character in numeral:
        if character in _UNITS:
            value += (1 if digit is None else digit) * _UNITS[character]
            digit = None
        else:
            digit = _DIGITS[character]
    return value + (digit or 0)
