"""How much in a text is out of place: what a reading in the wrong encoding is known by.

Wrong readings are odd in few ways: letters that no living alphabet has, two scripts in one word, a capital after small
letters, signs glued to letters, characters that only the rare half of a character set has. Each counts for about one;
a text that people wrote has next to none of it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, pairwise

CHINESE = ("gb18030", "big5")
"""The encodings that are written by programs in Chinese."""

_MOST_WORDS = 2000
_MOST_CHARACTERS = 100_000
_LONGEST_WORD = 64
# Private use, not assigned, control characters, halves of pairs: nobody writes them.
_NEVER = 3.0
_RARE, _UNCOMMON, _SELDOM = 1.0, 0.2, 0.1
_HALF = 0.5

# A word: letters and whatever is not ASCII, digits with them, for 30° is none without its 30.
_WORD = re.compile(r"[A-Za-z0-9]*[^\x00-\x7f][A-Za-z0-9\x80-\U0010ffff]*")
_SPACES = re.compile(r"[\s\u3000-\u3020\u2010-\u203b\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+")
# What stands in Chinese names and texts beside characters.
_SIGNS_OF_CHINESE = re.compile("[·×℃№€－-～，。！？（）【】《》、；：“”‘’…—①-⑳⑴-⒛Ⅰ-Ⅻ〇零々\uff10-\uff19\uff21-\uff5a]")
_SIGNS_AT_HOME = re.compile(
    r"(?<=\d)°|°(?=[CF])|(?<=[^\W\d_])·(?=[^\W\d_])|(?<=[a-z])[²³]|(?<=[Nn\d])[ºª]|(?<=\d)×(?=\d)|(?<=[^\W\d_])[ʻʼ](?=[^\W\d_])"
)
_LIVING_ALPHABETS = re.compile(
    "["
    "À-ÖØ-öø-žƏƠơƯưǍ-ǜǦǧȘ-țə\u1e00-\u1eff"  # Latin, with pinyin, Romanian, Azerbaijani, Vietnamese
    "Ά-ώ\u1f00-\u1fff"  # Greek
    "Ѐ-џҐґҒғҖҗҚқҢңҮүҰұҲҳҺһӘәӨө"  # Cyrillic, with Kazakh and Tatar
    "Ա-Ֆա-և"
    "א-ת"
    "ء-\u0652ٹپچڈڑژکگںھہۀیے"  # Arabic, Persian, Urdu
    "\u0900-\u1cff\u1d00-\u1dbf\u3041-\u30ff\uac00-\ud7a3"  # scripts whose UTF-8 no Chinese bytes look like
    "]"
)
_HAN = re.compile("[㐀-鿿\uf900-\ufaff\U00020000-\U0003ffff]")
_LONE_HAN = re.compile("(?<=[a-z])[㐀-鿿](?![㐀-鿿])|(?<![㐀-鿿])[㐀-鿿](?=[a-z])")
_LONE_HAN_BY_CAPITALS = re.compile("(?<=[A-Z])[㐀-鿿](?![㐀-鿿])")
_HAN_AMONG_WORDS = re.compile("(?<=[a-z][ _-])[㐀-鿿](?=[ _-][a-z])")
_SMALL, _CAPITAL = "ß-öø-ÿа-џά-ώա-և", "À-ÖØ-ÞЀ-ЯΆ-ΫԱ-Ֆ"
_CAPITAL_INSIDE = re.compile(f"[{_SMALL}][A-Z{_CAPITAL}]|[a-z][{_CAPITAL}]")
# Of the 930 characters of GB2312 whose bytes are valid UTF-8, those that are written often (by jieba's dictionary).
_OFTEN = frozenset(
    "隆楼鲁露路鹿录陆忙毛冒貌贸么梅没媒每模磨摩末莫墨默谋某亩母墓幕木目牛浓农弄奴努怒女暖诺欧皮篇偏片票频贫品聘平凭千迁签钱前潜枪墙强取趣去圈权泉"
    "全缺却确群然染散色森僧杀沙山省盛剩胜圣师失施湿诗尸十石时什食实识史使始式示士双谁水睡税顺说斯思私司丝抬台泰太态坛谈坦探叹廷停庭通同铜童统痛投头"
    "透突图徒途微危韦围唯为维委伟尾未味魏位谓息希袭席习喜洗系戏细辖峡小孝校笑效些协写械谢选学雪血询寻训讯迅压呀摇药要爷野也页业叶夜液一医印英应营迎"
    "影硬映拥预元袁原援园员圆源缘远愿院曰约越跃炸寨展占战站症郑证支知之织职直植殖执值址指止只纸志住注驻抓专转庄装壮状追准"
)


def strangeness(text: str, encoding: str) -> float:
    """Count what is out of place in a text.

    Args:
        text: a name, a caption or a whole table; of a long one the first two thousand foreign words are looked at.
        encoding: what it was read in. Programs that write GB18030 or Big5 mean Chinese, and the first of them
            simplified Chinese; in UTF-8 every script is at home.

    Returns:
        0 for what people write, about 1 for each character that is out of place.
    """
    among_words = len(_HAN_AMONG_WORDS.findall(text[:_MOST_CHARACTERS]))
    return among_words + sum(_of_word(word, encoding) for word in foreign_words(text))


def foreign_words(text: str) -> Iterator[str]:
    """Yield the words of a text that are not ASCII, cut where they are very long."""
    composed = unicodedata.normalize("NFC", text)
    for found in islice(_WORD.finditer(composed), _MOST_WORDS):
        for word in _SPACES.split(found[0]):
            if not word.isascii():
                yield word[:_LONGEST_WORD]


@lru_cache(maxsize=4096)
def _of_word(word: str, encoding: str) -> float:
    signs = _SIGNS_AT_HOME.sub("", word)
    han = _HAN.findall(word)
    others = [character for character in signs if not character.isascii() and not _HAN.match(character)]
    count = sum(_of_han(character, encoding) for character in han)
    count += len(_LONE_HAN.findall(word)) + _HALF * len(_LONE_HAN_BY_CAPITALS.findall(word))
    count += sum(_of_other(character, is_chinese=encoding in CHINESE, beside_han=bool(han)) for character in others)
    return count + _of_spelling(signs, others)


@lru_cache(maxsize=65536)
def _of_han(character: str, encoding: str) -> float:
    simplified = _encodes(character, "gb2312")
    if character not in _often_written():
        return _UNCOMMON if simplified else _RARE
    if encoding == "gb18030" and not simplified:
        return _UNCOMMON
    return _SELDOM if character in _like_utf8() and character not in _OFTEN else 0.0


@lru_cache(maxsize=65536)
def _of_other(character: str, *, is_chinese: bool, beside_han: bool) -> float:
    if unicodedata.category(character) in ("Cn", "Co", "Cs", "Cc"):
        return _NEVER
    if is_chinese or beside_han:
        is_japanese = not is_chinese and "\u3041" <= character <= "\u30ff"
        return 0.0 if is_japanese or _SIGNS_OF_CHINESE.match(character) else _RARE
    if _LIVING_ALPHABETS.match(character):
        return 0.0
    # Emoji and the like say nothing; frames and blocks are what DOS shows instead of Chinese.
    is_sign = unicodedata.category(character) == "So" and 0x2600 <= ord(character) != 0xFFFD
    return 0.0 if is_sign else _RARE


def _of_spelling(word: str, others: list[str]) -> float:
    """Count what is odd about how letters stand together."""
    letters = [character for character in others if character.isalpha()]
    if not letters:
        # A mark that has nothing to stand on.
        return _RARE if word and unicodedata.combining(word[0]) else 0.0
    scripts = [_script(character) for character in word if character.isalpha() and not _HAN.match(character)]
    changes = [pair for pair in pairwise(scripts) if pair[0] != pair[1] and "KATAKANA" not in pair]
    count = _RARE * len(changes) + len(_CAPITAL_INSIDE.findall(word))
    # A word of accented letters only is none in Latin; a single letter is hardly one in any script.
    if set(scripts) == {"LATIN"} and not any(character.isascii() and character.isalpha() for character in word):
        count += _HALF * len(letters)
    elif len(word) == 1:
        count += _UNCOMMON
    return count


@lru_cache(maxsize=65536)
def _script(character: str) -> str:
    return unicodedata.name(character, "NONE").partition(" ")[0]


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _often_written() -> frozenset[str]:
    """Return the first levels of GB2312 and Big5: what each of them holds to be in daily use."""
    simplified = _rows("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))
    return simplified | _rows("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))


@cache
def _like_utf8() -> frozenset[str]:
    return _rows("gb2312", range(0xC2, 0xE0), range(0xA1, 0xC0))


def _rows(encoding: str, first: range, second: range | tuple[int, ...]) -> frozenset[str]:
    pairs = (bytes((lead, trail)).decode(encoding, errors="ignore") for lead in first for trail in second)
    return frozenset(character for character in pairs if _HAN.fullmatch(character))
