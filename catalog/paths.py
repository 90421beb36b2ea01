"""Paths of files as the database keeps them and as people read them: names on a disk are bytes, of whatever encoding.

Old servers and archives from Chinese Windows leave names in GBK. Python holds such bytes as halves of surrogate pairs,
which no database takes and no terminal prints. An absolute path begins with a slash; what does not is written with the
odd bytes, and every percent sign, as in an address: `%:/mnt/nas/%C0%CF/1.jpg`.
"""

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

LONGEST = 1000
"""Characters of a path's text at most."""

_MARK = "%:"
_ODD = range(0xDC80, 0xDD00)


def recorded(path: Path) -> str:
    """Return the text by which a path is kept; the path itself where it is UTF-8.

    Args:
        path: an absolute path.
    """
    text = str(path)
    if not any(ord(character) in _ODD for character in text):
        return text
    return _MARK + "".join(_escaped(character) for character in text)


def recorded_path(text: str) -> Path:
    """Return the path that is kept as a text.

    Args:
        text: as `recorded` made it.
    """
    if not text.startswith(_MARK):
        return Path(text)
    return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_MARK))))


def recorded_below(folder: Path) -> tuple[str, str]:
    """Return how the texts of all paths below a folder begin, those of plain names and those of others.

    Args:
        folder: an absolute path.
    """
    text = recorded(folder).rstrip("/")
    if text.startswith(_MARK):
        return f"{text}/", f"{text}/"
    return f"{text}/", _MARK + "".join(map(_escaped, text)) + "/"


def legible(path: Path) -> str:
    """Return a path for people to read and for any terminal to print: names that are not UTF-8 are read as GB18030.

    Args:
        path: the path.
    """
    # Name by name: on a new server the folders above may be in UTF-8.
    return "/".join(_legible(name) for name in os.fsencode(path).split(b"/"))


def _legible(name: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", errors="backslashreplace")


def _escaped(character: str) -> str:
    if character == "%" or ord(character) in _ODD:
        return quote_from_bytes(os.fsencode(character), safe="")
    return character
