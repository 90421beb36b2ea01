"""The language in which questions are put, the same on public pages, for staff and in the API.

    words                 all of them, anywhere in the record; "石 桥" and 「石桥」 stand together, in this order
    桥 OR 渡口  桥|渡口      one of them
    -船                   not this one
    人物:周  place:杭州     in this field, by its Chinese or English name
    时间:1950..1959        dated within; 时间:1956年5月, 时间:..1949, 时间:50年代
    (石桥 OR 木桥) 洪水     brackets

What cannot be read so is searched as plain words, and says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from catalog import dates
from catalog.search.folding import fold
from catalog.vocabulary import Field

MOST_CHARACTERS = 200
MOST_LEAVES = 16
"""How many words and fields one question has at most; the rest is left out, and the question says so."""


class Where(StrEnum):
    """What a field of a question looks in; the descriptive fields have their own names."""

    IDENTIFIER = "identifier"
    NEGATIVE = "negative_number"
    VOLUME = "volume"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Text:
    """Something that stands in a record.

    Attributes:
        text: as it was typed.
        where: a value of `Field` or `Where`; None for anywhere.
    """

    text: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that touches a range.

    Attributes:
        text: as it was typed.
        start: first day; None where the range has none.
        end: last day; None where the range has none.
    """

    text: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Not:
    """What is not to be."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """What is to be together."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Of which one is enough."""

    nodes: tuple["Node", ...]


Node = Text | Dated | Not | All | Any


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks.

    Attributes:
        text: as it was typed.
        root: what is looked for; None where nothing is.
        is_read: whether it was read as it stands; otherwise it is taken as plain words.
        left_out: words that were too many.
    """

    text: str
    root: Node | None
    is_read: bool = True
    left_out: tuple[str, ...] = field(default=())

    def wanted(self) -> list[Text]:
        """Return the texts that are to be in a record, in the order typed, each once."""
        return list(dict.fromkeys(_wanted(self.root))) if self.root is not None else []


_NAMES = {str(name): str(name) for name in (*Field.values, *Where)} | {
    "题名": Field.TITLE.value, "标题": Field.TITLE.value,
    "文字说明": Field.DESCRIPTION.value, "描述": Field.DESCRIPTION.value, "说明": Field.DESCRIPTION.value,
    "事由": Field.EVENT.value,
    "时间": Field.DATE.value, "日期": Field.DATE.value, "年代": Field.DATE.value,
    "地点": Field.PLACE.value,
    "人物": Field.PEOPLE.value, "person": Field.PEOPLE.value,
    "背景": Field.BACKGROUND.value,
    "摄影者": Field.PHOTOGRAPHER.value, "creator": Field.PHOTOGRAPHER.value,
    "关键词": Field.KEYWORDS.value, "keyword": Field.KEYWORDS.value, "主题词": Field.KEYWORDS.value,
    "文字转录": Field.TRANSCRIPTION.value, "转录": Field.TRANSCRIPTION.value, "text": Field.TRANSCRIPTION.value,
    "色调": Field.TONE.value,
    "附注": Field.NOTES.value,
    "照片号": Where.IDENTIFIER.value, "编号": Where.IDENTIFIER.value, "number": Where.IDENTIFIER.value,
    "底片号": Where.NEGATIVE.value, "negative": Where.NEGATIVE.value,
    "册号": Where.VOLUME.value,
    "馆藏": Where.COLLECTION.value,
}  # fmt: skip
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "《": "》"}
_CLOSING = "".join(set(_QUOTES.values()))
_FIELD = re.compile(rf"({'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})[:：]", re.IGNORECASE)
_BETWEEN = re.compile(r"\.\.+|…+")
_PLAIN = re.compile(r"[()（）|｜\"“”「」『』]")


class _Unreadable(Exception):
    """The text keeps to no rule of the language."""


def read(text: str) -> Question:
    """Read a question.

    Args:
        text: what was typed; what goes beyond `MOST_CHARACTERS` is left out.

    Returns:
        The question; one that cannot be read as it stands is taken as plain words.
    """
    cut = text[:MOST_CHARACTERS].replace("\0", " ").strip()
    left_out = (text[MOST_CHARACTERS:].strip(),) if text[MOST_CHARACTERS:].strip() else ()
    try:
        root = _Reader(cut).whole()
    except _Unreadable:
        words = list(dict.fromkeys(word for word in _PLAIN.sub(" ", cut).split() if fold(word)))
        kept, beyond = words[:MOST_LEAVES], words[MOST_LEAVES:]
        plain = _together(tuple(Text(word) for word in kept))
        return Question(text, plain, is_read=False, left_out=(*beyond, *left_out))
    return Question(text, root, left_out=left_out)


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._leaves = 0

    def whole(self) -> Node | None:
        node = self._all()
        if self._at < len(self._text):
            raise _Unreadable  # a bracket that closes what was not opened
        return node

    def _all(self) -> Node | None:
        groups: list[list[Node]] = []
        joined = False
        while True:
            self._space()
            if self._at == len(self._text) or self._peek() in ")）":
                break
            if self._or():
                if not groups or joined:
                    raise _Unreadable
                joined = True
                continue
            node = self._one()
            if node is None:
                continue
            if joined:
                groups[-1].append(node)
            else:
                groups.append([node])
            joined = False
        if joined:
            raise _Unreadable
        return _together(tuple(Any(tuple(group)) if len(group) > 1 else group[0] for group in groups))

    def _one(self) -> Node | None:
        """Read a word, a phrase, a field or a bracket, with its minus; None where nothing is to be looked for."""
        if self._peek() in "-－" and self._at + 1 < len(self._text) and not self._text[self._at + 1].isspace():
            self._at += 1
            node = self._one()
            return Not(node) if node is not None else None
        if self._peek() in "(（":
            return self._bracket()
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            raise _Unreadable
        if match := _FIELD.match(self._text, self._at):
            self._at = match.end()
            return self._in_field(_NAMES[match[1].lower()])
        text = self._value()
        return Text(text) if fold(text) else None

    def _bracket(self) -> Node | None:
        self._at += 1
        node = self._all()
        if self._at == len(self._text):
            raise _Unreadable
        self._at += 1
        return node

    def _in_field(self, where: str) -> Node:
        if self._at == len(self._text) or self._peek().isspace():
            raise _Unreadable
        text = self._value()
        if where == Field.DATE.value:
            return _dated(text)
        if not fold(text):
            raise _Unreadable
        return Text(text, where)

    def _value(self) -> str:
        if (closing := _QUOTES.get(self._peek())) and self._peek() != "《":
            end = self._text.find(closing, self._at + 1)
            if end < 0:
                raise _Unreadable
            text, self._at = self._text[self._at + 1 : end], end + 1
            return text
        start = self._at
        while self._at < len(self._text) and not self._ends_word():
            self._at += 1
        if self._at == start:
            raise _Unreadable
        return self._text[start : self._at]

    def _ends_word(self) -> bool:
        character = self._peek()
        return character.isspace() or character in "()（）|｜" or (character in _QUOTES and character != "《")

    def _or(self) -> bool:
        if self._peek() in "|｜":
            self._at += 1
            return True
        if self._text.startswith("OR", self._at) and (self._text[self._at + 2 :] or " ")[0] in ' \u3000(（"“「':
            self._at += 2
            return True
        return False

    def _peek(self) -> str:
        return self._text[self._at]

    def _space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1


def _together(nodes: tuple[Node, ...]) -> Node | None:
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return All(nodes)


def _dated(text: str) -> Node:
    """Read a date or a range of dates, either end of which may be open; words about a time are looked for as such.

    Raises:
        _Unreadable: one end of the range is no date, or it ends before it begins.
    """
    between = _BETWEEN.search(text)
    if between is None:
        found = dates.parse(text)
        if found is not None:
            return Dated(text, found.start, found.end)
        if not fold(text):
            raise _Unreadable
        return Text(text, Field.DATE.value)
    first, last = dates.parse(text[: between.start()]), dates.parse(text[between.end() :])
    start, end = first.start if first else None, last.end if last else None
    is_open = (not text[: between.start()], not text[between.end() :])
    if all(is_open) or (start is None and not is_open[0]) or (end is None and not is_open[1]):
        raise _Unreadable
    if start and end and start > end:
        raise _Unreadable
    return Dated(text, start, end)


def _wanted(node: Node) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    elif isinstance(node, All | Any):
        for inner in node.nodes:
            yield from _wanted(inner)
