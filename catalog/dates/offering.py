"""What can be read in a text that cannot be read as a whole, and how it can be kept beside that text."""

import re

from catalog.dates.normal import normal
from catalog.dates.parsing import parse
from catalog.dates.ranges import DateRange, written

_MOST_CHARACTERS = 60
_BEGINNING = re.compile(r"(?<!\d)(?=\d)|(?=[约民顺康雍乾嘉道咸同光宣])")
_MOON = re.compile("农历|旧历|阴历|夏历")
_END = re.compile(r"(?:(?<=\d)(?!\d)|(?<=[年月日号代纪旬春夏秋冬季初末底前后]))(?![代x])")


def understood_part(text: str) -> DateRange | None:
    """Return the days that the longest part of a text means which can be read; None where no part can.

    Args:
        text: one that `parse` does not understand.
    """
    plain = normal(text)[:_MOST_CHARACTERS]
    # Behind these words months and days are the moon's.
    is_moon = _MOON.search(plain) is not None
    starts = [found.start() for found in _BEGINNING.finditer(plain)]
    ends = [found.start() for found in _END.finditer(plain)]
    parts = sorted(((end - start, -start) for start in starts for end in ends if start < end), reverse=True)
    texts = (plain[-before : -before + length] for length, before in parts)
    readings = (parse(text) for text in texts if text.endswith("年") or not is_moon)
    return next((found for found in readings if found is not None), None)


def with_date(text: str) -> str:
    """Return a text that is not understood with what can be read of it in brackets, so that it is understood.

    Returns:
        "重阳登高，1956年（1956年）"; empty where nothing can be read, or nothing is gained.
    """
    found = understood_part(text)
    if found is None:
        return ""
    offered = f"{text.strip()}［{written(found)}］"
    # Words that hold for what stands in brackets too, such as 约, would make it mean something else.
    return offered if parse(offered) == found else ""
