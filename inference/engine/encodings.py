"""Text whose encoding nobody wrote down, read by what all of it says together.

Chinese programs write names and captions in code page 936, and 930 pairs of bytes of GB2312 are valid UTF-8 too: 学校
is ѧУ. One text alone often does not tell, so the texts of one archive, one block or one table are decided together:
whichever encoding reads them with the least that is out of place. What is out of place is counted by the module beside
this one; an honest name in Cyrillic, Greek or French has nothing of it.
"""

import codecs
import re
from collections.abc import Iterable, Sequence
from itertools import islice

from inference.engine.oddities import CHINESE, foreign_words, strangeness

_UTF_8 = "utf-8"
# UTF-8 of what somebody had read in a wrong encoding before: how it was read, and what it was.
_MISREAD = {
    f"{was} read as {read}": (read, was)
    for read, was in (
        ("cp437", "gb18030"), ("cp1252", "gb18030"), ("latin-1", "gb18030"),
        ("cp437", _UTF_8), ("cp1252", _UTF_8), ("latin-1", _UTF_8), ("gb18030", _UTF_8),
    )
}  # fmt: skip
_ENOUGH_PIECES = 500
# For a text that an encoding cannot read at all: more than a name of junk costs.
_UNREADABLE = 20.0
# By so much another encoding must read one text better than the one that was chosen for all of them.
_CLEARLY_BETTER = 1.5
# Of a single-byte encoding, which reads anything: so much for each word, and it is no reading.
_IMPLAUSIBLE = 0.8
# What one name or line counts for at most: a single odd one does not outvote the others.
_MOST_STRANGE = 3.0
# Three bytes that are one letter of UTF-8 hardly ever are parts of something else.
_LONG_SEQUENCE = 1.0
_LONG_SEQUENCES = re.compile("[\u0800-\u1fff\u3041-\ud7ff\uf900-\ufffc\U00010000-\U0003ffff]")
_ENOUGH_CHARACTERS = 10_000
# Big5 and Western encodings read what is GB18030 too, and are met far less; the latter make signs of nearly anything.
_SELDOM_USED = 0.3
_WESTERN, _WESTERN_SIGNS = 0.6, 1.5
_LENIENT = "lenient-ends-and-euros"
_EURO = b"\x80"


def read_together(texts: Sequence[bytes], *, western: Sequence[str] = ("cp1252",), claimed: bool = False) -> list[str]:
    """Read the texts of one archive, block or table, which one program wrote.

    Args:
        texts: their bytes.
        western: the single-byte encodings that are possible, the likeliest first. The first one reads what nothing else
            does, its undefined bytes as replacement characters.
        claimed: whether the texts are said to be UTF-8. That decides where both readings are as good, and no more:
            archives are met whose names bear the mark and are none.

    Returns:
        The texts, read.
    """
    readings = plausible_readings(texts, western=western, claimed=claimed)
    return [
        raw.decode(western[0], errors="replace") if text is None else text
        for raw, text in zip(texts, readings, strict=True)
    ]


def plausible_readings(
    texts: Sequence[bytes], *, western: Sequence[str] = ("cp1252",), claimed: bool = False
) -> list[str | None]:
    """Read the texts of one source; None for one that no encoding reads as words.

    Args:
        texts: their bytes.
        western: as for `read_together`.
        claimed: as for `read_together`.

    Returns:
        The texts, read, or None.
    """
    likely = (_UTF_8, CHINESE[0]) if claimed else (CHINESE[0], _UTF_8)
    order = (*likely, *CHINESE[1:], *western, *_MISREAD)
    pieces = list(islice(dict.fromkeys(_foreign_pieces(texts)), _ENOUGH_PIECES))
    # Of equally good ones the first counts.
    chosen, _least = _best(pieces, order)
    return [_read(raw, chosen, order) for raw in texts]


def _foreign_pieces(texts: Iterable[bytes]) -> Iterable[bytes]:
    """Yield what tells encodings apart: the lines and parts of paths that are not ASCII. Folders repeat."""
    for raw in texts:
        if not raw.isascii():
            # Neither byte is ever the second one of a character in an encoding that is tried here.
            for piece in raw.replace(b"\n", b"/").split(b"/"):
                if not piece.isascii():
                    yield piece


def _read(raw: bytes, chosen: str, order: Sequence[str]) -> str | None:
    """Read one text in the encoding of all, or where that one fails in the one that reads it best."""
    if raw.isascii():
        return raw.decode("ascii")
    pieces = list(islice(_foreign_pieces([raw]), _ENOUGH_PIECES))
    best, cost = chosen, sum(_cost(piece, chosen) for piece in pieces)
    if cost >= _CLEARLY_BETTER:
        other, least = _best(pieces, order)
        if least + _CLEARLY_BETTER <= cost:
            best, cost = other, least
    text = _decoded(raw, best)
    if text is None or best in (_UTF_8, *CHINESE):
        return text
    return text if cost <= _IMPLAUSIBLE * sum(1 for _word in foreign_words(text)) else None


def _best(pieces: Sequence[bytes], order: Sequence[str]) -> tuple[str, float]:
    """Return the encoding that reads texts with the least that is out of place, and how much that is."""
    costs = {encoding: sum(_cost(piece, encoding) for piece in pieces) for encoding in order}
    best = min(costs, key=lambda encoding: costs[encoding])
    return best, costs[best]


def _cost(raw: bytes, encoding: str) -> float:
    """Return how badly an encoding reads a text."""
    text = _decoded(raw, encoding)
    if text is None:
        return _UNREADABLE
    read, written = _MISREAD.get(encoding, ("", encoding))
    cost = min(strangeness(text, written), _MOST_STRANGE) + _prior(text, encoding)
    if written == _UTF_8:
        cost -= _LONG_SEQUENCE * _long_sequences(text)
    if read == CHINESE[0]:
        # What was misread is Chinese too, and as long.
        cost -= _LONG_SEQUENCE * _long_sequences(raw.decode(_UTF_8))
    return cost


def _prior(text: str, encoding: str) -> float:
    """Return what an encoding costs before anything is looked at: the unlikely ones read what the likely ones do."""
    if encoding in (_UTF_8, CHINESE[0]):
        return 0.0
    if encoding in CHINESE or encoding in _MISREAD:
        return _SELDOM_USED
    return _WESTERN if any(foreign_words(text)) else _WESTERN_SIGNS


def _long_sequences(text: str) -> int:
    return len(_LONG_SEQUENCES.findall(text[:_ENOUGH_CHARACTERS]))


def _decoded(raw: bytes, encoding: str) -> str | None:
    """Decode bytes; None where they are not in this encoding."""
    try:
        if encoding in _MISREAD:
            read, encoding = _MISREAD[encoding]
            raw = raw.decode(_UTF_8).encode(read)
        return raw.decode(encoding, errors=_LENIENT)
    except UnicodeError:
        return None


def _lenient(error: UnicodeError) -> tuple[str, int]:
    """Let two faults pass that are no sign of another encoding.

    Windows' code page 936 has one byte that GB18030 lacks, its euro sign. And programs cut a long text within its last
    character.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding == CHINESE[0] and error.object[error.start : error.start + 1] == _EURO:
        return "€", error.start + 1
    if error.reason in ("unexpected end of data", "incomplete multibyte sequence") and error.start:
        return "\N{REPLACEMENT CHARACTER}", len(error.object)
    raise error


codecs.register_error(_LENIENT, _lenient)
