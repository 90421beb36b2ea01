"""Does what a draft claims agree with what was read in the picture?

Pure functions on text. Years match however archives write them: 1959年, 一九五九年, 五九年, 民国三十八年, 光緒廿一年.
Other numbers match in Chinese and Arabic figures, names and places in simplified and traditional characters. Nothing is
guessed: a name must end where it is found (李明 does not stand in 李明德), what is not there is absent, and only
another year is a contradiction.
"""

import re
import unicodedata
from enum import Enum
from itertools import pairwise

from catalog.evidence.whole_names import is_whole_person, is_whole_place
from catalog.texts import simplified, unbroken
from catalog.vocabulary import LEFT_OPEN, Field

_DIGITS = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "廿": 20, "卄": 20, "卅": 30, "卌": 40}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_NUMERALS = "".join([*_DIGITS, *_TENS, *_UNITS])
_RUN = re.compile(f"[{_NUMERALS}]+")

# Era, as 乾隆 is when its characters are simplified → the year before its first, and how many years it had.
_ERAS = {
    "民国": (1911, 120), "宣统": (1908, 3), "光绪": (1874, 34), "同治": (1861, 13), "咸丰": (1850, 11),
    "道光": (1820, 30), "嘉庆": (1795, 25), "干隆": (1735, 60), "雍正": (1722, 13), "康熙": (1661, 61),
    "昭和": (1925, 64), "大正": (1911, 15), "明治": (1867, 45),
}  # fmt: skip
_ERA_YEAR = re.compile(f"({'|'.join(_ERAS)})(元|[0-9]{{1,3}}(?![0-9]))年?")
_FULL_YEAR = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])")
_COMPACT_DATE = re.compile(r"(?<![0-9])(1[89][0-9]{2}|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")
_SHORT_YEAR = re.compile(r"(?<![0-9])([3-9][0-9])年(?![代级间来前后多余的])")
# 59.3.12. Of 38.3.12 nobody knows whether the Republic's years are meant.
_SHORT_DATE = re.compile(
    r"(?<![0-9.\-/])([4-9][0-9])([.\-/])(0?[1-9]|1[0-2])\2(0?[1-9]|[12][0-9]|3[01])(?![0-9]|[.\-/][0-9])"
)
_DATE = re.compile(r"(?<![0-9])([0-9]{4})[年.\-/]([0-9]{1,2})(?:[月.\-/]([0-9]{1,2}))?(?![0-9])")
_PARTS = re.compile(r"[、,;\n/]|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_NO_CLAIM = frozenset({"", "不详", "未知", "无", "无法辨认", *LEFT_OPEN})
_PERSONS = (Field.PEOPLE, Field.PHOTOGRAPHER)
_MARK = "[ |]"
_MARKS = re.compile(f"{_MARK}+")
_SILENT = re.compile(r"[^\w ]|_")
_SPACE = re.compile(r"\s+")
_WITHIN_NUMBER = re.compile(rf"(?<=[{_NUMERALS}])\s+(?=[{_NUMERALS}])|(?<=[0-9]),(?=[0-9]{{3}}(?![0-9]))")
# 3200余人 and 3200人 are the same crowd.
_ABOUT = re.compile(r"(?<=[0-9])[余多来](?=[\u4e00-\u9fff])")


class Verdict(Enum):
    """How a claim compares with a text."""

    AGREES = "agrees"
    CONTRADICTED = "contradicted"
    ABSENT = "absent"
    NOTHING_CLAIMED = "nothing_claimed"


def compare(claim: str, text: str, field: str = "") -> Verdict:
    """Compare what a draft claims with a text.

    Args:
        claim: a value: a date, a place, or names separated by 、.
        text: what was read in the picture.
        field: the descriptive field whose value it is. The names of people and places must begin and end where they
            are found; what other fields say may be a part of a longer word.

    Returns:
        AGREES where every year, or else every name, stands in the text; CONTRADICTED where the text has other years,
        or another month of the same year; ABSENT where it says nothing of the kind.
    """
    if claim.strip().strip("。.") in _NO_CLAIM:
        return Verdict.NOTHING_CLAIMED
    claimed = years_in(claim)
    if claimed:
        return _compare_years(claim, claimed, text)
    return Verdict.AGREES if _is_supported(claim, text, field) else Verdict.ABSENT


def years_in(text: str) -> set[int]:
    """Return the years that a text names, in Chinese or Arabic figures, in full, shortened, or counted by an era.

    Args:
        text: any text.
    """
    plain = _common_years(_plain(text))
    found = {int(year) for pattern in (_FULL_YEAR, _COMPACT_DATE) for year in pattern.findall(plain)}
    # A year is shortened digit by digit (五九年); 二十年 is a span of time.
    found |= {1900 + int(year) for year in _SHORT_YEAR.findall(_common_years(_plain(text, spans=False)))}
    return found | {1900 + int(match[1]) for match in _SHORT_DATE.finditer(plain)}


def number_of(figures: str) -> int | None:
    """Return the number that Chinese figures stand for, or None where they make none.

    Args:
        figures: such as 二十八, 廿八, 一九五九, 三千二百, 一百零三.
    """
    if not figures or any(character not in _NUMERALS for character in figures):
        return None
    if all(character in _DIGITS for character in figures):
        return int("".join(str(_DIGITS[character]) for character in figures))
    return _counted(figures)


def _compare_years(claim: str, claimed: set[int], text: str) -> Verdict:
    written = years_in(text)
    if not written:
        return Verdict.ABSENT
    if not claimed <= written:
        return Verdict.CONTRADICTED
    said, known = _days(claim), _days(text)
    for year, month, day in said:
        same_year = {(other_month, other_day) for other_year, other_month, other_day in known if other_year == year}
        fits = any(month == other and (not day or not late or day == late) for other, late in same_year)
        if same_year and not fits:
            return Verdict.CONTRADICTED
    return Verdict.AGREES


def _is_supported(claim: str, text: str, field: str) -> bool:
    """Tell whether every part of a claim stands in a text: its numbers in whatever figures, not inside longer ones."""
    parts = [_marked(part).strip(" |") for part in _PARTS.split(unicodedata.normalize("NFKC", claim))]
    parts = [part for part in parts if part]
    where = _marked(text)
    return bool(parts) and all(_found(part, where, field) for part in parts)


def _found(part: str, where: str, field: str) -> bool:
    for match in _pattern(part, field).finditer(where):
        before, after = where[: match.start()], where[match.end() :]
        if _is_cut(before[-1:], part[0]) or _is_cut(part[-1], after[:1]):
            continue
        if field in _PERSONS and not is_whole_person(_MARKS.sub("", part), before, after):
            continue
        if field == Field.PLACE and not is_whole_place(after):
            continue
        return True
    return False


def _pattern(part: str, field: str) -> re.Pattern[str]:
    """Return what finds a part over line ends and punctuation; the name of one person has no comma in it."""
    between = " *" if field in _PERSONS else f"{_MARK}*"
    pieces = [part[0]]
    for before, after in pairwise(part):
        if _MARKS.fullmatch(after):
            continue
        if _MARKS.fullmatch(before):
            pieces.append(f"{_MARK}*")
        elif not (before.isdigit() and after.isdigit()):
            pieces.append(between)
        pieces.append(re.escape(after))
    return re.compile("".join(pieces))


def _is_cut(before: str, after: str) -> bool:
    """Tell whether a number or a word in Latin letters goes on from one character to the next."""
    both = before + after
    return len(both) == 2 and (both.isdecimal() or (both.isascii() and both.isalpha()))


def _marked(text: str) -> str:
    """Return a text in small letters with Arabic figures, a space for white space, a bar for each punctuation mark."""
    text = _WITHIN_NUMBER.sub("", simplified(unicodedata.normalize("NFKC", text)))
    return _SILENT.sub("|", _ABOUT.sub("", _arabic(_SPACE.sub(" ", text)))).casefold()


def _plain(text: str, *, spans: bool = True) -> str:
    """Return a text without spaces, simplified, with Arabic figures for Chinese ones.

    Args:
        text: any text.
        spans: also for figures that count (二十); without, only for those that stand digit by digit (五九).
    """
    return _arabic(simplified(unbroken(unicodedata.normalize("NFKC", text))), spans=spans)


def _arabic(text: str, *, spans: bool = True) -> str:
    """Return a text with Arabic figures for Chinese ones, all of them or only those that stand digit by digit."""

    def arabic(match: re.Match[str]) -> str:
        if not spans and any(character not in _DIGITS for character in match[0]):
            return "|"
        if all(character in _DIGITS for character in match[0]):
            return "".join(str(_DIGITS[character]) for character in match[0])
        number = number_of(match[0])
        return match[0] if number is None else str(number)

    return _RUN.sub(arabic, text)


def _days(text: str) -> set[tuple[int, int, int]]:
    """Return the dates of a text as year, month, and day or 0."""
    plain = _common_years(_plain(text))
    found = {(int(year), int(month), int(day or 0)) for year, month, day in _DATE.findall(plain)}
    found |= {(1900 + int(match[1]), int(match[3]), int(match[4])) for match in _SHORT_DATE.finditer(plain)}
    return {(year, month, day) for year, month, day in found if 1 <= month <= 12 and day <= 31}


def _common_years(plain: str) -> str:
    """Return a text with years of the common era for those that an era counts."""

    def common(match: re.Match[str]) -> str:
        before, length = _ERAS[match[1]]
        number = 1 if match[2] == "元" else int(match[2])
        return f"|{before + number}年" if 1 <= number <= length else "|"

    return _ERA_YEAR.sub(common, plain)


def _counted(figures: str) -> int | None:
    """Return the value of figures with tens, hundreds and thousands among them; each unit less than the one before."""
    total, section, digit, last = 0, 0, None, 10_000
    for character in figures:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
        elif character == "万":
            if total:
                return None
            total, section, digit, last = ((section + (digit or 0)) or 1) * 10_000, 0, None, 10_000
        else:
            # 廿 is twice ten, and takes no digit before it.
            unit = _UNITS.get(character, 10)
            times = (_TENS[character] // 10) if character in "廿卄卅卌" else (digit or 1)
            if unit >= last or (digit and character not in _UNITS):
                return None
            section, digit, last = section + times * unit, None, unit
    return total + section + (digit or 0)
