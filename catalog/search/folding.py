"""Texts as they are searched: the same for what is indexed and for what is asked, with the way back to the original.

Width, case and traditional characters make no difference, and neither does which punctuation stands somewhere. Years
in Chinese figures, of the Republic (民国) and their days and months are also given in digits, so that 一九五六年,
民国四十五年 and 1956年 find each other.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.texts import simplified

BREAK = "\u2423"
"""Stands for white space and punctuation, one for however many there are."""
FIELD_END = "\u241e"
"""Stands between fields; no question holds it, so that no phrase runs from one field into the next."""

_JOINED = "\uff9e\uff9f"  # the half-width marks that make ガ of ｶ
_FIGURES = {figure: str(value) for value, figure in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_FIGURE = "〇零○一二三四五六七八九"
_BELOW_HUNDRED = rf"[{_FIGURE}十廿卅]{{1,3}}"
_DATE = re.compile(
    rf"(?P<year>(?<![{_FIGURE}\d])(?:[{_FIGURE}]{{4}}|\d{{4}})|民国(?:元|{_BELOW_HUNDRED}|\d{{1,3}}))年"
    rf"(?:(?P<month>元|{_BELOW_HUNDRED}|\d{{1,2}})月(?P<part>份)?(?:(?P<day>{_BELOW_HUNDRED}|\d{{1,2}})(?P<unit>[日号]))?)?"
    rf"|(?P<decade>[二三四五六七八九]十)年代"
)
_BEFORE_REPUBLIC = 1911


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is searched.

    Attributes:
        text: its characters, folded.
        starts: for each of them where in the original it comes from.
        ends: and where that ends.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __bool__(self) -> bool:
        """Tell whether there is anything but breaks in it."""
        return bool(self.text.strip(BREAK))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original a piece of the folded text stands.

        Args:
            start: first character of the piece.
            end: the one after its last.
        """
        return self.starts[start], max(self.ends[start:end])


def fold(text: str) -> Folded:
    """Fold a text.

    Args:
        text: any text.

    Returns:
        It without what cannot be seen, in normal width, small letters and simplified characters (character by
        character: 后 and 後 are one), each run of white space and punctuation as one `BREAK`; none at either end.
    """
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for character in _folded_cluster(text[start:end]):
            if character == BREAK and (not pieces or pieces[-1] == BREAK):
                continue
            pieces.append(character)
            starts.append(start)
            ends.append(end)
    if pieces and pieces[-1] == BREAK:
        pieces.pop()
    return Folded("".join(pieces), tuple(starts[: len(pieces)]), tuple(ends[: len(pieces)]))


def in_digits(folded: Folded) -> Folded:
    """Return a folded text with its Chinese years, and the months and days after them, in digits.

    Args:
        folded: the text.

    Returns:
        1956年5月 for 一九五六年五月 and 1937年 for 民国二十六年; the same object where nothing is to be replaced.
    """
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _DATE.finditer(folded.text):
        digits = _spelled(match)
        if digits == match[0]:
            continue
        text += [folded.text[done : match.start()], digits]
        starts += [*folded.starts[done : match.start()], *[folded.starts[match.start()]] * len(digits)]
        ends += [*folded.ends[done : match.start()], *[folded.ends[match.end() - 1]] * len(digits)]
        done = match.end()
    if not text:
        return folded
    text.append(folded.text[done:])
    return Folded("".join(text), (*starts, *folded.starts[done:]), (*ends, *folded.ends[done:]))


def pieces_of(folded: Folded) -> list[str]:
    """Return the pieces between the breaks."""
    return [piece for piece in folded.text.split(BREAK) if piece]


def occurrences(text: Folded, wanted: str) -> Iterator[tuple[int, int]]:
    """Yield where in the original a folded question stands, without overlaps.

    Args:
        text: what is looked through.
        wanted: the folded question, not empty.
    """
    at = text.text.find(wanted)
    while at >= 0:
        yield text.original(at, at + len(wanted))
        at = text.text.find(wanted, at + len(wanted))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each character begins and ends, what is combined with it included."""
    start = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or not (unicodedata.combining(text[position]) or text[position] in _JOINED):
            yield start, position
            start = position


def _folded_cluster(cluster: str) -> str:
    first = cluster[0]
    if "\u4e00" <= first <= "\u9fff" and len(cluster) == 1:
        return simplified(first)
    kept = []
    # Small letters first: some capitals have small ones that are put together anew.
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).lower()):
        category = unicodedata.category(character)
        if (category in ("Cf", "Cc") and not character.isspace()) or "\ufe00" <= character <= "\ufe0f":
            continue
        is_break = category[0] in "ZPC" or category in ("Sk", "Sm", "So", "Sc") or character.isspace()
        kept.append(BREAK if is_break and character not in _FIGURES else simplified(character))
    return "".join(kept)


def _spelled(match: re.Match[str]) -> str:
    if match["decade"]:
        return f"{_number(match['decade'])}年代"
    year = match["year"]
    if year.startswith("民国"):
        year = str(_BEFORE_REPUBLIC + _number(year[2:]))
    spelled = f"{''.join(_FIGURES.get(figure, figure) for figure in year)}年"
    if match["month"]:
        spelled += f"{_number(match['month'])}月{match['part'] or ''}"
    if match["day"]:
        spelled += f"{_number(match['day'])}{match['unit']}"
    return spelled


def _number(text: str) -> int:
    """Return the value of a numeral below one hundred: 元, 七, 十二, 廿五, or digits."""
    text = text.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return int("".join(_FIGURES.get(figure, figure) for figure in text))
    return 10 * _small(tens, 1) + _small(ones, 0)


def _small(text: str, otherwise: int) -> int:
    return int("".join(_FIGURES.get(figure, figure) for figure in text)) if text and "十" not in text else otherwise
