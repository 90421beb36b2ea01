"""What separates the cells of a text file: said in a line of its own, or seen from its headings."""

import re
from typing import NamedTuple

_CANDIDATES = (",", ";", "\t")
# Whoever saved it again may have put the empty cells of the other columns behind it, and quotes around it.
_OWN_LINE = re.compile(r"""\ufeff?"?sep=(?P<delimiter>[^"\r\n\w])"?[,;\t]*(?:\r\n|\r|\n|$)""", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class Separated(NamedTuple):
    """How cells are separated.

    Attributes:
        delimiter: the character.
        has_own_line: whether the first line says so, and is no row.
    """

    delimiter: str
    has_own_line: bool


def separated(first: str, second: str) -> Separated:
    """Tell what separates the cells of a text file.

    Args:
        first: its first line.
        second: its second line.
    """
    said = _OWN_LINE.fullmatch(first)
    if said is None:
        return Separated(_most_frequent(first), has_own_line=False)
    # A program that saved the table again may have left the line as it was and used another character.
    delimiter = said["delimiter"] if said["delimiter"] in second else _most_frequent(second)
    return Separated(delimiter, has_own_line=True)


def _most_frequent(headings: str) -> str:
    outside = _QUOTED.sub("", headings)
    return max(_CANDIDATES, key=outside.count)
