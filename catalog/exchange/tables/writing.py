"""What all kinds of tables have in common: they take rows of texts, and are closed at the end."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Protocol

from catalog.exchange.columns import Column
from catalog.exchange.tables.csv_table import CsvTable
from catalog.exchange.tables.frames import Frame
from catalog.exchange.tables.jsonl_table import JsonlTable
from catalog.models import Export


class Table(Protocol):
    """A file that a table is being written to."""

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows.

        Args:
            rows: cells in the order of the columns, not defused.

        Raises:
            OSError: the disk does not take them.
        """

    def close(self) -> None:
        """Write what is left; the file given stays open.

        Raises:
            OSError: the disk does not take it.
        """


def open_table(
    format_: str,
    file: IO[bytes],
    columns: Sequence[Column],
    *,
    folder: Path,
    about: str = "",
    frame: Frame | None = None,
    explained: bool = True,
) -> Table:
    """Begin a table in a file, with its heading.

    Args:
        format_: one of `Export.Format`.
        file: open for writing bytes.
        columns: what the table has.
        folder: on the same disk, where whatever has to be put aside meanwhile may lie.
        about: what the table is of, as a person reads it.
        frame: what stands around the rows, where another system is to read them; None for the house's own tables.
        explained: whether a sheet says how the table is edited, as of one that is to come back.

    Raises:
        OSError: the disk does not take it.
    """
    if format_ == Export.Format.XLSX:
        # Needed by tables of this kind alone.
        if frame is not None:
            from catalog.exchange.tables.plain_xlsx import PlainXlsxTable

            return PlainXlsxTable(file, columns, folder=folder, frame=frame)
        from catalog.exchange.tables.xlsx_table import XlsxTable

        return XlsxTable(file, columns, folder=folder, about=about, explained=explained)
    if format_ == Export.Format.JSONL:
        return JsonlTable(file, columns)
    return CsvTable(file, columns, lines_before=() if frame is None else frame.lines_before)
