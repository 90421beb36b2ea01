"""Chinese date texts as ranges of days, so that records can be sorted and filtered by date.

The text a person or the model wrote stays as it is; only the range derived from it is used for comparing.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

APPROXIMATE_YEARS = 2
"""How far "约1960年" reaches to either side."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """The first and the last day a date text may mean."""

    start: date
    end: date


_CHINESE_DIGITS = {
    "〇": 0,
    "○": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_CHINESE_YEAR = re.compile(r"[〇○零一二三四五六七八九]{4}(?=年|$|[-–—~至到])")
_CHINESE_NUMBER = re.compile(
    r"(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[〇○零一二三四五六七八九]{1,4})"
    r"(?=年代|世纪|年|月|日|号)"
)
# "五六十年代": two decades that share their 十, and the century before them.
_TWO_DECADES = re.compile(
    r"((?:\d{1,2}|[一二三四五六七八九十]{1,3})世纪)?([一二三四五六七八九])、?([一二三四五六七八九])十年代"
)
_UNCERTAIN = re.compile(r"^(?:大约|约|可能|疑为|疑|或为|ca\.?|c\.)|(?:左右|前后|\?|\(\?\)|\(约\))$", re.IGNORECASE)
_RANGE = re.compile(r"[-–—~]{1,2}|至|到")
_REPUBLIC = re.compile(r"^民国(元|\d{1,3})年(.*)$")

_DAY = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})(?:月|[-./])(\d{1,2})(?:日|号)?$")
_COMPACT_DAY = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})月?(上旬|中旬|下旬|初|中|底|末)?$")
_YEAR = re.compile(r"^(\d{4})年?(.*)$")
_DECADE = re.compile(r"^(?:(\d{1,2})世纪)?(\d{2}|\d{3}0)年代(.*)$")
_CENTURY = re.compile(r"^(\d{1,2})世纪(.*)$")

_PARTS: dict[str, tuple[float, float]] = {
    "": (0, 1),
    "初": (0, 0.3),
    "早期": (0, 0.4),
    "前期": (0, 0.5),
    "上半叶": (0, 0.5),
    "中": (0.3, 0.7),
    "中期": (0.3, 0.7),
    "中叶": (0.3, 0.7),
    "后期": (0.5, 1),
    "下半叶": (0.5, 1),
    "晚期": (0.6, 1),
    "末": (0.7, 1),
    "末期": (0.7, 1),
    "底": (0.7, 1),
}
_SEASONS = {"春": (3, 5), "春季": (3, 5), "夏": (6, 8), "夏季": (6, 8), "秋": (9, 11), "秋季": (9, 11)}
_YEAR_PARTS = {
    **_SEASONS,
    "冬": (10, 12),
    "冬季": (10, 12),
    "初": (1, 3),
    "年初": (1, 3),
    "上半年": (1, 6),
    "下半年": (7, 12),
    "底": (10, 12),
    "年底": (10, 12),
    "末": (10, 12),
    "年末": (10, 12),
}
_MONTH_DAYS = {
    "上旬": (1, 10),
    "初": (1, 10),
    "中旬": (11, 20),
    "中": (11, 20),
    "下旬": (21, 31),
    "底": (21, 31),
    "末": (21, 31),
}


def parse(text: str) -> DateRange | None:
    """Return the days a date text may mean.

    Understands years, months and days with digits or Chinese numerals, decades, centuries, seasons, years of the
    Republic, ranges, and words of approximation. Never raises: people and models write anything.

    Args:
        text: such as "1959年5月", "1950年代", "一九五九年", "约1960年", "1958-1962", "待考".

    Returns:
        The range, or None where the text names no date.
    """
    plain = _plain(text)
    single = _single(plain)
    if single is not None:
        return single
    ends = _RANGE.split(plain)
    if len(ends) != 2:
        return None
    return _between(*ends)


def _between(first: str, last: str) -> DateRange | None:
    """Return the range from one date text to another; "1958-62" and "1959年5-7月" leave out what is the same."""
    if year := re.match(r"^(\d{4})(年?)", first):
        if re.fullmatch(r"\d{2}年?", last) and re.fullmatch(r"\d{4}年?", first):
            last = year[1][:2] + last
        elif re.fullmatch(r"\d{1,2}月", last):
            first, last = (first if first.endswith("月") else first + "月"), f"{year[1]}年{last}"
        elif (month := re.match(r"^\d{4}年\d{1,2}月", first)) and re.fullmatch(r"\d{1,2}[日号]", last):
            first, last = (first if first[-1] in "日号" else first + "日"), month[0] + last
    start, end = _single(first), _single(last)
    if start is None or end is None or start.start > end.end:
        return None
    return DateRange(start.start, end.end)


def _single(text: str) -> DateRange | None:
    """Return the days that one date text, without a range sign, may mean."""
    certain = _UNCERTAIN.sub("", text).strip()
    found = _exact(certain)
    if found is None or certain == text:
        return found
    return _widened(found)


def _exact(text: str) -> DateRange | None:
    if republic := _REPUBLIC.match(text):
        number = 1 if republic[1] == "元" else int(republic[1])
        text = f"{1911 + number}年{republic[2]}"
    for pattern, reader in _READERS:
        if match := pattern.match(text):
            try:
                return reader(match)
            except ValueError:
                # A month 13 or a 31 April: no day answers to it.
                return None
    return None


def _day(match: re.Match[str]) -> DateRange:
    day = date(int(match[1]), int(match[2]), int(match[3]))
    return DateRange(day, day)


def _month(match: re.Match[str]) -> DateRange:
    year, month = int(match[1]), int(match[2])
    last = calendar.monthrange(year, month)[1]
    first_day, last_day = _MONTH_DAYS.get(match[3] or "", (1, 31))
    return DateRange(date(year, month, first_day), date(year, month, min(last_day, last)))


def _year(match: re.Match[str]) -> DateRange | None:
    rest = match[2].strip()
    months = (1, 12) if not rest else _YEAR_PARTS.get(rest)
    if months is None:
        return None
    return _months(int(match[1]), *months)


def _decade(match: re.Match[str]) -> DateRange | None:
    digits = match[2]
    # "50年代" alone is the twentieth century's, in every archive of photographs.
    first = int(digits) if len(digits) == 4 else (int(match[1] or 20) - 1) * 100 + int(digits)
    return _part_of(first, 10, match[3])


def _century(match: re.Match[str]) -> DateRange | None:
    return _part_of((int(match[1]) - 1) * 100, 100, match[2])


def _part_of(first: int, years: int, part: str) -> DateRange | None:
    share = _PARTS.get(part.strip())
    if share is None:
        return None
    start, end = first + int(years * share[0]), first + int(years * share[1]) - 1
    return DateRange(date(start, 1, 1), date(end, 12, 31))


def _months(year: int, first: int, last: int) -> DateRange:
    return DateRange(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _widened(found: DateRange) -> DateRange:
    """Return an approximate date's range: some years to either side, whole years."""
    start = max(found.start.year - APPROXIMATE_YEARS, 1)
    return DateRange(date(start, 1, 1), date(min(found.end.year + APPROXIMATE_YEARS, 9999), 12, 31))


def _plain(text: str) -> str:
    """Return the text in half-width characters, without spaces, its years and numbers in digits."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).rstrip("。.,")
    plain = plain.replace("上世纪", "20世纪").replace("上个世纪", "20世纪")
    plain = _TWO_DECADES.sub(r"\1\2十年代至\1\3十年代", plain)
    plain = _CHINESE_YEAR.sub(lambda match: "".join(str(_CHINESE_DIGITS[digit]) for digit in match[0]), plain)
    return _CHINESE_NUMBER.sub(lambda match: str(_number(match[0])), plain)


def _number(text: str) -> int:
    """Return the value of a Chinese numeral below one hundred, such as 十二, 二十五 or 廿五."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return int("".join(str(_CHINESE_DIGITS[digit]) for digit in text))
    tens, _, ones = text.partition("十")
    return (_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0)


_READERS = (
    (_DECADE, _decade),
    (_CENTURY, _century),
    (_DAY, _day),
    (_COMPACT_DAY, _day),
    (_MONTH, _month),
    (_YEAR, _year),
)
