"""What a table says about where its values are from: an exported catalogue carries it in columns of its own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.vocabulary import Field

# As exports head them, in Chinese and in English. Each cell names fields: 题名、描述：AI 生成 · 人工审核；事由：……
_LABELS = ("ai 标识", "ai label")
_RECORD = (*_LABELS, "模型", "model", "提示词", "prompt")
_DRAFTS = ("草稿 ai 标识", "ai label of drafts", "草稿模型", "model of drafts", "草稿提示词", "prompt of drafts")
_DRAFT_VALUE = re.compile(r"(?:草稿|draft) ?: ?(.+)")
_PARTS = re.compile(r"[;；]")
_NAMES = re.compile(r"[、,，]")
_REVIEWED = ("人工审核", "human-reviewed", "reviewed by")
"""What a sample was judged of (抽样审核) is not among them: no person has looked at the value itself."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Which values of a row began as a model's text.

    Attributes:
        ai: descriptive fields whose value did.
        unreviewed: of these, those that no person has approved.
    """

    ai: frozenset[str] = frozenset()
    unreviewed: frozenset[str] = frozenset()


def is_origin_heading(heading: str) -> bool:
    """Tell whether a column, its heading normalised, says where values are from, or holds drafts."""
    return heading in _RECORD or heading in _DRAFTS or _DRAFT_VALUE.fullmatch(heading) is not None


def read_origins(cells: Iterable[tuple[str, str]], fields: Mapping[str, Field]) -> Origins:
    """Read what a row says about where its values are from.

    Whoever wrote in a table that has drafts beside the record had them before their eyes, so that what they wrote for
    such a field began as a model's text as well.

    Args:
        cells: normalised heading and text of the row's filled cells.
        fields: normalised name of a field → the field.

    Returns:
        The fields.
    """
    ai: set[str] = set()
    unreviewed: set[str] = set()
    for heading, text in cells:
        if heading in _RECORD or heading in _DRAFTS:
            for part in _PARTS.split(text):
                names, _colon, said = _split(part)
                named = {fields[name].value for name in names if name in fields}
                ai |= named
                if heading in _LABELS and not any(word in said.lower() for word in _REVIEWED):
                    unreviewed |= named
        elif (found := _DRAFT_VALUE.fullmatch(heading)) is not None and found[1].strip() in fields:
            ai.add(fields[found[1].strip()].value)
    return Origins(frozenset(ai), frozenset(unreviewed))


def _split(part: str) -> tuple[list[str], str, str]:
    names, colon, said = part.replace("：", ":").partition(":")
    return [name.strip().lower() for name in _NAMES.split(names)], colon, said
