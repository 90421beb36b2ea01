"""Reads a date text: single dates, and what is put together of them by ranges, choices, brackets, before and after."""

import re
from functools import lru_cache

from catalog.dates.completing import completed
from catalog.dates.eras import has_reign, spelled_out
from catalog.dates.normal import MOST_CHARACTERS, normal
from catalog.dates.ranges import DateRange, common, spanned, widened
from catalog.dates.single import single, without_doubt

_UNKNOWN = re.compile(
    r"^(?:(?:拍摄)?(?:年代|年月|年份|时间|日期)?(?:不详|未详|不明|待考|待查|未知|失考)|无(?:日期|时间|年代|年月)?|佚|"
    r"unknown|undated|[ns]\.?d|x+)?\?*$"
)
"""What people write where no date is known: it says so, and there is nothing in it to be read."""

_BEFORE = re.compile(
    r"^(?:早于|不晚于|不迟于|最晚|至迟|迟至|截至|截止|before|until|by|pre-?|至|到)?(.+?)"
    r"(?:(?:[及或和]其?)?(?:以前|之前)|(?<=[年月日号代纪旬末初底期春夏秋冬季\d])前|为?止)?$"
)
_AFTER = re.compile(
    r"^(?:晚于|不早于|最早|after|since|from|post-?)?(.+?)"
    r"(?:(?:[及或和]其?)?(?:以后|之后|以来|以降|开始)|(?<=[年月日号代纪旬末初底期春夏秋冬季\d])[后起始]|[-—]?(?:至今|迄今))?$"
)
_SINCE = re.compile(r"^(?:自从|自|从|由)(.+?)(?:起|开始|以后|以来|后)?$")
_TURN = re.compile(r"(?:之交|之际|之间)$|(?<=[年月代纪])期间$")
_WHOLE_DAY = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}")
_FROM = re.compile(r"^(?:自|从|由|between|from)")
# The plain signs are never part of a date; the others are, so the rightmost of them is tried first.
_PLAIN_SIGN = re.compile(r"[-—~]*(?:至|到|~|——?|--|\.\.|(?<=\d)to(?=\d)|(?<=[代s\d])and(?=\d))[-—~]*")
_SIGN = re.compile(r"[-/]")
_MOST_SIGNS = 8
_CHOICE = re.compile(r"或者|或是|或|(?<=\d)or(?=\d)|[、,;和及与&|]")
_MOST_CHOICES = 12
_ADJACENT = re.compile(r"(?<=[末底初春夏秋冬期叶季旬])(?=\d)")
_OPEN_END = re.compile(r"^(.+?)(?:/\.\.|/|\.\.)$|^(\d{4}年?)[-—]$")
_OPEN_START = re.compile(r"^(?:\.\./?|/)(.+)$")
_BRACKET = re.compile(r"^([^(\[{]*)[(\[{]([^()\[\]{}]*)[)\]}](.*)$")
# Beside a date in brackets these say how somebody came to it, or name it by another calendar.
_REMARK = re.compile(
    r"^(?:据?(?:考证?|考订|题记|题字|背面?题字?|档案|登记)|(?:农历|旧历|阴历|夏历).*|[公西阳新]历|公元|拍?摄|下同|"
    r"(?:岁次)?[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥](?:[年岁].*)?|[鼠牛虎兔龙蛇马羊猴鸡狗猪]年)$"
)
_GREGORIAN_YEAR = re.compile(r"\d{4}")
_MOST_BRACKETS = 3


def parse(text: str) -> DateRange | None:
    """Return the days a date text may mean.

    Understands years, months and days with digits or Chinese numerals, decades, centuries, seasons, festivals with a
    fixed day, years of the Qing and of the Republic, ranges, choices, words of approximation, before and after,
    brackets, and EDTF (ISO 8601-2, level 1). Never raises: people and models write anything.

    Args:
        text: such as "1959年5月", "1950年代", "民国三十八年（1949）", "约1960年", "1958-1962", "1949年以前", "待考".

    Returns:
        The range, or None where the text names no date, or two that contradict each other.
    """
    plain = spelled_out(normal(text))
    return _whole(plain) if plain and len(re.findall(r"[(\[{]", plain)) <= _MOST_BRACKETS else None


def is_unread(text: str) -> bool:
    """Tell whether a text is there and means some date, but is not understood. 不详 and 待考 mean none."""
    plain = normal(text).strip(".()[]{}")
    is_said_unknown = _UNKNOWN.match(plain) is not None and len(text) <= MOST_CHARACTERS
    return bool(text.strip()) and not is_said_unknown and parse(text) is None


# Parts of a text are asked for more than once, and records of one box bear the same dates.
@lru_cache(maxsize=2048)
def _whole(text: str) -> DateRange | None:
    """Read an expression of any kind, in its normal form."""
    # What stands outside brackets holds for what is in them too, so brackets come late: 光绪三十四年（1908）以前.
    for reader in (single, _open, _range, _choice, _bracketed, _adjacent):
        found = reader(text)
        if found is not None:
            return found
    turn = _TURN.sub("", text)
    return _whole(turn) if turn != text else None


def _bracketed(text: str) -> DateRange | None:
    """Read "民国三十八年（1949）", "[1945]年", "一九四五年[八月]", "1956年（国庆节）"."""
    match = _BRACKET.match(text)
    if match is None:
        return None
    certain = without_doubt(text)
    if certain != text:
        about = _bracketed(certain)
        return widened(about) if about else None
    before, inner, after = match.groups()
    # Brackets around a part of the date only say that somebody found it out.
    if found := _whole(before + inner + after):
        return found
    outer, inside = _whole(before + after), _inside(inner)
    if _REMARK.match(inner):
        return outer
    if outer is not None and inside is not None:
        # The Gregorian year in brackets is more than what a table of reigns says, and a doubt in them is one.
        prevails = has_reign(before + after) or without_doubt(inner) != inner
        return inside if prevails and common(outer, inside) else common(outer, inside)
    return inside if outer is None and inside is not None and _is_within(before + after, inside) else None


def _inside(text: str) -> DateRange | None:
    """Read what stands in brackets: a date, perhaps beside a remark as in "戊申，1908年"."""
    found = _whole(text)
    parts = [part for part in re.split("[,、;]", text) if not _REMARK.match(part)]
    return _whole(parts[0]) if found is None and len(parts) == 1 and parts[0] != text else found


def _is_within(text: str, found: DateRange) -> bool:
    """Tell whether no year that a text names, which is not understood, contradicts a range."""
    first = found.start.year if found.start else 0
    last = found.end.year if found.end else 9999
    return all(first <= int(year) <= last for year in _GREGORIAN_YEAR.findall(text))


def _open(text: str) -> DateRange | None:
    """Read what is open to one side: "1949年以前", "1966年后", "1956年至今", "../1949", "1966/"."""
    if match := _OPEN_END.match(text):
        return _after(match[1] or match[2])
    if match := _OPEN_START.match(text):
        return _until(match[1])
    for pattern, reader in ((_BEFORE, _until), (_AFTER, _after), (_SINCE, _after)):
        match = pattern.match(text)
        if match and match[1] != text and (found := reader(match[1])):
            return found
    return None


def _until(text: str) -> DateRange | None:
    found = _single_or_bracketed(text)
    return DateRange(None, found.end) if found and found.end else None


def _after(text: str) -> DateRange | None:
    found = _single_or_bracketed(text)
    return DateRange(found.start, None) if found and found.start else None


def _single_or_bracketed(text: str) -> DateRange | None:
    return single(text) or _bracketed(text)


def _range(text: str) -> DateRange | None:
    """Read a range, by the one of its signs at which both sides are dates."""
    if _WHOLE_DAY.fullmatch(text):
        return None  # a day that does not exist: 1918-04-31 is no range of years
    text = _FROM.sub("", text).replace("起至", "至").replace("起到", "到").removesuffix("止")
    signs = [*_PLAIN_SIGN.finditer(text), *reversed(list(_SIGN.finditer(text)))]
    for sign in signs[:_MOST_SIGNS]:
        found = _between(text[: sign.start()], text[sign.end() :])
        if found is not None:
            return found
    return None


def _between(first: str, last: str) -> DateRange | None:
    """Return the range from one date text to another; "1958-62" and "1959年5-7月" leave out what is the same."""
    for one, other in completed(first, last):
        start, end = _single_or_bracketed(one), _single_or_bracketed(other)
        if start and end and start.start and end.end and start.start <= end.end:
            return DateRange(start.start, end.end)
    return None


def _choice(text: str) -> DateRange | None:
    """Read a choice or a list: from the first day of any of them to the last."""
    first, *others = _CHOICE.split(text)
    if not others or len(others) >= _MOST_CHOICES:
        return None
    found: list[DateRange] = []
    for other in others:
        pairs = ((_side(one), _side(two)) for one, two in completed(first, other))
        both = next(((one, two) for one, two in pairs if one and two), None)
        if both is None:
            return None
        found += both
    return spanned(found)


def _side(text: str) -> DateRange | None:
    return single(text) or _range(text)


def _adjacent(text: str) -> DateRange | None:
    """Read two dates side by side: "五十年代末六十年代初", "1957年冬1958年春"."""
    for place in _ADJACENT.finditer(text):
        found = _between(text[: place.start()], text[place.start() :])
        if found is not None:
            return found
    return None
