"""Personal numbers in texts: identity numbers, telephones and bank cards are found by their form, and masked.

Figures may be full-width, and stand in groups with a space, a hyphen or a line's end between them, as people write them
and as they run over the lines of a print. Identity numbers have a check digit (GB 11643, which takes ISO 7064 MOD
11-2), those of fifteen figures from before 1999 a valid date, bank cards the one of ISO/IEC 7812 (Luhn).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from catalog.examination_words import HintKind

MASK = "＊"
_MOST_GROUPS = 6
_GROUP = re.compile(r"(?<![A-Za-z\d])\d+(?:[XxＸｘ](?![A-Za-z]))?")
_BETWEEN = re.compile(r"[ \t\u3000]{1,2}|[ \t\u3000]?[-‐‑–—－)）]{1,2}[ \t\u3000]?|[ \t\u3000]*\n[ \t\u3000]*")
# What stands before a number that has no code of a place, and may have any length.
_LABELLED = re.compile(
    r"(?:电\s*话|手\s*机|传\s*真|联系方式|小灵通|BP机|呼机|拷机|(?:(?<![A-Za-z])(?:tel|phone|mobile|fax)))"
    r"(?:号码|号)?[\s：:.．（(]{0,3}(?P<number>\d(?:[-－ ]?\d){4,7})(?!\d)",
    re.IGNORECASE,
)
_FIVE_FIGURES = re.compile(r"\d(?:[-－ ]?\d){4}")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_MOBILE_GROUPS = {(11,), (3, 4, 4), (3, 8), (7, 4), (2, 11), (4, 11), (2, 3, 4, 4)}
_LANDLINE = re.compile(r"0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
# GB/T 2260: the first two figures of a province.
_PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91)
)
_FIGURES_SHOWN = {HintKind.ID_NUMBER: (4, 2), HintKind.TELEPHONE: (3, 4), HintKind.BANK_CARD: (4, 4)}
_FEW_FIGURES = 10
_FEWEST_FIGURES = 10
"""Of a number that is not found by a word before it: 0571 and six figures and more."""


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A number that was found in a text.

    Attributes:
        kind: `ID_NUMBER`, `TELEPHONE` or `BANK_CARD`.
        start: where it begins in the text.
        end: where it ends.
        figures: its figures alone, half-width.
    """

    kind: HintKind
    start: int
    end: int
    figures: str


def is_id_number(figures: str) -> bool:
    """Tell whether figures are a 公民身份号码: of eighteen by the check digit of GB 11643, of fifteen by its date.

    Args:
        figures: half-width figures, the last of them perhaps X.
    """
    if len(figures) == 15 and figures.isdigit():
        return _has_place(figures) and _is_day(f"19{figures[6:12]}")
    if len(figures) != 18 or not figures[:17].isdigit() or not _has_place(figures):
        return False
    total = sum(int(figure) * weight for figure, weight in zip(figures, _WEIGHTS, strict=False))
    return _is_day(figures[6:14]) and figures[17].upper() == _CHECK_DIGITS[total % 11]


def is_bank_card(figures: str) -> bool:
    """Tell whether figures are a bank card's: sixteen to nineteen, issued for payment, with the Luhn check digit.

    Args:
        figures: half-width figures.
    """
    if not (16 <= len(figures) <= 19 and figures.isdigit() and figures[0] in "34569") or len(set(figures)) < 3:
        return False
    doubled = [int(figure) * (2 if place % 2 else 1) for place, figure in enumerate(reversed(figures))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_telephone(figures: str) -> bool:
    """Tell whether figures are a mobile's number, or one with the code of a place.

    Args:
        figures: half-width figures, +86 perhaps before them.
    """
    return bool(_MOBILE.fullmatch(figures) or _LANDLINE.fullmatch(figures))


def personal_numbers(text: str) -> list[PersonalNumber]:
    """Return the personal numbers in a text, in order; none overlaps another.

    Args:
        text: any text.
    """
    # Nothing shorter is one: most texts are done with here.
    if sum(map(str.isdigit, text)) < 5:
        return []
    found: list[PersonalNumber] = []
    for run in _runs(text):
        place = 0
        while place < len(run):
            number, taken = _number_at(text, run[place : place + _MOST_GROUPS])
            found += [number] if number else []
            place += taken
    for labelled in _LABELLED.finditer(text) if _FIVE_FIGURES.search(text) else ():
        start, end = labelled.span("number")
        if not any(number.start < end and start < number.end for number in found):
            found.append(PersonalNumber(HintKind.TELEPHONE, start, end, _figures(labelled["number"])))
    return sorted(found, key=lambda number: number.start)


def kinds_of_numbers(texts: Iterable[str]) -> set[HintKind]:
    """Return which kinds of personal numbers stand in texts.

    Args:
        texts: any texts.
    """
    return {number.kind for text in texts for number in personal_numbers(text)}


def masked(text: str) -> str:
    """Return a text whose personal numbers have ＊ for the figures in their middle.

    Args:
        text: any text.
    """
    numbers = personal_numbers(text)
    if not numbers:
        return text
    characters = list(text)
    for number in numbers:
        shown, last = _FIGURES_SHOWN[number.kind] if len(number.figures) > _FEW_FIGURES else (1, 1)
        places = [place for place in range(number.start, number.end) if _is_figure(text[place])]
        for place in places[shown : len(places) - last]:
            characters[place] = MASK
    return "".join(characters)


def masked_together(texts: Iterable[str]) -> str:
    """Return texts as one, masked, for searching; empty where none of them holds a personal number.

    Args:
        texts: the fields of a record.
    """
    before = [text for text in texts if text]
    after = [masked(text) for text in before]
    return "\n".join(after) if after != before else ""


def _number_at(text: str, groups: list[re.Match[str]]) -> tuple[PersonalNumber | None, int]:
    """Return the longest number that begins with a group of figures, and how many groups it takes; one where none."""
    for taken in range(len(groups), 0, -1):
        own = groups[:taken]
        figures = "".join(_figures(group.group()) for group in own)
        if (kind := _kind(figures, own, text)) is not None:
            return PersonalNumber(kind, own[0].start(), own[-1].end(), figures), taken
    return None, 1


def _kind(figures: str, groups: list[re.Match[str]], text: str) -> HintKind | None:
    if is_id_number(figures):
        return HintKind.ID_NUMBER
    if is_bank_card(figures):
        return HintKind.BANK_CARD
    if not is_telephone(figures):
        return None
    lengths = tuple(len(group.group()) for group in groups)
    if _LANDLINE.fullmatch(figures):
        return HintKind.TELEPHONE if len(lengths) < 4 and (lengths[0] in (3, 4) or len(lengths) == 1) else None
    # 1959-10-01-002 has as many figures; a year before a line's end is one, too.
    broken = len(lengths) == 2 and lengths[0] != 4 and "\n" in text[groups[0].end() : groups[1].start()]
    return HintKind.TELEPHONE if lengths in _MOBILE_GROUPS or broken else None


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield groups of figures with so little between them that they may be one number."""
    groups = list(_GROUP.finditer(text))
    if not groups:
        return
    run = [groups[0]]
    for before, after in pairwise(groups):
        if not _BETWEEN.fullmatch(text, before.end(), after.start()):
            if _is_long(run):
                yield run
            run = []
        run.append(after)
    if _is_long(run):
        yield run


def _is_long(run: list[re.Match[str]]) -> bool:
    """Tell whether a run has the figures of the shortest number; most are dates, and done with here."""
    return sum(group.end() - group.start() for group in run) >= _FEWEST_FIGURES


def _figures(text: str) -> str:
    """Return the figures of a text, half-width."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(
        str(unicodedata.digit(one)) if one.isdigit() else one for one in plain if one.isdigit() or one == "X"
    )


def _is_figure(character: str) -> bool:
    return character.isdigit() or character in "XxＸｘ"


def _has_place(figures: str) -> bool:
    return int(figures[:2]) in _PROVINCES


def _is_day(figures: str) -> bool:
    try:
        return 1850 <= date(int(figures[:4]), int(figures[4:6]), int(figures[6:])).year <= 2100
    except ValueError:
        return False
