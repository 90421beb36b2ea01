"""What a visitor typed into a search box: cut into words, found again in a text, cut out around the first hit."""

import re
from collections.abc import Iterator, Sequence

MAX_QUERY_LENGTH = 200
MAX_WORDS = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def split_words(query: str) -> list[str]:
    """Cut a query into words at white space, the ideographic space included.

    Args:
        query: what was typed; control characters (a database refuses NUL) count as spaces, and what goes beyond
            `MAX_QUERY_LENGTH` characters or `MAX_WORDS` words is left out.

    Returns:
        The words, each once, in the order typed.
    """
    words = _CONTROL.sub(" ", query[:MAX_QUERY_LENGTH]).split()
    return list(dict.fromkeys(words))[:MAX_WORDS]


def mark_hits(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Cut a text where one of the words begins or ends.

    Args:
        text: any text.
        words: the words looked for, without regard to case.

    Yields:
        Pieces of the text in order, each with whether it is a hit. Empty pieces are left out.
    """
    if not words:
        if text:
            yield text, False
        return
    # Longer words first: of 桥 and 石桥 the longer one is to be marked.
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    for position, piece in enumerate(re.split(f"({pattern})", text, flags=re.IGNORECASE)):
        if piece:
            yield piece, position % 2 == 1


def cut_around_hit(text: str, words: Sequence[str], *, before: int = 12, length: int = 60) -> str:
    """Shorten a text to a window in which the first hit stands.

    Args:
        text: any text; line breaks become spaces.
        words: the words looked for.
        before: how many characters are kept before the hit.
        length: how many characters the window has at most, without the ellipses.

    Returns:
        The window, with an ellipsis on each side where something was cut away.
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    lowered = line.lower()
    hits = [place for word in words if (place := lowered.find(word.lower())) >= 0]
    start = max(0, min(min(hits, default=0) - before, len(line) - length))
    window = line[start : start + length]
    return f"{'…' if start else ''}{window}{'…' if start + length < len(line) else ''}"
