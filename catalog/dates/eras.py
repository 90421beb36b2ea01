"""Years of reigns and of the Republic as Gregorian years.

A Qing year is read as the Gregorian year that it stands for in every table: it began some weeks later and ended some
weeks after. Its months are those of the moon; no calendar is kept here to convert them, so a text with one of the
first ten is read as its year, and one with the last two, which may lie in the year after, is not read at all.
"""

import re

_REIGNS = {
    "顺治": (1644, 18),
    "康熙": (1662, 61),
    "雍正": (1723, 13),
    "乾隆": (1736, 60),
    "嘉庆": (1796, 25),
    "道光": (1821, 30),
    "咸丰": (1851, 11),
    "同治": (1862, 13),
    "光绪": (1875, 34),
    "宣统": (1909, 3),
}
"""Qing reigns: the first year, and how many there are."""
_GREGORIAN = {"民国": 1912, "康德": 1934, "明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
"""Countings of years whose months are the Gregorian ones: the first year."""

_NAME = "|".join((*_REIGNS, *_GREGORIAN))
_SHORT = re.compile(r"中华民国(?=元|前|\d)|(?<![\u4e00-\u9fff])民(?=(?:元|前?\d{1,3})年)")
_DYNASTY = re.compile(rf"清[代朝]?(?={'|'.join(_REIGNS)})")
_BEFORE = re.compile(r"民国前(\d{1,2})年")
# 民国25年至26年: the second year is of the same counting as the first.
_SHARED = re.compile(rf"({_NAME})((?:元|\d{{1,3}})(?:年[^年]*?)?)(至|到|[-—~/]|或|、)(?=(?:元|\d{{1,2}})年)")
_MOON = r"闰?(?P<month>正|冬|腊|\d{1,2})月(?:[上中下]旬|[望朔晦]|初?[\d一二三四五六七八九十]{1,3}日?)?"
_REIGN = re.compile(rf"(?P<name>{'|'.join(_REIGNS)})(?P<number>元|\d{{1,2}})年?(?:{_MOON}|(?![\d闰代]))")
_COUNTED = re.compile(rf"({'|'.join(_GREGORIAN)})(元|\d{{1,3}})(?:年(?!代)|(?=[-./]\d{{1,2}}(?:[-./]|$))|(?![\d年]))")
_MOON_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_LAST_SURE_MONTH = 10


def has_reign(text: str) -> bool:
    """Tell whether a text names a year of a Qing reign."""
    return _REIGN.search(text) is not None


def spelled_out(text: str) -> str:
    """Return a text in which every year says by which counting it goes: 民国25年至民国26年 for 民国25年至26年."""
    text = _DYNASTY.sub("", _SHORT.sub("民国", text))
    while (shared := _SHARED.sub(r"\1\2\3\1", text)) != text:
        text = shared
    return text


def to_gregorian(text: str) -> str:
    """Return a text with Gregorian years for those of reigns and of the Republic; what is no such year stays."""
    text = _BEFORE.sub(lambda match: f"{1912 - int(match[1])}年", text)
    return _COUNTED.sub(_counted, _REIGN.sub(_of_reign, text))


def _counted(match: re.Match[str]) -> str:
    year = _GREGORIAN[match[1]] + _number(match[2]) - 1
    # In 民国38.10.1 what follows brings its own sign.
    return f"{year}年" if match[0].endswith("年") or match.end() == len(match.string) else str(year)


def _of_reign(match: re.Match[str]) -> str:
    first, length = _REIGNS[match["name"]]
    number = _number(match["number"])
    month = match["month"] or "1"
    if number > length or (_MOON_MONTHS.get(month) or int(month)) > _LAST_SURE_MONTH:
        return match[0]
    return f"{first + number - 1}年"


def _number(text: str) -> int:
    return 1 if text == "元" else int(text)
