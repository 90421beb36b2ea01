"""JSON Lines: one object for each record, its keys those of the columns, its values texts as they are."""

import json
from collections.abc import Iterable, Sequence
from typing import IO

from catalog.exchange.columns import Column, Kind


class JsonlTable:
    """A table as JSON Lines, in UTF-8 without a mark; it has no heading."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        """Prepare; nothing is written yet.

        Args:
            file: open for writing bytes.
            columns: what the table has.
        """
        self._file = file
        self._keys = [column.key for column in columns if column.kind is not Kind.OBJECT]
        # Their cells are JSON already; they stand last, and are left out where they are empty.
        self._objects = [json.dumps(column.key) for column in columns if column.kind is Kind.OBJECT]
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows."""
        self._file.write("".join(f"{self._line(row)}\n" for row in rows).encode())

    def _line(self, row: Sequence[str]) -> str:
        texts = len(self._keys)
        line = self._encode(dict(zip(self._keys, row[:texts], strict=True)))
        objects = zip(self._objects, row[texts:], strict=True)
        beyond = "".join(f",{name}:{cell}" for name, cell in objects if cell)
        return f"{line[:-1]}{beyond}}}" if beyond else line

    def close(self) -> None:
        """Do nothing: all of it is written."""
