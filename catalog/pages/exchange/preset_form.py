"""The form of a preset: its head, and some entries for each column. What was typed comes back as it was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalog.exceptions import PresetRefused
from catalog.exchange.presets.definitions import (
    MOST_COLUMNS,
    DateForm,
    Obligation,
    Preset,
    PresetColumn,
    definition_of,
    preset_of,
)
from catalog.exchange.presets.sources import SOURCES

NEW_ROWS = 3
"""Empty rows at the end, for columns to be added."""
_ENTRIES = ("heading", "source", "constant", "terms", "date", "longest", "obligation", "uncertain", "position")
_TICKS = ("carries_label", "delete")
_EQUALS = "=＝\t"


@dataclass(frozen=True, slots=True)
class Row:
    """The entries of one column, as texts.

    Attributes:
        number: how its entries are named.
        said: what stands in them.
        is_new: whether it is for a column that is not there yet.
    """

    number: int
    said: Mapping[str, str]
    is_new: bool = False

    @property
    def name(self) -> str:
        """Return what the names of its entries begin with."""
        return f"c{self.number}"

    @property
    def words(self) -> list[str]:
        """Return the words that its source may say, where that is a list."""
        source = SOURCES.get(self.said.get("source", ""))
        if source is None or source.terms is None:
            return []
        return [str(choice.label) for choice in source.terms if choice.value]

    @property
    def is_open(self) -> bool:
        """Tell whether the entries that are usually left alone are shown at once: a list wants its table of terms."""
        return bool(self.said.get("terms") or self.said.get("uncertain") or self.words)

    @property
    def told(self) -> str:
        """Return what stands in those entries, in short."""
        longest, date = self.said.get("longest", "").strip(), self.said.get("date", "")
        parts = [
            str(DateForm(date).label) if date and date in DateForm.values else "",
            _("最多 %(n)s 字") % {"n": longest} if longest else "",
            _("带上 AI 标识") if self.said.get("carries_label") else "",
        ]
        return " · ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class PresetForm:
    """All entries of a preset.

    Attributes:
        head: name, about, composition, unit.
        rows: its columns.
        seen: the revision that whoever writes had before them.
    """

    head: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)
    seen: int = 0


def form_of(preset: Preset, revision: int) -> PresetForm:
    """Return the entries of a preset as it is.

    Args:
        preset: the preset.
        revision: its revision.
    """
    rows = [Row(number, _said(column, number)) for number, column in enumerate(preset.columns, 1)]
    head = {
        "name": preset.name,
        "about": preset.about,
        "composition": preset.composition,
        "unit": preset.unit.value,
        "uncertain": preset.uncertain,
    }
    return PresetForm(head, [*rows, *_new_rows(len(rows))], revision)


def form_sent(sent: Mapping[str, str]) -> PresetForm:
    """Return the entries as they were sent.

    Args:
        sent: names and texts.
    """
    head = {name: _sent(sent, name) for name in ("name", "about", "composition", "unit", "uncertain")}
    rows = []
    for number in range(1, MOST_COLUMNS + NEW_ROWS + 1):
        if f"c{number}-heading" in sent:
            said = {name: _sent(sent, f"c{number}-{name}") for name in (*_ENTRIES, *_TICKS)}
            rows.append(Row(number, said, is_new=_sent(sent, f"c{number}-new") == "1"))
    seen = _sent(sent, "seen")
    return PresetForm(head, rows, int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0)


def preset_sent(form: PresetForm, before: Preset) -> Preset:
    """Return the preset that was sent.

    Args:
        form: as it was sent.
        before: the preset as it is, of which what the form has no entry for stays.

    Returns:
        The preset.

    Raises:
        PresetRefused: something in it cannot be meant; the sentence says where.
    """
    kept = [row for row in form.rows if not row.said["delete"] and not _is_blank(row)]
    placed = sorted(kept, key=lambda row: (_number(row, "position", row.number), row.number))
    columns = [_definition(row) for row in placed]
    head = {name: form.head[name] for name in ("composition", "unit", "uncertain")}
    definition = {**definition_of(before), **head, "columns": columns}
    return preset_of(
        key=before.key, name=form.head["name"].strip(), about=form.head["about"].strip(), definition=definition
    )


def choices() -> dict[str, Any]:
    """Return what the entries choose from."""
    return {"date_forms": DateForm.choices, "obligations": Obligation.choices}


def _said(column: PresetColumn, number: int) -> dict[str, str]:
    return {
        "heading": column.heading,
        "source": column.source,
        "constant": column.constant,
        "terms": "\n".join(f"{old}={new}" for old, new in column.terms.items()),
        "date": column.date.value,
        "longest": str(column.longest or ""),
        "obligation": column.obligation.value,
        "uncertain": column.uncertain,
        "position": str(number),
        "carries_label": "on" if column.carries_label else "",
        "delete": "",
    }


def _new_rows(after: int) -> list[Row]:
    empty = dict.fromkeys((*_ENTRIES, *_TICKS), "")
    return [
        Row(number, {**empty, "position": str(number)}, is_new=True)
        for number in range(after + 1, min(after + NEW_ROWS, MOST_COLUMNS) + 1)
    ]


def _sent(sent: Mapping[str, str], name: str) -> str:
    return sent.get(name, "").replace("\x00", "")


def _is_blank(row: Row) -> bool:
    """Tell whether nobody has written into a row for a new column."""
    return row.is_new and not any(row.said[name].strip() for name in ("heading", "source", "constant", "terms"))


def _number(row: Row, name: str, default: int) -> int:
    text = row.said[name].strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise PresetRefused(
            _("“%(heading)s”的次序和最大字数要写数字，不能写“%(text)s”。")
            % {"heading": row.said["heading"], "text": text[:20]}
        )
    return int(text)


def _definition(row: Row) -> dict[str, Any]:
    said = row.said
    return {
        "heading": said["heading"],
        "source": said["source"],
        "constant": said["constant"].strip(),
        "terms": _terms(row),
        "date": said["date"],
        "longest": _number(row, "longest", 0),
        "obligation": said["obligation"],
        "uncertain": said["uncertain"].strip(),
        "carries_label": bool(said["carries_label"]),
    }


def _terms(row: Row) -> dict[str, str]:
    terms = {}
    for line in row.said["terms"].splitlines():
        if not line.strip():
            continue
        at = next((place for place, sign in enumerate(line) if sign in _EQUALS), -1)
        if at < 0:
            raise PresetRefused(
                _("“%(heading)s”的对照表里，“%(line)s”没有等号。请一行写一个，如“永久=Y”。")
                % {"heading": row.said["heading"], "line": line[:40]}
            )
        terms[line[:at].strip()] = line[at + 1 :].strip()
    return terms
