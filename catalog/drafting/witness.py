"""The second witness: does what a draft claims agree with what a reader found written in the picture?

Pure functions on text. Years match however archives write them: 1959年, 一九五九年, 五九年, 民国三十八年, 光緒廿一年.
Other numbers match in Chinese and Arabic figures, names and places in simplified and the commonest traditional
characters. Nothing is guessed: what is not there is absent, and only another year is a contradiction.
"""

import re
import unicodedata
from enum import Enum

from catalog.texts import unbroken

_DIGITS = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "廿": 20, "卄": 20, "卅": 30, "卌": 40}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_NUMERALS = "".join([*_DIGITS, *_TENS, *_UNITS])
_RUN = re.compile(f"[{_NUMERALS}]+")

# Era → the year before its first, and how many years it had.
_ERAS = {
    "民国": (1911, 120), "宣统": (1908, 3), "光绪": (1874, 34), "同治": (1861, 13), "咸丰": (1850, 11),
    "道光": (1820, 30), "嘉庆": (1795, 25), "乾隆": (1735, 60), "雍正": (1722, 13), "康熙": (1661, 61),
    "昭和": (1925, 64), "大正": (1911, 15), "明治": (1867, 45),
}  # fmt: skip
_ERA_YEAR = re.compile(f"({'|'.join(_ERAS)})(元|[0-9]{{1,3}}(?![0-9]))年?")
_FULL_YEAR = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])")
_COMPACT_DATE = re.compile(r"(?<![0-9])(1[89][0-9]{2}|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")
_SHORT_YEAR = re.compile(r"(?<![0-9])([3-9][0-9])年(?![代级间来前后多余的])")
_DATE = re.compile(r"(?<![0-9])([0-9]{4})[年.\-/]([0-9]{1,2})(?:[月.\-/]([0-9]{1,2}))?(?![0-9])")
_PARTS = re.compile(r"[、,;\n/]|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_NO_CLAIM = frozenset({"", "待考", "不详", "未知", "无", "无法辨认"})
_SOUNDLESS = re.compile(r"[^\w]|_")

_TRADITIONAL = (
    "國緒統慶豐華東樂書買賣長門馬魚鳥車貝見頁風飛龍麥黃齊齒龜陳劉張楊趙吳孫許鄭謝韓馮鄧蕭蔣葉閻盧蘇鐘譚陸鄒龔萬錢湯賀"
    "賴關顏嚴龐聶蘭寧義鳳儀廣縣鄉鎮區橋樓廠場學農鐵線電臺灣遼陝寶濟貴陽漢臨興聖誠誼榮偉傑強軍師團連隊記員會議館賓體機"
    "總務處禮攝紀畢業開勝節週歲時間個們這後來發對雲從無為與過還進運動產養護醫藥術藝網絡織紡紅綠銀錦傳說話語論證識讀誌"
    "計設詩詞調談請課諸謀邊遠達遷選遺郵鄰釋鑄鎖錄鋼闊陣陰際難雙雜離靜韻響頂項順須預領頭題額顧顯類飯飲"
)
_SIMPLIFIED = (
    "国绪统庆丰华东乐书买卖长门马鱼鸟车贝见页风飞龙麦黄齐齿龟陈刘张杨赵吴孙许郑谢韩冯邓萧蒋叶阎卢苏钟谭陆邹龚万钱汤贺"
    "赖关颜严庞聂兰宁义凤仪广县乡镇区桥楼厂场学农铁线电台湾辽陕宝济贵阳汉临兴圣诚谊荣伟杰强军师团连队记员会议馆宾体机"
    "总务处礼摄纪毕业开胜节周岁时间个们这后来发对云从无为与过还进运动产养护医药术艺网络织纺红绿银锦传说话语论证识读志"
    "计设诗词调谈请课诸谋边远达迁选遗邮邻释铸锁录钢阔阵阴际难双杂离静韵响顶项顺须预领头题额顾显类饭饮"
)
_SIMPLER = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


class Verdict(Enum):
    """What the second witness says of a claim."""

    AGREES = "agrees"
    CONTRADICTED = "contradicted"
    ABSENT = "absent"
    NOTHING_CLAIMED = "nothing_claimed"


def agrees(claim: str, text: str) -> bool:
    """Tell whether what a draft claims stands in a text.

    Args:
        claim: a value: a date, a place, or names separated by 、.
        text: what was read in the picture.
    """
    return weigh(claim, text) is Verdict.AGREES


def weigh(claim: str, text: str) -> Verdict:
    """Compare what a draft claims with a text.

    Args:
        claim: a value: a date, a place, or names separated by 、.
        text: what was read in the picture.

    Returns:
        AGREES where every year, or else every name, stands in the text; CONTRADICTED where the text has other years,
        or another month of the same year; ABSENT where it says nothing of the kind.
    """
    if claim.strip().strip("。.") in _NO_CLAIM:
        return Verdict.NOTHING_CLAIMED
    claimed = years_in(claim)
    if claimed:
        return _weigh_years(claim, claimed, text)
    return Verdict.AGREES if _stands_in(claim, text) else Verdict.ABSENT


def years_in(text: str) -> set[int]:
    """Return the years that a text names, in Chinese or Arabic figures, in full, shortened, or counted by an era.

    Args:
        text: any text.
    """
    plain = _common_years(_plain(text))
    found = {int(year) for pattern in (_FULL_YEAR, _COMPACT_DATE) for year in pattern.findall(plain)}
    # A year is shortened digit by digit (五九年); 二十年 is a span of time.
    found |= {1900 + int(year) for year in _SHORT_YEAR.findall(_common_years(_plain(text, spans=False)))}
    return found


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


def _weigh_years(claim: str, claimed: set[int], text: str) -> Verdict:
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


def _stands_in(claim: str, text: str) -> bool:
    """Tell whether every part of a claim stands in a text: its numbers in whatever figures, not inside longer ones."""
    parts = [_sounds(part) for part in _PARTS.split(unicodedata.normalize("NFKC", claim))]
    parts = [part for part in parts if part]
    where = _sounds(text)
    return bool(parts) and all(_found(part, where) for part in parts)


def _found(part: str, where: str) -> bool:
    before = r"(?<![0-9])" if part[0].isdigit() else ""
    after = r"(?![0-9])" if part[-1].isdigit() else ""
    return re.search(before + re.escape(part) + after, where) is not None


def _sounds(text: str) -> str:
    """Return a text without spaces and punctuation, its numbers in Arabic figures."""
    return _SOUNDLESS.sub("", _plain(text)).casefold()


def _plain(text: str, *, spans: bool = True) -> str:
    """Return a text without spaces, simplified, with Arabic figures for Chinese ones.

    Args:
        text: any text.
        spans: also for figures that count (二十); without, only for those that stand digit by digit (五九).
    """
    text = unbroken(unicodedata.normalize("NFKC", text)).translate(_SIMPLER)

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
    found = {(int(year), int(month), int(day or 0)) for year, month, day in _DATE.findall(_common_years(_plain(text)))}
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
