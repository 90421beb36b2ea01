"""Does a value stand in a text, with all that it says? A date is a date; elsewhere a year is only a part of the value.

`claims.compare` goes by the year of a value that names one: that is what a date is. An event of that year is something
else, and stands in a text only where its other words do as well.
"""

import re
import unicodedata

from catalog.evidence.claims import Verdict, compare, years_in
from catalog.texts import simplified
from catalog.vocabulary import Field

_FIGURE = "[0-9〇零○一二三四五六七八九十廿卄卅卌]"
# 干隆 is what becomes of 乾隆 where characters are simplified.
_ERAS = "中华民国|民国|公元|宣统|光绪|同治|咸丰|道光|嘉庆|乾隆|干隆|雍正|康熙|昭和|大正|明治"
_DATES = re.compile(
    rf"(?:(?:{_ERAS})(?:{_FIGURE}+|元)|{_FIGURE}{{2,4}})年(?:{_FIGURE}{{1,3}}月)?(?:{_FIGURE}{{1,3}}[日号])?"
    r"|(?<![0-9])(?:[0-9]{4}(?:[.\-/][0-9]{1,2}){0,2}|[0-9]{8})(?![0-9])"
)
_WORDS = re.compile(r"[^\W_]")


def compare_whole(field: str, value: str, text: str) -> Verdict:
    """Compare a value with a text, its year and its other words.

    Args:
        field: the descriptive field whose value it is; of a date only the date counts.
        value: the value.
        text: where it should stand.

    Returns:
        As `catalog.evidence.claims.compare` does; ABSENT where the year stands in the text and the rest does not.
    """
    verdict = compare(value, text, field)
    if verdict is not Verdict.AGREES or field == Field.DATE or not years_in(value):
        return verdict
    rest = _DATES.sub("、", simplified(unicodedata.normalize("NFKC", value)))
    if not _WORDS.search(rest) or compare(rest, text, field) is Verdict.AGREES:
        return Verdict.AGREES
    return Verdict.ABSENT


def is_supported(field: str, value: str, text: str) -> bool:
    """Tell whether a value stands in a text with all that it says.

    Args:
        field: the descriptive field whose value it is; of a date only the date counts.
        value: the value.
        text: where it should stand.
    """
    return compare_whole(field, value, text) is Verdict.AGREES
