"""XLSX as another system wants it: one sheet, its template's own lines, the heading, rows; all cells are text."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from catalog.exchange.columns import Column
from catalog.exchange.tables.frames import Frame
from catalog.exchange.tables.limits import LONGEST_CELL_OF_XLSX as LONGEST
from catalog.exchange.tables.xlsx_table import cut, units

_SHEET = "Sheet1"
_HEAD = "#eceeee"
_TAIL = "……"


class PlainXlsxTable:
    """A table by a preset as XLSX, written row by row in constant memory."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], *, folder: Path, frame: Frame) -> None:
        """Begin: what stands above the heading, and the heading.

        Args:
            file: open for writing bytes.
            columns: what the table has.
            folder: where the rows lie until the file is put together.
            frame: what stands around the rows.
        """
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(folder)})
        self._book.use_zip64()
        self._cell = self._book.add_format({"num_format": "@", "valign": "top"})
        head = self._book.add_format({"num_format": "@", "bold": True, "bg_color": _HEAD, "bottom": 1})
        self._sheet = self._book.add_worksheet(frame.sheet or _SHEET)
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, column.width, self._cell)
        self._row = 0
        for line in frame.lines_before:
            self._put(line, self._cell)
        self._put([column.heading for column in columns], head)
        self._sheet.freeze_panes(self._row, 0)

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows."""
        for row in rows:
            self._put(row, self._cell)

    def close(self) -> None:
        """Put the file together."""
        try:
            self._book.close()
        except FileCreateError as error:
            # What it hides is the disk's own error, with its number.
            raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error

    def _put(self, cells: Sequence[str], look: object) -> None:
        for place, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._row, place, _fitting(cell), look)
        self._row += 1


def _fitting(cell: str) -> str:
    """Return what a cell can hold of a text: another system knows no second sheet for what is longer."""
    return cell if units(cell) <= LONGEST else f"{cut(cell, LONGEST - len(_TAIL))[0]}{_TAIL}"
