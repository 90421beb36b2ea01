"""What changes in the records of a table, row by row, and what of each row is not taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from catalog.exchange.columns import CHECK, DRAFT, REVISION, TECHNICAL, Column, checksum
from catalog.exchange.exports.keeping import Kept
from catalog.exchange.imports.cells import Cell, is_empty, text_of
from catalog.exchange.imports.comparing import MOST_TEXT, Notice, Outcome, Refusal, Verdict, compare, is_same
from catalog.exchange.imports.headings import COLLECTION, IDENTIFIER, Headings, house_headings, plain
from catalog.exchange.imports.matching import Target
from catalog.exchange.imports.reading import Row
from catalog.exchange.imports.refusals import RefusalTable, Tally, reason_words
from catalog.exchange.rows import Record
from catalog.importing.manifest_origins import read_origins
from catalog.models import Annotation, Image
from catalog.records.conflicts import COLUMNS
from catalog.vocabulary import Field, State
from inference.spreadsheets import undefused

_PROTECTED = ("disclosure", "access", "classification", COLLECTION)
"""Columns that are told where they differ from the catalogue, even where nobody knows what was exported."""
_ORIGINS = ("ai_label", "model", "prompt")


class PlannedCell(NamedTuple):
    """A cell that changes, or that is in conflict.

    Attributes:
        key: of the column: a descriptive field, or a column of the record.
        base: what was exported; None where that is not known.
        now: what the catalogue held when it was checked.
        after: what the table says.
        clash: whether it is a conflict.
        ai: whether the table says that it began as a model's text.
    """

    key: str
    base: str | None
    now: str
    after: str
    clash: bool = False
    ai: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What changes in one record, as a chunk keeps it.

    Attributes:
        image: its key.
        row: number of the row.
        cells: what changes and what is in conflict.
    """

    image: int
    row: int
    cells: tuple[PlannedCell, ...]

    def as_json(self) -> list[Any]:
        """Return it as a chunk keeps it."""
        return [self.image, self.row, self.cells]

    @classmethod
    def read(cls, kept: Sequence[Any]) -> "Planned":
        """Return what a chunk has kept."""
        image, row, cells = kept
        return cls(image, row, tuple(PlannedCell._make(cell) for cell in cells))


@dataclass(slots=True)
class Found:
    """What a check has found so far.

    Attributes:
        total: rows of the table.
        rows: rows that were looked at.
        records: records that change.
        cells: cells that change.
        conflicts: cells that are in conflict.
        unchanged: rows that nobody has changed.
        two_way: rows of which nobody knows what was exported.
        refused: what was not taken.
        ignored: changed cells of columns that a table does not change.
        collections: keys of the collections of records that change.
    """

    total: int = 0
    rows: int = 0
    records: int = 0
    cells: int = 0
    conflicts: int = 0
    unchanged: int = 0
    two_way: int = 0
    refused: Tally = field(default_factory=Tally)
    ignored: Tally = field(default_factory=Tally)
    collections: set[int] = field(default_factory=set)


class _Judged(NamedTuple):
    """A cell with its verdict."""

    column: Column
    cell: Cell
    base: str | None
    now: str
    verdict: Verdict


class RowPlanner:
    """Plans rows one after the other, counts what it finds, and writes down what is not taken."""

    def __init__(self, *, headings: Headings, found: Found, refusals: RefusalTable) -> None:
        """Prepare.

        Args:
            headings: what the columns of the table are.
            found: where to count.
            refusals: where to write down what is not taken.
        """
        self._headings = headings
        self._found = found
        self._refusals = refusals
        self._numbers: set[tuple[int, str]] = set()
        self._fields = _field_names()

    def is_as_exported(self, row: Row, kept: Kept) -> bool:
        """Tell whether nobody has changed anything of a row: most rows of most tables.

        Args:
            row: the row.
            kept: what was exported of its record.
        """
        cells, held = row.cells, kept.cells
        for place, column in self._headings.columns.items():
            if place >= len(cells) or column.key in TECHNICAL:
                continue
            cell, said = cells[place], held.get(column.key, "")
            if cell in ("", said) or is_empty(cell):
                continue
            if column.held is not None or not is_same(text_of(cell), said):
                return False
        return True

    def refuse_row(self, row: Row, reason: str, naming: str = "") -> None:
        """Write down that nothing of a row is taken."""
        self._found.refused.add(reason, row.number)
        self._refusals.add(row.number, naming, "", "", "", "", _("整行未改"), reason_words(reason))

    def plan(self, row: Row, target: Target, kept: Kept | None, record: Record) -> Planned | None:
        """Plan a row.

        Args:
            row: the row.
            target: its record.
            kept: what was exported of it; None where that is not known.
            record: what the catalogue holds of it.

        Returns:
            What changes; None where nothing does.
        """
        if kept is None:
            self._found.two_way += 1
        untouched = kept is None and self._has_own_checksum(row, target.key)
        judged = list(self._judge(row, kept, record, only_protected=untouched))
        changing = [item for item in judged if item.verdict.outcome in (Outcome.CHANGED, Outcome.CONFLICT)]
        if self._is_shifted(record, changing):
            self.refuse_row(row, Refusal.SHIFTED, record.identifier)
            return None
        changing = [item for item in changing if self._may_have_number(row, record, item)]
        for item in judged:
            self._note(row, record, item)
        if not changing:
            self._found.unchanged += all(item.verdict.outcome is Outcome.IGNORED for item in judged)
            return None
        began = self._began_as_ai(row)
        cells = tuple(
            PlannedCell(
                item.column.key,
                item.base,
                item.now,
                item.verdict.after,
                item.verdict.outcome is Outcome.CONFLICT,
                item.column.key in began,
            )
            for item in changing
        )
        clashes = sum(cell.clash for cell in cells)
        self._found.conflicts += clashes
        self._found.cells += len(cells) - clashes
        self._found.records += len(cells) > clashes
        self._found.collections.add(record.collection_key)
        return Planned(record.key, row.number, cells)

    def _judge(self, row: Row, kept: Kept | None, record: Record, *, only_protected: bool) -> Iterator[_Judged]:
        """Yield the cells of a row that are not as they were."""
        for place, column in self._headings.columns.items():
            if place >= len(row.cells) or column.key in TECHNICAL or is_empty(row.cells[place]):
                continue
            protected = column.key in _PROTECTED
            if (only_protected and not protected) or (kept is None and not column.editable and not protected):
                continue
            base = None if kept is None else kept.cells.get(column.key, "")
            verdict, now = _verdict(row.cells[place], column, base, record)
            if verdict.outcome in (Outcome.UNCHANGED, Outcome.SAME):
                continue
            if verdict.outcome is Outcome.CHANGED and verdict.after == now == "" and _is_left_empty(record, column):
                continue
            yield _Judged(column, row.cells[place], base, now, verdict)

    def _is_shifted(self, record: Record, changing: Sequence[_Judged]) -> bool:
        """Tell whether a row has another record's number among what changes: its cells are those of another row."""
        number = next((item.verdict.after for item in changing if item.column.key == IDENTIFIER), "")
        return len(changing) > 1 and bool(number) and _is_taken(record, number)

    def _may_have_number(self, row: Row, record: Record, item: _Judged) -> bool:
        """Tell whether a cell may be taken as far as numbers go; write down where it may not."""
        if item.column.key != IDENTIFIER:
            return True
        number = (record.collection_key, item.verdict.after)
        if number in self._numbers or _is_taken(record, item.verdict.after):
            refused = Verdict(Outcome.REFUSED, item.verdict.after, Refusal.TAKEN)
            self._note(row, record, item._replace(verdict=refused))
            return False
        self._numbers.add(number)
        return True

    def _note(self, row: Row, record: Record, item: _Judged) -> None:
        outcome, reason = item.verdict.outcome, item.verdict.reason
        if outcome is Outcome.CHANGED:
            return
        words = {Outcome.REFUSED: _("未改"), Outcome.IGNORED: _("忽略"), Outcome.CONFLICT: _("冲突")}[outcome]
        if outcome is not Outcome.CONFLICT:
            (self._found.refused if outcome is Outcome.REFUSED else self._found.ignored).add(reason, row.number)
        why = _("导出之后目录里也改过") if item.base is not None else _("没有导出时的原值可对照")
        self._refusals.add(
            row.number,
            record.identifier,
            item.column.heading,
            text_of(item.cell),
            item.base or "",
            item.now,
            words,
            reason_words(reason) if reason else why,
        )

    def _has_own_checksum(self, row: Row, key: int) -> bool:
        """Tell whether a row still has the checksum that it left with: then nobody has changed what may be changed."""
        places = self._headings.places
        said = self._text(row, places.get(CHECK))
        order = [places.get(name) for name in self._headings.order]
        if not said or None in order:
            return False
        revision = self._text(row, places.get(REVISION))
        cells = [undefused(self._text(row, place)) for place in order]
        return said == checksum(key, int(revision) if revision.isdecimal() else -1, cells)

    def _text(self, row: Row, place: int | None) -> str:
        return "" if place is None or place >= len(row.cells) else text_of(row.cells[place])

    def _began_as_ai(self, row: Row) -> frozenset[str]:
        """Return the fields whose value began as a model's text, as the table's own columns of labels say."""
        told = (
            (plain(column.heading), text_of(row.cells[place]))
            for place, column in self._headings.columns.items()
            if place < len(row.cells) and (column.key in _ORIGINS or column.key.startswith(DRAFT))
        )
        return read_origins(((heading, text) for heading, text in told if text), self._fields).ai


def _verdict(cell: Cell, column: Column, base: str | None, record: Record) -> tuple[Verdict, str]:
    """Return what becomes of a cell, and what the catalogue would say in its place."""
    now = column.read(record)
    if column.held is None:
        verdict = compare(base=base, now=now, cell=cell, column=column, longest=_longest(column))
    elif base is not None and column.held(record) != base:
        # What the cell said when it left cannot be made again.
        return Verdict(Outcome.UNCHANGED), now
    else:
        verdict = compare(base=now, now=now, cell=cell, column=column)
    if verdict.outcome in (Outcome.CHANGED, Outcome.CONFLICT) and not _is_written(column):
        verdict = replace(verdict, outcome=Outcome.IGNORED, reason=Notice.READ_ONLY)
    return verdict, now


def _is_written(column: Column) -> bool:
    return column.key in Field.values or column.key in COLUMNS


def _longest(column: Column) -> int:
    if column.key in COLUMNS:
        longest: int = Image._meta.get_field(column.key).max_length  # type: ignore[union-attr,assignment]  # noqa: SLF001
        return longest
    return MOST_TEXT


def _is_taken(record: Record, number: str) -> bool:
    others = Image.objects.filter(collection=record.collection_key, identifier=number)
    return others.exclude(pk=record.key).exists()


def _is_left_empty(record: Record, column: Column) -> bool:
    """Tell whether a field is deliberately empty already."""
    if column.key not in Field.values:
        return True
    return Annotation.objects.filter(image=record.key, field=column.key, state=State.ACCEPTED).exists()


def _field_names() -> Mapping[str, Field]:
    """Return the descriptive fields by their names, as labels of origin write them in any language of the site."""
    return {name: Field(column.key) for name, column in house_headings().items() if column.key in Field.values}
