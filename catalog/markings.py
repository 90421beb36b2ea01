"""Classification marks as they stand on papers and in names: 绝密★, 机密★10年, 秘密★长期.

The words themselves are harmless in a sentence (秘密花园, 保守机密). A mark is the word with its star, or the word
alone: on a line of its own, in a cell, or as a part of a name between the signs that separate its parts.
"""

import re
from pathlib import PurePosixPath

from catalog.texts import simplified

_WORD = r"(?:绝\s?密|机\s?密|秘\s?密)"
_STAR = r"[★☆✭✩✪⭐*＊]"
_TERM = r"(?:\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:年|个?月)|\s*长期)"
_STARRED = re.compile(rf"{_WORD}级?\s?{_STAR}{{1,2}}{_TERM}?")
_ALONE = re.compile(rf"[【\[（(〔<《]?\s*{_WORD}级?{_TERM}?\s*[】\]）)〕>》]?")
_PARTS = re.compile(r"[\s_\-—·.,，、+&()（）\[\]【】〔〕《》<>]+")
_WRITTEN_OTHERWISE = str.maketrans({"祕": "秘"})
LONGEST_MARK = 40


def mark_in_text(text: str) -> str:
    """Return the first classification mark in a text, as it stands there; empty where there is none.

    Args:
        text: what was read or written, in lines.
    """
    plain = _plain(text)
    if "密" not in plain:
        return ""
    if starred := _STARRED.search(plain):
        return text[starred.start() : starred.end()].strip()[:LONGEST_MARK]
    # Characters are taken one for one, so that lines are where they were.
    for line, own in zip(plain.split("\n"), text.split("\n"), strict=True):
        if _ALONE.fullmatch(line.strip()):
            return own.strip()[:LONGEST_MARK]
    return ""


def mark_in_name(name: str) -> str:
    """Return the first classification mark in the name of a file or of a folder above it; empty where there is none.

    Args:
        name: the path inside its source, with its extension.
    """
    plain = _plain(name.replace("\\", "/"))
    if "密" not in plain:
        return ""
    if starred := _STARRED.search(plain):
        return name[starred.start() : starred.end()].strip()[:LONGEST_MARK]
    path = PurePosixPath(plain)
    for part in (*path.parent.parts, path.stem):
        if any(_ALONE.fullmatch(word) for word in _PARTS.split(part)):
            return part[:LONGEST_MARK]
    return ""


def _plain(text: str) -> str:
    return simplified(text.translate(_WRITTEN_OTHERWISE))
