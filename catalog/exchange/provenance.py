"""Where a record's texts are from, several fields in one cell: 题名、文字说明：AI 生成 · 人工审核；事由：……

The words are the same in all but a few of a table's rows, so that each cell is put together once.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.labels import label_for_staff, label_of
from catalog.vocabulary import Evidence, Field, Flag, State

if TYPE_CHECKING:
    from catalog.exchange.rows import Record, Text

_MOST_KEPT = 4096
"""So many cells are kept; a table has a few dozen, one whose prompts changed daily some hundred."""


class Provenance:
    """Words cells about origins, in the language that is active while it is used; one object serves one table."""

    def __init__(self) -> None:
        """Begin with nothing put together."""
        self._cells: dict[tuple[tuple[str, str], ...], str] = {}
        self._labels: dict[tuple[object, ...], str] = {}
        self._order = [field.value for field in Field]

    def labels(self, texts: "dict[str, Text]") -> str:
        """Return the AI labels of accepted values, as members see them."""
        return self._together(texts, self._label_for_staff)

    def draft_labels(self, texts: "dict[str, Text]") -> str:
        """Return the AI labels of drafts."""
        return self._together(texts, label_of)

    def models(self, texts: "dict[str, Text]") -> str:
        """Return the models that wrote them."""
        return self._together(texts, _model)

    def evidence(self, texts: "dict[str, Text]") -> str:
        """Return what they rest on."""
        return self._together(texts, _evidence)

    def states(self, texts: "dict[str, Text]") -> str:
        """Return what became of drafts, and what they warn of."""
        return self._together(texts, _state)

    def accepted_prompts(self, record: "Record") -> str:
        """Return the prompts that a record's accepted values answer."""
        return self._together(record.accepted, record.prompt_of)

    def draft_prompts(self, record: "Record") -> str:
        """Return the prompts that a record's drafts answer."""
        return self._together(record.drafts, record.prompt_of)

    def reviewers(self, record: "Record") -> str:
        """Return who accepted a record's values."""

        def name(text: "Text") -> str:
            person = record.decider_of(text)
            return "" if person is None else person.username

        return self._together(record.accepted, name)

    def _label_for_staff(self, text: "Text") -> str:
        told = (text.state, not text.value, text.ai_origin, text.audit_id, text.held)
        label = self._labels.get(told)
        if label is None:
            label = self._labels[told] = label_for_staff(text)
        return label

    def _together(self, texts: "dict[str, Text]", read: "Callable[[Text], str]") -> str:
        """Return what is known of several fields in one cell, those of which the same is known together."""
        if not texts:
            return ""
        told = tuple((field, said) for field, text in texts.items() if (said := read(text)))
        if not told:
            return ""
        cell = self._cells.get(told)
        if cell is None:
            cell = self._word(dict(told))
            if len(self._cells) < _MOST_KEPT:
                self._cells[told] = cell
        return cell

    def _word(self, told: dict[str, str]) -> str:
        fields_by_text: dict[str, list[str]] = {}
        for field in self._order:
            if field in told:
                fields_by_text.setdefault(told[field], []).append(str(Field(field).label))
        parts = [
            _("%(fields)s：%(text)s") % {"fields": "、".join(names), "text": text}
            for text, names in fields_by_text.items()
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
