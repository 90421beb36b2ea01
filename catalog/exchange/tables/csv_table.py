"""CSV for Excel and WPS: a byte order mark, CRLF, and no cell that is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

from catalog.exchange.columns import Column
from inference.spreadsheets import BOM, safe_row


class CsvTable:
    """A table as CSV."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        """Write the heading.

        Args:
            file: open for writing bytes.
            columns: what the table has.
        """
        self._file = file
        self._write(BOM, [[column.heading for column in columns]])

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows."""
        self._write("", rows)

    def close(self) -> None:
        """Do nothing: all of it is written."""

    def _write(self, before: str, rows: Iterable[Sequence[str]]) -> None:
        buffer = io.StringIO(before, newline="")
        buffer.seek(0, io.SEEK_END)
        csv.writer(buffer).writerows(map(safe_row, rows))
        self._file.write(buffer.getvalue().encode())
