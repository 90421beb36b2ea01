"""Where a record's texts are from, several fields in one cell: 题名、文字说明：AI 生成 · 人工审核；事由：……

The words are the same in all but a few of a table's rows, so that each cell is put together once.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from catalog.vocabulary import Evidence, Field, Flag, State

if TYPE_CHECKING:
    from catalog.exchange.rows import Record, Text

_MOST_KEPT = 4096
"""So many rows' cells are kept; a table has a few dozen, one whose prompts changed daily some hundred."""


class Origins(NamedTuple):
    """The cells that say where some texts of a record are from, several fields in each."""

    labels: str = ""
    models: str = ""
    prompts: str = ""
    evidence: str = ""
    reviewers: str = ""
    states: str = ""


_NOTHING = Origins()


class Provenance:
    """Words where texts are from, in the language that is active while it is used; one object serves one table."""

    def __init__(self, texts_of: "Callable[[Record], dict[str, Text]]", label_of: "Callable[[Text], str]") -> None:
        """Begin with nothing put together.

        Args:
            texts_of: of a record, those that are meant.
            label_of: their label.
        """
        self._texts_of = texts_of
        self._label_of = label_of
        self._kept: dict[tuple[object, ...], Origins] = {}
        self._last: tuple[Record | None, Origins] = (None, _NOTHING)

    def of(self, record: "Record") -> Origins:
        """Return the cells of a record; asked again for the same one, it has them at hand."""
        if self._last[0] is record:
            return self._last[1]
        texts = self._texts_of(record)
        found = self._found(record, texts) if texts else _NOTHING
        self._last = (record, found)
        return found

    def _found(self, record: "Record", texts: "dict[str, Text]") -> Origins:
        told = tuple([text.told for text in texts.values()])
        found = self._kept.get(told)
        if found is None:
            found = self._word(record, texts)
            if len(self._kept) < _MOST_KEPT:
                self._kept[told] = found
        return found

    def _word(self, record: "Record", texts: "dict[str, Text]") -> Origins:
        def reviewer(text: "Text") -> str:
            person = record.decider_of(text)
            return "" if person is None else person.username

        reads = (self._label_of, _model, record.prompt_of, _evidence, reviewer, _state)
        return Origins(*(_together(texts, read) for read in reads))


def _together(texts: "dict[str, Text]", read: "Callable[[Text], str]") -> str:
    """Return what is known of several fields in one cell, those of which the same is known together."""
    fields_by_text: dict[str, list[str]] = {}
    for field in Field:
        said = read(texts[field.value]) if field.value in texts else ""
        if said:
            fields_by_text.setdefault(said, []).append(str(field.label))
    parts = [
        _("%(fields)s：%(text)s") % {"fields": "、".join(names), "text": text} for text, names in fields_by_text.items()
    ]
    return _("；").join(parts)


def _model(text: "Text") -> str:
    return text.model_version or text.model_name or ""


def _evidence(text: "Text") -> str:
    return str(Evidence(text.evidence).label) if text.evidence else ""


def _state(text: "Text") -> str:
    state = str(State(text.state).label)
    if not text.flag:
        return state
    return _("%(state)s，%(flag)s") % {"state": state, "flag": Flag(text.flag).label}
