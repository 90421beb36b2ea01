"""The dry run: every row held against what was exported and what the catalogue holds, and nothing changed by it.

What would change, and what is in conflict, comes out some records at a time, to be frozen by whoever runs the check.
What is not taken goes into a table of refusals. A check that is broken off begins anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import policies
from catalog.exceptions import ExportNotKept
from catalog.exchange.columns import Column, standard_columns
from catalog.exchange.exports.keeping import Kept, KeptReader
from catalog.exchange.imports.comparing import Refusal
from catalog.exchange.imports.files import refusals_of, upload_of
from catalog.exchange.imports.headings import Headings, headings_of, house_headings, known_headings, read_headings
from catalog.exchange.imports.matching import Match, Matcher, Survey, Target, known_exports, naming_of
from catalog.exchange.imports.planning import Found, Planned, RowPlanner
from catalog.exchange.imports.reading import Row, Table, open_table
from catalog.exchange.imports.refusals import RefusalTable
from catalog.exchange.rows import Reader
from catalog.models import Export, TableImport

SLICE = 500
"""Rows that are looked at by one query."""
_CELLS_AT_ONCE = 100
"""Cells that are written in one transaction: others who write wait no longer than that takes."""


class Check:
    """One dry run.

    Attributes:
        found: what it has found so far.
        findings: how the table was read, for people.
    """

    def __init__(self, table: TableImport) -> None:
        """Prepare; nothing is read yet.

        Args:
            table: the import.
        """
        self._table = table
        self._allowed = policies.reviewable_images(table.user)
        self._reader = Reader(self._allowed)
        self._kept: dict[UUID, KeptReader | None] = {}
        self.found = Found()
        self.findings: dict[str, Any] = {}

    def run(self) -> Iterator[list[Planned]]:
        """Look at all rows.

        Yields:
            What changes, as much as is written at once; now and then nothing, so that whoever runs this can say that
            it goes on.

        Raises:
            TableRefused: the table cannot be read.
        """
        known = house_headings()
        opened = open_table(upload_of(self._table), lambda cells: known_headings(known, cells))
        yield []
        survey = Survey()
        headings = read_headings(opened.headings, known, standard_columns(()))
        for row in opened.rows():
            survey.add(naming_of(row, headings.places))
        exports = known_exports(survey.exports)
        headings = _of_exports(opened, known, exports.values()) or headings
        self.found.total = survey.rows
        self.findings = _findings(opened, headings, survey, exports)
        yield []
        matcher = Matcher(
            allowed=self._allowed,
            collection=self._table.collection,
            places=headings.places,
            survey=survey,
            exports=exports,
        )
        with RefusalTable(refusals_of(self._table)) as refusals:
            planner = RowPlanner(headings=headings, found=self.found, refusals=refusals)
            yield from _in_chunks(self._slices(opened.rows(), matcher, planner))
        self.findings |= {"two_way": self.found.two_way, "unchanged": self.found.unchanged}

    def _slices(self, rows: Iterator[Row], matcher: Matcher, planner: RowPlanner) -> Iterator[list[Planned]]:
        while some := list(islice(rows, SLICE)):
            yield list(self._plan(matcher.match(some), planner))
            self.found.rows += len(some)

    def _plan(self, matches: Sequence[Match], planner: RowPlanner) -> Iterator[Planned]:
        kept = self._kept_of(matches)
        differing: list[tuple[Row, Target]] = []
        for match in matches:
            if match.target is None:
                planner.refuse_row(match.row, match.reason, match.naming)
            elif match.target.key in kept and planner.is_as_exported(match.row, kept[match.target.key]):
                self.found.unchanged += 1
            else:
                differing.append((match.row, match.target))
        records = {record.key: record for record in self._reader.read([target.key for _row, target in differing])}
        for row, target in differing:
            if target.key not in records:
                planner.refuse_row(row, Refusal.UNKNOWN_KEY, target.identifier)
            elif (planned := planner.plan(row, target, kept.get(target.key), records[target.key])) is not None:
                yield planned

    def _kept_of(self, matches: Sequence[Match]) -> dict[int, Kept]:
        """Return what was exported of the records of rows."""
        by_export: dict[UUID, tuple[Export, list[int]]] = {}
        for match in matches:
            if match.target is not None and match.export is not None:
                by_export.setdefault(match.export.pk, (match.export, []))[1].append(match.target.key)
        found: dict[int, Kept] = {}
        for export, images in by_export.values():
            if export.pk not in self._kept:
                self._kept[export.pk] = _kept_reader(export)
            reader = self._kept[export.pk]
            found |= {} if reader is None else reader.read(images)
        return found


def _of_exports(opened: Table, known: Mapping[str, Column], exports: Any) -> Headings | None:
    """Return what the columns of a table are by the exports that it is from; None where none is known."""
    own: dict[str, Column] = {}
    for export in exports:
        own |= headings_of(export)
    return read_headings(opened.headings, {**known, **own}, own.values()) if own else None


def _kept_reader(export: Export) -> KeptReader | None:
    try:
        return KeptReader(export)
    except ExportNotKept:
        return None


def _in_chunks(slices: Iterator[list[Planned]]) -> Iterator[list[Planned]]:
    """Yield what changes in portions of as many cells as are written at once, and nothing where a slice has none."""
    waiting: list[Planned] = []
    cells = 0
    for some in slices:
        for planned in some:
            waiting.append(planned)
            cells += len(planned.cells)
            if cells >= _CELLS_AT_ONCE:
                yield waiting
                waiting, cells = [], 0
        yield []
    if waiting:
        yield waiting


def _findings(opened: Table, headings: Headings, survey: Survey, exports: Mapping[str, Export]) -> dict[str, Any]:
    """Return how a table was read: what its columns are, and which exports it is from."""
    words = list(opened.words)
    words += [_("来自 %(when)s 的导出") % {"when": f"{export.created_at:%Y-%m-%d}"} for export in exports.values()]
    if strangers := len(survey.exports) - len(exports):
        words.append(
            ngettext(
                "有 %(number)d 个导出编号不是本系统的，这些行只按照片号对照",
                "有 %(number)d 个导出编号不是本系统的，这些行只按照片号对照",
                strangers,
            )
            % {"number": strangers}
        )
    return {
        "words": words,
        "unknown": headings.unknown,
        "doubled": headings.doubled,
        "missing": headings.missing,
    }
