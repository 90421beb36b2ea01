"""One date expression: a day, a month, a year or a part of it, a decade, a century, each perhaps uncertain."""

import calendar
import re
from datetime import date

from catalog.dates.eras import to_gregorian
from catalog.dates.ranges import DateRange, months, widened, years

_BEFORE_UNCERTAIN = (
    r"(?:大约|大概|约莫|约|可能|估计|推测|推定|推断|疑似|似|疑|或(?=[为是]))[为是在于]?"
    r"|(?:circa|ca\.?|c\.?|about|around|approx(?:imately|\.)?|probably|possibly)(?=\d)|[~?](?=\d)"
)
_AFTER_UNCERTAIN = r"左右|前后|上下|光景|许|约|存疑|待考|待查|疑|推测|估计|[?~%]"
_UNCERTAIN = re.compile(rf"^(?:{_BEFORE_UNCERTAIN})+|(?:{_AFTER_UNCERTAIN})+$")
_AROUND = re.compile(
    r"^(?:(?:拍?摄|照|印|制|建|作)于|(?:拍摄|摄影|形成)?(?:时间|日期|年代)[:为是]?|公元(?!前)|公历|西历|西元|阳历|新历)+"
    r"|(?:拍摄|摄影|留影|摄|照|拍|印|制)$"
)

# Of two different signs one is a range's: 1956.10-12.
_DAY = re.compile(
    r"^(?P<y>\d{4})(?:年(?P<m>\d{1,2})[月.]|(?P<sign>[-./:、])(?P<n>\d{1,2})(?P=sign))(?P<d>\d{1,2})[日号]?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$|^((?:1\d|20)\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})月?(上旬|中旬|下旬|上中旬|中下旬|初|中|底|末)?(?:间|内)?$")
_UNKNOWN_DAY = re.compile(r"^(\d{4})(?:年|[-./])(\d{1,2})(?:月|[-./])(?:x{1,2}|00|0)日?$")
_UNKNOWN_MONTH = re.compile(r"^(\d{4})(?:年|[-./])(?:x{1,2}|00|0)(?:月|[-./]|$)(?:(?:x{1,2}|\d{1,2})日?)?$")
_UNKNOWN_YEAR = re.compile(
    r"^(?:(\d{3})x|(\d{2})xx)年?(?:[-./]?(?:x{1,2}|\d{1,2})(?:[-./月]|$))?(?:(?:x{1,2}|\d{1,2})日?)?$"
)
_EDTF_PART = re.compile(r"^(\d{4})-(\d{2})$")
_YEAR = re.compile(r"^(\d{4})年?(.*)$")
_DECADE = re.compile(r"^(?:(\d{1,2})世纪)?(\d{2}|\d{3}0)年代(.*)$")
_CENTURY = re.compile(r"^(\d{1,2})(?:世纪|(?:st|nd|rd|th)century)(.*)$")

_PARTS: dict[str, tuple[float, float]] = {
    "": (0, 1),
    **dict.fromkeys(("初", "初期", "初叶"), (0, 0.3)),
    "早期": (0, 0.4),
    **dict.fromkeys(("前期", "上半叶", "上半期", "前半叶", "前半期", "前半", "前半段"), (0, 0.5)),
    **dict.fromkeys(("前中期", "中前期", "早中期"), (0, 0.7)),
    **dict.fromkeys(("中", "中期", "中叶"), (0.3, 0.7)),
    **dict.fromkeys(("中后期", "中晚期", "中末期"), (0.3, 1)),
    **dict.fromkeys(("后期", "下半叶", "下半期", "后半叶", "后半期", "后半", "后半段"), (0.5, 1)),
    "晚期": (0.6, 1),
    **dict.fromkeys(("末", "末期", "末叶", "底"), (0.7, 1)),
}
_SEASON_MONTHS = {"春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (10, 12)}
_SEASONS = re.compile(
    r"^[初早仲孟季暮晚深盛金隆严寒]?([春夏秋冬])(?:[、至到—~-]?([春夏秋冬]))?(?:季|天|日|两季)?(?:之交|之际|间)?$"
)
_YEAR_PARTS = {
    "": (1, 12),
    **dict.fromkeys(("初", "年初"), (1, 3)),
    **dict.fromkeys(("上半年", "前半年"), (1, 6)),
    **dict.fromkeys(("下半年", "后半年"), (7, 12)),
    **dict.fromkeys(("中", "年中"), (5, 8)),
    **dict.fromkeys(("底", "年底", "末", "年末"), (10, 12)),
    **dict.fromkeys(("暑假", "暑期"), (7, 8)),
    **{f"-q{number}": (3 * number - 2, 3 * number) for number in (1, 2, 3, 4)},
    **dict.fromkeys(("间", "内", "全年", "度"), (1, 12)),
    **{f"{word}季度": (3 * number - 2, 3 * number) for number in (1, 2, 3, 4) for word in (number, f"第{number}")},
    **{f"{word}季度": (3 * n - 2, 3 * n) for n, digit in enumerate("一二三四", 1) for word in (digit, f"第{digit}")},
}
# What EDTF (ISO 8601-2) writes in place of a month: seasons, quarters, halves.
_EDTF_PARTS = {
    21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (10, 12),
    33: (1, 3), 34: (4, 6), 35: (7, 9), 36: (10, 12), 40: (1, 6), 41: (7, 12),
}  # fmt: skip
_MONTH_DAYS = {
    **dict.fromkeys(("上旬", "初"), (1, 10)),
    **dict.fromkeys(("中旬", "中"), (11, 20)),
    **dict.fromkeys(("下旬", "底", "末"), (21, 31)),
    "上中旬": (1, 20),
    "中下旬": (11, 31),
}
_FESTIVALS = {
    "元旦 元旦节 新年": (1, 1),
    "三八 三八节 妇女节 三八妇女节 国际妇女节 三八国际妇女节": (3, 8),
    "植树节": (3, 12),
    "五一 五一节 劳动节 五一劳动节 国际劳动节 五一国际劳动节": (5, 1),
    "五四 五四青年节 青年节": (5, 4),
    "护士节": (5, 12),
    "六一 六一节 儿童节 六一儿童节 国际儿童节 六一国际儿童节": (6, 1),
    "七一 建党节 党的生日 七一建党节": (7, 1),
    "八一 建军节 八一建军节": (8, 1),
    "教师节": (9, 10),
    "十一 国庆 国庆节 国庆日 十一国庆节": (10, 1),
    "双十 双十节": (10, 10),
    "记者节": (11, 8),
    "国家公祭日": (12, 13),
    "平安夜": (12, 24),
    "圣诞 圣诞节": (12, 25),
}
_MOVABLE_FESTIVALS = {
    "除夕 大年三十": ((1, 20), (2, 20)),
    "春节 大年初一": ((1, 21), (2, 21)),
    "元宵 元宵节": ((2, 4), (3, 7)),
    "清明 清明节": ((4, 4), (4, 6)),
    "端午 端午节": ((5, 27), (6, 26)),
    "中秋 中秋节": ((9, 7), (10, 8)),
    "重阳 重阳节": ((10, 1), (11, 2)),
    "夏至": ((6, 20), (6, 22)),
    "冬至": ((12, 21), (12, 23)),
}
"""Festivals of the moon and the sun: the days on which they can fall."""
_FESTIVAL_DAYS = {name: (day, day) for names, day in _FESTIVALS.items() for name in names.split()} | {
    name: days for names, days in _MOVABLE_FESTIVALS.items() for name in names.split()
}
_DAY_AND_FESTIVAL = re.compile(r"^(\d{4}(?:年|[-./])\d{1,2}(?:月|[-./])\d{1,2}[日号]?),?(\D+)$")


def single(text: str) -> DateRange | None:
    """Return the days that one date expression, without a range sign, may mean.

    Args:
        text: in its normal form.

    Returns:
        The range; None where it is no such expression.
    """
    certain = without_doubt(text)
    found = _exact(to_gregorian(_AROUND.sub("", certain)))
    return found if found is None or certain == text else widened(found)


def without_doubt(text: str) -> str:
    """Return a text without the words and signs around it that say that it is not certain."""
    return _UNCERTAIN.sub("", text)


def _exact(text: str) -> DateRange | None:
    for pattern, reader in _READERS:
        if match := pattern.match(text):
            try:
                found = reader(match)
            except ValueError:
                # A month 13 or a 31 April: no day answers to it.
                continue
            if found is not None:
                return found
    return None


def _day(match: re.Match[str]) -> DateRange:
    found = date(int(match["y"]), int(match["m"] or match["n"]), int(match["d"]))
    return DateRange(found, found)


def _day_and_festival(match: re.Match[str]) -> DateRange | None:
    """Read "1956年10月1日国庆节", where the one is the other."""
    found, days = _exact(match[1]), _FESTIVAL_DAYS.get(match[2])
    if found is None or days is None or found.start is None:
        return None
    return found if days[0] <= (found.start.month, found.start.day) <= days[1] else None


def _compact(match: re.Match[str]) -> DateRange:
    """Read 19561001 and 195610; zeros stand for what is not known."""
    year, month, day = int(match[1] or match[4]), int(match[2] or match[5]), int(match[3] or 0)
    if month == 0 and day == 0 and match[3]:
        return years(year, year)
    return months(year, month, month) if day == 0 else DateRange(date(year, month, day), date(year, month, day))


def _month(match: re.Match[str]) -> DateRange:
    year, month = int(match[1]), int(match[2])
    first, last = _MONTH_DAYS.get(match[3] or "", (1, 31))
    start = date(year, month, first)
    return DateRange(start, start.replace(day=min(last, calendar.monthrange(year, month)[1])))


def _unknown_day(match: re.Match[str]) -> DateRange:
    return months(int(match[1]), int(match[2]), int(match[2]))


def _unknown_month(match: re.Match[str]) -> DateRange:
    return years(int(match[1]), int(match[1]))


def _unknown_year(match: re.Match[str]) -> DateRange:
    first, length = (int(match[1]) * 10, 10) if match[1] else (int(match[2]) * 100, 100)
    return years(first, first + length - 1)


def _edtf_part(match: re.Match[str]) -> DateRange | None:
    found = _EDTF_PARTS.get(int(match[2]))
    # 1918-21 is how people write 1918 to 1921.
    if found is None or int(match[2]) > int(match[1][2:]):
        return None
    return months(int(match[1]), *found)


def _year(match: re.Match[str]) -> DateRange | None:
    year, rest = int(match[1]), match[2]
    if span := _YEAR_PARTS.get(rest):
        return months(year, *span)
    if seasons := _SEASONS.match(rest):
        first, last = _SEASON_MONTHS[seasons[1]], _SEASON_MONTHS[seasons[2] or seasons[1]]
        return months(year, first[0], last[1]) if first <= last else None
    if found := _FESTIVAL_DAYS.get(rest.removesuffix("当日").removesuffix("当天")):
        return DateRange(date(year, *found[0]), date(year, *found[1]))
    return None


def _decade(match: re.Match[str]) -> DateRange | None:
    digits = match[2]
    # "50年代" alone is the twentieth century's, in every archive of photographs.
    first = int(digits) if len(digits) == 4 else (int(match[1] or 20) - 1) * 100 + int(digits)
    return _part_of(first, 10, match[3])


def _century(match: re.Match[str]) -> DateRange | None:
    return _part_of((int(match[1]) - 1) * 100, 100, match[2])


def _part_of(first: int, length: int, part: str) -> DateRange | None:
    share = _PARTS.get(part)
    if share is None:
        return None
    # The first century has no year 0.
    return years(max(first + int(length * share[0]), 1), first + int(length * share[1]) - 1)


_READERS = (
    (_DECADE, _decade),
    (_CENTURY, _century),
    (_DAY, _day),
    (_DAY_AND_FESTIVAL, _day_and_festival),
    (_COMPACT, _compact),
    (_MONTH, _month),
    (_UNKNOWN_DAY, _unknown_day),
    (_UNKNOWN_MONTH, _unknown_month),
    (_UNKNOWN_YEAR, _unknown_year),
    (_EDTF_PART, _edtf_part),
    (_YEAR, _year),
)
