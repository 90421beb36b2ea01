"""Finds personal names in Chinese text, well enough to ask for their evidence.

A name is a surname with one or two characters after it. In a list of people it stands alone between punctuation, or
behind what somebody is (左一, 工人). In a sentence it is what jieba takes for a name from the words around it, if it is
made like one, for its dictionary calls many things names (红旗, 石狮子); or it stands before a form of address.
Names that are missed cost less than doubts about ordinary words: whoever sees too many doubts looks at none.
"""

import re
from collections.abc import Iterator

from catalog.evidence import name_words as known
from catalog.evidence.words import Word, kind_of, words_of
from catalog.texts import simplified
from catalog.vocabulary import Field

NOBODY = frozenset({"待考", "不详", "未知", "佚名", "无", "无名氏", "无人"})


def _any(words: tuple[str, ...]) -> str:
    return "|".join(words)


_COMPOUND, _TITLES = _any(known.COMPOUND_SURNAMES), _any(known.TITLES)
_SURNAME = f"[{''.join(sorted(known.SURNAMES))}]"
_SURNAME_BEFORE_TITLE = f"[{''.join(sorted(known.SURNAMES - known.RARE_SURNAMES))}]"
_HAN = r"[\u4e00-\u9fff]"
_NAME = re.compile(f"(?:{_COMPOUND}|{_SURNAME}){_HAN}{{1,2}}")
_TITLED = re.compile(
    rf"((?:{_COMPOUND}|{_SURNAME_BEFORE_TITLE}){_HAN}{{0,2}}?)({_TITLES})(?!{_any(known.CALLED_AFTER_PEOPLE)})"
)
_TITLED_SURNAME = re.compile(f"({_COMPOUND}|{_SURNAME})({_TITLES})")
_FOREIGN = re.compile(rf"{_HAN}{{1,6}}(?:[·•]{_HAN}{{1,8}})+|[A-Z][a-z]+(?: [A-Z]\.?)*(?: [A-Z][a-z]+)+")
_NOT_HAN = re.compile(
    f"(?:{_any(known.PARTS_OF_OTHER_NAMES + known.WHOLE_OTHER_NAMES)}){{2,}}|{_any(known.WHOLE_OTHER_NAMES)}"
)
_HOUSEHOLD = re.compile(f"^.家[{known.ENDS_OF_THINGS}{known.ENDS_OF_HOUSEHOLDS}]$")
# 故居, 纪念馆; but 村 and not 村民.
_CALLED_AFTER = re.compile("|".join(word if len(word) > 1 else f"{word}$" for word in known.CALLED_AFTER_PEOPLE))
_ENDS = re.compile(r"[、,;:/()\[\]<>|\s\uff0c\uff1b\uff1a\uff08\uff09\u3002\u201c\u201d\u300a\u300b-]+")
_JOINTS = re.compile("[和与及同为是起]")
_AT_END = re.compile(rf"(?:{_TITLES}|摄影|拍摄|摄|攝)$|(?<=..)等(?:[一二两三四五六七八九十百\d]+余?[人位名])?$")
_AT_BEGINNING = re.compile(
    r"^(?:[前后中]排|第?[一二三四五六七八九十\d]+[排位人]?|[左右前后中][一二三四五六七八九十\d]*|"
    rf"{_any(known.OCCUPATIONS)})+"
)
_APART = re.compile(rf"(?<!{_HAN})({_SURNAME})[ \u3000]+({_HAN}{{1,2}})(?!{_HAN})")
# 赵四画错了: behind a name that the dictionary does not have they are taken for its end.
_VERBS = "画站坐拿讲说看走在正"


def names_in(field: str, text: str) -> tuple[str, ...]:
    """Return the personal names in the value of a descriptive field.

    Args:
        field: the field: who is in the picture and who took it is told by names; elsewhere they stand among words.
        text: the value.

    Returns:
        The names in simplified characters, each once and without forms of address; only a surname alone keeps its own
        (张教授).
    """
    text = _APART.sub(r"\1\2", simplified(text))
    found = [*_FOREIGN.findall(text), *_NOT_HAN.findall(text)]
    if field in {Field.PEOPLE, Field.PHOTOGRAPHER}:
        for part in _ENDS.split(text):
            found.extend(_listed(part))
    elif field not in {Field.PLACE, Field.DATE}:
        # Places are called after people: 鲁迅故居.
        found.extend(_among_words(text))
    found.extend(_titled(text))
    names = dict.fromkeys(found)
    return tuple(name for name in names if not any(name in other for other in names if other != name))


def surname_and_title(name: str) -> tuple[str, str] | None:
    """Return the two parts of a name that is a surname with a form of address (张教授), or None.

    Args:
        name: one of those that `names_in` finds.
    """
    match = _TITLED_SURNAME.fullmatch(name)
    return (match[1], match[2]) if match else None


def _listed(part: str) -> list[str]:
    """Return the names in a piece of a list."""
    for whole in (_bare(part), _bare(_AT_BEGINNING.sub("", part))):
        if _is_name(whole):
            return [whole]
    pieces = [_bare(_AT_BEGINNING.sub("", piece)) for piece in _JOINTS.split(part)]
    found = [piece for piece in pieces if _is_name(piece)] if len(pieces) > 1 else []
    return [*found, *_among_words(part)]


def _bare(piece: str) -> str:
    return _AT_END.sub("", _AT_END.sub("", piece))


def _is_name(piece: str) -> bool:
    """Tell whether a piece that stands alone is a name: it looks like one, and is no other word."""
    if piece in known.KNOWN_PEOPLE:
        return True
    if piece in NOBODY | known.ORDINARY_WORDS or not _NAME.fullmatch(piece):
        return False
    kind = kind_of(piece)
    if kind:
        return kind.startswith("nr") and (len(piece) == 2 or not _ends_like_a_thing(piece))
    if piece[-1] in "们者员队人农":
        return False
    # 白衣男, 全班人: with a word in it, what begins like a less plain surname is none.
    return piece[0] in known.PLAIN_SURNAMES or not any(_is_other_word(word.text) for word in words_of(piece))


def _among_words(text: str) -> Iterator[str]:
    """Yield the names that stand among other words."""
    words = words_of(text)
    for before, word, after in zip((None, *words), words, (*words[1:], None), strict=False):
        # 学雷锋 is something people do, wherever they are.
        if (after is not None and _CALLED_AFTER.match(after.text)) or (before and before.text in {"学", "学习"}):
            continue
        if word.text in known.KNOWN_PEOPLE or (word.kind.startswith("nr") and _may_be_name(word)):
            yield word.text if word.is_listed or word.text[-1] not in _VERBS else word.text[:-1]
        elif after is not None and _are_name(word, after):
            yield word.text + after.text


def _may_be_name(word: Word) -> bool:
    """Tell whether what jieba takes for a name is made like one."""
    text = word.text
    if text in known.ORDINARY_WORDS or not _NAME.fullmatch(text):
        return False
    if text.startswith(known.COMPOUND_SURNAMES):
        return len(text) > 2
    if len(text) == 2:
        # The dictionary has hardly a name of two characters, and calls every second word one.
        is_thing = _ends_like_a_thing(text) or text[1] in "家氏姓农"
        return text[0] in known.PLAIN_SURNAMES and not word.is_listed and not is_thing
    if text[0] in known.RARE_SURNAMES or _ends_like_a_thing(text):
        return False
    # 石狮子, 戴眼镜: a word behind what begins like a surname.
    return text[0] in known.PLAIN_SURNAMES or not _is_other_word(text[1:])


def _are_name(surname: Word, given: Word) -> bool:
    """Tell whether two words are a surname and a given name: 李 卫东."""
    is_surname = surname.text in known.PLAIN_SURNAMES and surname.kind.startswith("nr")
    return is_surname and len(given.text) == 2 and given.kind.startswith(("nr", "nz"))


def _is_other_word(text: str) -> bool:
    """Tell whether the dictionary has a word, and not as somebody's or something's name."""
    kind = kind_of(text) if len(text) > 1 else ""
    return bool(kind) and not kind.startswith(("nr", "nz"))


def _ends_like_a_thing(text: str) -> bool:
    is_plain = text[0] in known.PLAIN_SURNAMES
    ends = known.ENDS_OF_THINGS if is_plain else known.ENDS_OF_THINGS + known.MORE_ENDS_OF_THINGS
    return text[-1] in ends or _HOUSEHOLD.match(text) is not None


def _titled(text: str) -> Iterator[str]:
    """Yield the names before forms of address; a surname alone is a claim about a person as well."""
    for name, title in _TITLED.findall(text):
        if name in known.ORDINARY_WORDS or _is_other_word(name):
            continue
        yield f"{name}{title}" if len(name) == 1 or name in known.COMPOUND_SURNAMES else name
