"""JSON Lines: one object for each record, its keys those of the columns, its values texts as they are."""

import json
from collections.abc import Iterable, Sequence
from typing import IO

from catalog.exchange.columns import Column


class JsonlTable:
    """A table as JSON Lines, in UTF-8 without a mark; it has no heading."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        """Prepare; nothing is written yet.

        Args:
            file: open for writing bytes.
            columns: what the table has.
        """
        self._file = file
        self._keys = [column.key for column in columns]
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows."""
        lines = [self._encode(dict(zip(self._keys, row, strict=True))) for row in rows]
        self._file.write("".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        """Do nothing: all of it is written."""
