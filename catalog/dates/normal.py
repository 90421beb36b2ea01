"""The one form in which date texts are read: half-width, simplified, without spaces, numbers in digits, no time of day.

The table of characters holds the words that dates are written with and no others. `catalog.texts` has OpenCC's whole
table, which takes the reign 乾隆 for 干隆.
"""

import re
import unicodedata

MOST_CHARACTERS = 120
"""A longer text is no date, whatever stands in it."""

_CHARACTERS = str.maketrans(
    "國紀約後號間緒統豐順華舊曆農陰陽週節慶動勞兒婦聖誕黨軍師護記親許從當無詳時點鐘應見題據攝於歲開餘壹貳贰參叁肆伍陸陆柒捌玖拾◯○",
    "国纪约后号间绪统丰顺华旧历农阴阳周节庆动劳儿妇圣诞党军师护记亲许从当无详时点钟应见题据摄于岁开余一二二三三四五六六七八九十〇〇",
)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒−﹘", "-"),
        **dict.fromkeys("–—―─━→", "—"),
        **dict.fromkeys("〜∼˜", "~"),
        **dict.fromkeys("⁄∕", "/"),
        **dict.fromkeys("·•‧∙・", "."),
        **dict.fromkeys("〔【", "["),
        **dict.fromkeys("〕】", "]"),
        # What stands for a figure that nobody knows.
        **dict.fromkeys("×✕╳□＿", "x"),
    }
)
_DIGITS = {"零": 0, **{digit: value for value, digit in enumerate("〇一二三四五六七八九")}}
_DIGIT = "〇零一二三四五六七八九"
# "五六十年代": two decades that share their 十, and the century before them.
_TWO_DECADES = re.compile(
    r"((?:\d{1,2}|[一二三四五六七八九十]{1,3})世纪)?"
    r"([一二三四五六七八九])[、至到—~-]?([一二三四五六七八九])十年代"
)
# The Latin letter O, Greek and Cyrillic ones, for 〇: 一九五O, 195O, but not in "to" and "or".
_LETTER_O = re.compile(rf"(?<=[\d{_DIGIT}])[oοо]+(?![a-z])|(?<![a-zοо])[oοо]+(?=[\d{_DIGIT}])")
_YEAR_DIGITS = re.compile(rf"[{_DIGIT}\dx]{{4}}(?=年|$|[-—~至到或、,/.)\]}}?以之前后])")
_NUMBER = re.compile(
    rf"(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[{_DIGIT}]{{1,4}})"
    r"(?=年代|世纪|年|月|日|号|时|点|分)"
    # "五十至六十年代", "十月一、二日": the unit comes later.
    r"|[一二三四五六七八九]?十(?=[至到—~、-][一二三四五六七八九\d]?[十\d]年代)"
    rf"|(?<=[年月])(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[{_DIGIT}](?![{_DIGIT}十]))"
    r"(?=[至到—~、-][一二三四五六七八九十廿卅\d]{1,3}[月日号])"
    r"|(?<=民国|光绪|宣统|同治|咸丰|道光|嘉庆|乾隆|雍正|康熙|顺治)(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[一二三四五六七八九])"
    r"(?=[至到—~、或-])"
)

_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_ENGLISH_DAY = re.compile(
    rf"(?:\b(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s*)?)?\b({'|'.join(_MONTHS)})[a-z]*\.?\s*"
    r"(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+|,\s*)?(\d{4})\b"
)
_ENGLISH_DECADE = re.compile(r"(?:(early|mid|late)[-\s]*)?(?:the\s*)?\b(\d{3}0|\d0)'?s\b")
_ENGLISH_PARTS = {"early": "初期", "mid": "中期", "late": "末期"}

_PART = "凌晨|拂晓|黎明|清晨|早晨|早上|[上下中正]午|午[前后夜]|黄昏|傍晚|晚上|夜[间晚里]|[深半]夜|白天|[早晚晨夜]"
_CLOCK = (
    r"\d{1,2}(?:时|点钟?|:)(?:半|整|[一二三123]刻|\d{1,2}分?(?::?\d{1,2}(?:\.\d+)?秒?)?)?(?:z|[+-]\d{2}:?\d{2}|[ap]m)?"
)
_WEEKDAY = "(?:星期|礼拜|周)[一二三四五六日天]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?(?![a-z])"
# So many at most: what can be cut in many ways would be tried in all of them.
_TIME = rf"(?:[,、]?(?:{_WEEKDAY}|(?:{_PART}|{_CLOCK})(?:左右|前后|许)?)){{1,4}}"
_DOTTED = r"\d{4}[-./年:]\d{1,2}[-./月:]\d{1,2}"
_CLOCK_AFTER_SPACE = re.compile(rf"({_DOTTED}(?:日|号)?)(?:\s*t\s*|\s+){_CLOCK}")
_TIME_AFTER_DAY = re.compile(rf"(?<=[日号节旦)]){_TIME}(?:[至到~—-]+{_TIME})?(?=$|[-—~至到或、,/)\]])")
_TIME_AFTER_DOTTED = re.compile(rf"({_DOTTED}),?(?:{_WEEKDAY}|{_PART})(?:{_TIME})?(?=$|[-—~至到或、,/)\]])")
_TIME_IN_BRACKETS = re.compile(rf"(?<=[\d日号节旦])[(\[]{_TIME}[)\]]")
_SPACED_DAY = re.compile(r"\b(\d{4})\s+(\d{1,2})\s+(\d{1,2})\b")
_UNKNOWN_FIGURE = re.compile(r"(?<=\d)[*_]+|[*_]+(?=[月日])")
# Where 195? and 195- stand alone, or before 年, the sign stands for a figure.
_UNKNOWN_LAST = re.compile(r"(?<!\d)(\d{3}\?|\d{2}\?\?)(?=年|$|[-—~/至到\]])|^\[?(\d{3}-|\d{2}--)(?=\??\]?$|年)")
_DOUBT_IN_BRACKETS = re.compile(r"(?<=.)[(\[]\?[)\]]")
_DOUBT_INSIDE = re.compile(r"(?<=\d{4})\?年$")
_AT_END = re.compile(r"(?:[。,、;]|(?<!\.)\.)+$")


def normal(text: str) -> str:
    """Return a text in the form in which it is read; empty where it is too long to be a date."""
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_CHARACTERS).translate(_SIGNS).lower()
    if len(text) > MOST_CHARACTERS:
        return ""
    text = _CLOCK_AFTER_SPACE.sub(r"\1", text.strip())
    text = _ENGLISH_DECADE.sub(_decade_in_chinese, _ENGLISH_DAY.sub(_day_in_digits, text))
    text = re.sub(r"\s+", "", _SPACED_DAY.sub(r"\1-\2-\3", text))
    text = _DOUBT_INSIDE.sub("年?", _DOUBT_IN_BRACKETS.sub("?", text)).replace("月份", "月")
    text = _unknown_figures(_AT_END.sub("", text))
    return _without_time(_in_digits(text))


def _in_digits(text: str) -> str:
    """Return a text with its years and numbers in digits, and centuries that are named by where they are from here."""
    text = _LETTER_O.sub(lambda match: "〇" * len(match[0]), text)
    text = text.replace("上个世纪", "20世纪").replace("上世纪", "20世纪").replace("元月", "1月")
    text = _TWO_DECADES.sub(r"\1\2十年代至\1\3十年代", text)
    text = _YEAR_DIGITS.sub(lambda match: "".join(str(_DIGITS.get(digit, digit)) for digit in match[0]), text)
    return _NUMBER.sub(lambda match: str(_number(match[0])), text)


def _number(text: str) -> int:
    """Return the value of a Chinese numeral below one hundred, such as 十二, 二十五 or 廿五."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return int("".join(str(_DIGITS[digit]) for digit in text))
    tens, _, ones = text.partition("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _without_time(text: str) -> str:
    """Return a text whose days have no weekday and no time of day beside them."""
    text = _TIME_IN_BRACKETS.sub("", text)
    return _TIME_AFTER_DOTTED.sub(r"\1", _TIME_AFTER_DAY.sub("", text))


def _unknown_figures(text: str) -> str:
    text = _UNKNOWN_FIGURE.sub(lambda match: "x" * len(match[0]), text)
    return _UNKNOWN_LAST.sub(lambda match: re.sub("[?-]", "x", match[0]), text)


def _day_in_digits(match: re.Match[str]) -> str:
    day = match[1] or match[3]
    return f"{match[4]}-{_MONTHS[match[2]]:02d}" + (f"-{int(day):02d}" if day else "")


def _decade_in_chinese(match: re.Match[str]) -> str:
    return f"{match[2]}年代{_ENGLISH_PARTS.get(match[1] or '', '')}"
