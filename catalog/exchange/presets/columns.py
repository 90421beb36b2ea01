"""The columns of a table by a preset: what each reads of a record, shaped as the other system wants it.

The AI labels of what a row says stand in a column of their own where the preset has one; else they are added, as a
sentence, to the column that carries them. A cell is never shortened by them, and they are never shortened away.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.exchange.columns import Column, Kind
from catalog.exchange.presets import composing
from catalog.exchange.presets.definitions import DateForm, Preset, PresetColumn, Unit
from catalog.exchange.presets.shaping import dated, day_of, shortened
from catalog.exchange.presets.sources import AI_LABEL, COMPOSED, SOURCES, Source, is_written, with_kind
from catalog.exchange.provenance import Provenance
from catalog.labels import label_for_staff
from catalog.vocabulary import Field
from inference.labels import ai_label

if TYPE_CHECKING:
    from catalog.exchange.rows import Record, Text

    Read = Callable[[Record], str]

_WIDEST = 48


def preset_columns(preset: Preset) -> list[Column]:
    """Return the columns of a table by a preset, in its order, in the active language.

    Args:
        preset: the preset.
    """
    made = _Columns(preset)
    found: list[Column] = []
    used: set[str] = set()
    for number, column in enumerate(preset.columns, 1):
        key = column.source if column.source and column.source not in used else f"column_{number}"
        used.add(key)
        found.append(made.column(column, key))
    return found


class _Labels:
    """Says of a record which of the texts in its row began as a model's."""

    def __init__(
        self, fields: frozenset[str], composition: composing.Composition | None, of_group: tuple[Field, ...]
    ) -> None:
        """Prepare.

        Args:
            fields: the descriptive fields that the row shows.
            composition: what 文字说明 is composed of, where the row shows it composed.
            of_group: the fields that the row shows of the photograph's group.
        """
        self._fields = fields
        self._composition = composition
        self._group_fields = of_group
        self._origin = Provenance(self._texts, label_for_staff)

    def words(self, record: "Record") -> str:
        labels = [self._origin.of(record).labels, self._of_group(record) if self._group_fields else ""]
        return _("；").join(filter(None, labels))

    def sentence(self, record: "Record") -> str:
        words = self.words(record)
        return _("【AI 标识】%(labels)s。") % {"labels": words} if words else ""

    def _texts(self, record: "Record") -> "dict[str, Text]":
        shown = self._shown(record)
        return {field: text for field, text in record.accepted.items() if field in shown}

    def _shown(self, record: "Record") -> frozenset[str]:
        if self._composition is None:
            return self._fields
        if is_written(record.value(Field.DESCRIPTION)):
            return self._fields | {Field.DESCRIPTION.value}
        return self._fields | {field.value for field in self._composition.fields}

    def _of_group(self, record: "Record") -> str:
        group = record.group
        if group is None:
            return ""
        begun = [str(field.label) for field in self._group_fields if field.value in group.ai_fields]
        if not begun:
            return ""
        label = ai_label(source="model", reviewed=True)
        return _("照片组的%(fields)s：%(label)s") % {"fields": "、".join(begun), "label": label}


class _Columns:
    """Makes the columns of one preset."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self._composition = composing.read_template(preset.composition)
        sources = [SOURCES[column.source] for column in preset.columns if column.source]
        is_composed = any(column.source == COMPOSED for column in preset.columns)
        self._labels = _Labels(
            frozenset(field.value for source in sources for field in source.fields),
            self._composition if is_composed else None,
            tuple(source.of_group for source in sources if source.of_group is not None),
        )

    def column(self, column: PresetColumn, key: str) -> Column:
        source = SOURCES[column.source] if column.source else None
        terms = tuple(dict.fromkeys(column.terms.values()))
        return Column(
            key=key,
            heading=column.heading,
            kind=_kind(column, source),
            meaning=_meaning(column, source),
            editable=False,
            read=self._read(column, source),
            terms=tuple(filter(None, terms)),
            width=min(max(len(column.heading) * 2 + 4, 12), _WIDEST),
        )

    def _read(self, column: PresetColumn, source: Source | None) -> "Read":
        raw = self._raw(column, source)
        constant = "" if column.source == "see_also_kind" else column.constant
        terms, longest = column.terms, column.longest
        sentence = self._labels.sentence if column.carries_label else None

        def read(record: "Record") -> str:
            value = raw(record) or constant
            value = terms.get(value, value)
            kept = "" if sentence is None else sentence(record)
            return shortened(value, longest, kept=kept) if longest or kept else value

        return read

    def _raw(self, column: PresetColumn, source: Source | None) -> "Read":
        if source is None:
            return lambda _record: ""
        if column.source == AI_LABEL:
            return self._labels.words
        if column.source == COMPOSED:
            return self._composed
        if column.source == "see_also_kind":
            kind = column.constant
            return lambda record: with_kind(record.see_also, kind)
        if source.day is not None:
            day = source.day
            return lambda record: day_of(day(record), column.date)
        if source.is_date and column.date is not DateForm.AS_WRITTEN:
            text = source.read
            return lambda record: dated(text(record), column.date)
        return source.read

    def _composed(self, record: "Record") -> str:
        written = record.value(Field.DESCRIPTION)
        return written if is_written(written) else self._composition.compose(record.value)


def is_by_group(preset: Preset) -> bool:
    """Tell whether a preset's table has a row for each group of photographs."""
    return preset.unit is Unit.GROUP


def _kind(column: PresetColumn, source: Source | None) -> Kind:
    if source is None:
        return Kind.TEXT
    if column.terms or source.terms is not None:
        return Kind.TERM
    if source.is_date or source.day is not None:
        return Kind.DATE
    return Kind.IDENTIFIER if source.is_number else Kind.TEXT


def _meaning(column: PresetColumn, source: Source | None) -> str:
    """Return what the column holds, in a sentence."""
    parts = [_("固定写“%(text)s”。") % {"text": column.constant} if source is None and column.constant else ""]
    if source is not None:
        parts.append(_("取自“%(source)s”。") % {"source": source.label})
    if column.obligation:
        parts.append(_("%(obligation)s。") % {"obligation": column.obligation.label})
    if column.longest:
        parts.append(_("最多 %(n)d 个字。") % {"n": column.longest})
    if column.uncertain:
        parts.append(_("待核：%(why)s") % {"why": column.uncertain})
    return "".join(parts)
