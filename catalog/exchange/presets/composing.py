"""文字说明 put together of 事由、时间、地点、人物、背景, by a template that reviewers may edit.

A template is text with names in braces: `{时间}`. What stands in square brackets is written where one of the names in
it has a value, and left out with its punctuation where none has. Templates nest no brackets.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.exceptions import PresetRefused
from catalog.vocabulary import Field, is_left_open

DEFAULT = "[{时间}，][{地点}，][{人物}，][{事由}。][背景：{背景}]"
NAMES = {
    "题名": Field.TITLE,
    "事由": Field.EVENT,
    "时间": Field.DATE,
    "地点": Field.PLACE,
    "人物": Field.PEOPLE,
    "背景": Field.BACKGROUND,
    "摄影者": Field.PHOTOGRAPHER,
    "关键词": Field.KEYWORDS,
    "文字转录": Field.TRANSCRIPTION,
    "色调": Field.TONE,
    "附注": Field.NOTES,
}
"""What may stand in braces; the words are those of the standards, in every language of the pages."""
LONGEST = 500
_PIECE = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")
_NAME = re.compile(r"\{([^{}]*)\}")
_CLOSING = "，、；：。,;:. \u3000"
_JOINING = "，、；：,;: \u3000"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template.

    Attributes:
        parts: text, and fields in between.
        optional: whether it is left out where none of its fields has a value.
    """

    parts: tuple[str | Field, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Composition:
    """A template that was read."""

    pieces: tuple[Piece, ...]

    @property
    def fields(self) -> list[Field]:
        """Return the fields that it names, in order."""
        named = (part for piece in self.pieces for part in piece.parts if isinstance(part, Field))
        return list(dict.fromkeys(named))

    def compose(self, read: Callable[[str], str]) -> str:
        """Return the text for one record; empty where no field has a value.

        Args:
            read: the value of a field. One that is left open (待考) counts as none.
        """
        values = {field: _plain(read(field.value)) for field in self.fields}
        if not any(values.values()):
            return ""
        text = "".join(_written(piece, values) for piece in self.pieces)
        return _ended(text)


def read_template(text: str) -> Composition:
    """Read a template.

    Args:
        text: such as `[{时间}，][{地点}，]{事由}。`.

    Returns:
        The template.

    Raises:
        PresetRefused: it cannot be read, or names no field; the sentence says what to do.
    """
    if len(text) > LONGEST:
        raise PresetRefused(_("合成文字说明的写法太长，最多 %(most)d 个字。") % {"most": LONGEST})
    whole = "".join(match[0] for match in _PIECE.finditer(text))
    if whole != text:
        raise PresetRefused(_("合成文字说明的写法里，方括号要成对，而且不能套在另一对里面。"))
    pieces = tuple(
        _piece(match[1] if match[2] is None else match[2], match[2] is None) for match in _PIECE.finditer(text)
    )
    composition = Composition(pieces)
    if not composition.fields:
        names = "、".join(f"{{{name}}}" for name in NAMES)
        raise PresetRefused(_("合成文字说明的写法里没有著录项。可以用：%(names)s。") % {"names": names})
    return composition


def _piece(text: str, optional: bool) -> Piece:
    parts: list[str | Field] = []
    end = 0
    for match in _NAME.finditer(text):
        name = match[1].strip()
        if name not in NAMES:
            names = "、".join(f"{{{known}}}" for known in NAMES)
            raise PresetRefused(
                _("合成文字说明的写法里，{%(name)s} 不是著录项。可以用：%(names)s。") % {"name": name, "names": names}
            )
        parts += [text[end : match.start()], NAMES[name]]
        end = match.end()
    parts.append(text[end:])
    if any("{" in part or "}" in part for part in parts if not isinstance(part, Field)):
        raise PresetRefused(_("合成文字说明的写法里，花括号要成对，里面写著录项的名称。"))
    return Piece(tuple(part for part in parts if part), optional)


def _written(piece: Piece, values: dict[Field, str]) -> str:
    if piece.optional and not any(values[part] for part in piece.parts if isinstance(part, Field)):
        return ""
    return "".join(values[part] if isinstance(part, Field) else part for part in piece.parts)


def _plain(value: str) -> str:
    """Return a value as part of a sentence: on one line, without the full stop that it ends with."""
    if is_left_open(value):
        return ""
    return " ".join(value.split()).rstrip(_CLOSING)


def _ended(text: str) -> str:
    """Return a text as a sentence: no punctuation before its first word, and a full stop after its last."""
    text = text.strip().lstrip(_CLOSING)
    ended = text.rstrip(_JOINING)
    return ended if not ended or ended[-1] in "。.！？!?…”）)" else f"{ended}。"
