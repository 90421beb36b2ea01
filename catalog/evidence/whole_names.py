"""Tells whether a name that was found in a text is whole there, or a piece of a longer one.

What follows a name in Chinese is not set apart from it: 李明 stands in 李明德, 上海 in 上海路. Where a name may be a
piece of another one, it counts as one: whoever relies on it must be able to be certain.
"""

import re

from catalog.evidence.name_words import COMPOUND_SURNAMES, OCCUPATIONS, SURNAMES, TITLES

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff〇々]")
_COMPOUND = re.compile("|".join(COMPOUND_SURNAMES))
_WHAT_SOMEBODY_IS = "|".join(
    [*TITLES, *OCCUPATIONS, "学生", "战士", "社员", "观众", "群众", "农民", "家属", "摄影", "拍摄"]
)
_TITLE_AT_END = re.compile(f"(?:{_WHAT_SOMEBODY_IS}|人)$")
_TITLE_AFTER = re.compile(f"{_WHAT_SOMEBODY_IS}|二人|两人|等人")
_ALONE_AFTER_SPACE = re.compile(rf" {_HAN.pattern}(?!{_HAN.pattern})")
_ONE_FIGURE = re.compile("[0-9](?![0-9年])")
# What follows a name and is hardly ever a part of one.
_AFTER_ANY_NAME = frozenset("与及等的在赠题摄拍绘率")
# And what follows one that is as long as names get.
_AFTER_LONG_NAME = _AFTER_ANY_NAME | frozenset("和同为是起到向于之任合留参作给")
# After the name of a place: it was the beginning of another place's, or says where something was made.
_LONGER_PLACE = re.compile(
    "[大小东西南北中上下新老前后0-9]{0,3}(?:[路街道巷弄县区乡镇村庄屯寨州旗桥山河江湖湾岛口店沟关牌造产版]|胡同|公社|大队|"
    "制造|出品|照相|照像|相馆|像馆|饭店|人(?!民)|先生|同志)"
)


def is_whole_person(name: str, before: str, after: str) -> bool:
    """Tell whether the name of a person begins and ends where it was found.

    Args:
        name: the name, or what stands for people in a list of them, in simplified characters.
        before: what stands before it in the text, simplified, in Arabic figures, white space as one space.
        after: what stands after it, likewise.
    """
    return _begins(name, before) and _ends(name, after)


def is_whole_place(after: str) -> bool:
    """Tell whether the name of a place ends where it was found.

    Args:
        after: what stands after it in the text, simplified, in Arabic figures.
    """
    return _LONGER_PLACE.match(after.lstrip()) is None


def _begins(name: str, before: str) -> bool:
    last = before[-1:]
    if not _HAN.match(last) or _TITLE_AT_END.search(before):
        return True
    # A surname alone has to stand alone. Of 王李明 and 司马光 only the end was found.
    return len(name) > 1 and last not in SURNAMES and not _COMPOUND.match(last + name[0])


def _ends(name: str, after: str) -> bool:
    surname = 2 if _COMPOUND.match(name) else 1 if name[0] in SURNAMES else 0
    if len(name) > surname + 1 and _TITLE_AT_END.search(name):
        return True
    if _TITLE_AFTER.match(after.lstrip()):
        return True
    # Chinese names have two characters behind the surname at most; what is no such name is nobody's beginning.
    is_long = not surname or len(name) >= surname + 2
    if _ALONE_AFTER_SPACE.match(after):
        # 李 明 德: each in a line or a column of its own.
        return is_long
    if _HAN.match(after):
        return after[0] in (_AFTER_LONG_NAME if is_long else _AFTER_ANY_NAME)
    # 李明一: the last character is a figure by now.
    return _ONE_FIGURE.match(after) is None
