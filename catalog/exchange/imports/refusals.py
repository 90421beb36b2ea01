"""What of a table was not taken: counted by reasons, and written row by row into a table of its own."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from django.utils.translation import gettext as _

from catalog.exchange.imports.comparing import Notice, Refusal
from catalog.exchange.imports.mangled import Mangling
from inference.spreadsheets import BOM, safe_row

_FIRST = 20
"""Rows that are named for each reason."""


def reason_words(reason: str) -> str:
    """Return a reason as a person reads it.

    Args:
        reason: a value of `Mangling`, `Refusal` or `Notice`.
    """
    for kind in (Mangling, Refusal, Notice):
        if reason in kind.values:
            return str(kind(reason).label)
    return reason


@dataclass(slots=True)
class Tally:
    """How often something was not taken for each reason, and the first rows of which it was."""

    numbers: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[int]] = field(default_factory=dict)

    def add(self, reason: str, row: int, number: int = 1) -> None:
        """Count something of a row."""
        self.numbers[reason] = self.numbers.get(reason, 0) + number
        named = self.first.setdefault(reason, [])
        if len(named) < _FIRST and row not in named:
            named.append(row)

    @property
    def total(self) -> int:
        """Return how much was not taken."""
        return sum(self.numbers.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as an import keeps it."""
        return {reason: {"number": number, "rows": self.first[reason]} for reason, number in self.numbers.items()}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Tally":
        """Return what an import has kept."""
        tally = cls()
        for reason, said in kept.items():
            tally.numbers[reason], tally.first[reason] = int(said["number"]), list(said["rows"])
        return tally


class RefusalTable:
    """A CSV file of what was not taken. It has its name only when it is complete."""

    def __init__(self, path: Path) -> None:
        """Prepare.

        Args:
            path: where it will lie.
        """
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self.rows = 0

    def __enter__(self) -> "RefusalTable":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._file = self._part.open("w", encoding="utf-8", newline="")
        self._file.write(BOM)
        self._writer = csv.writer(self._file)
        self._writer.writerow(
            [_("行"), _("照片号"), _("列"), _("表格里写的"), _("导出时的"), _("目录里的"), _("结果"), _("原因")]
        )
        return self

    def add(self, row: int, *cells: str) -> None:
        """Write what was not taken of a row.

        Args:
            row: its number.
            cells: number of the record, heading, what the table says, what was exported, what the catalogue holds,
                what became of it, and why.
        """
        self.rows += 1
        self._writer.writerow(safe_row([str(row), *cells]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
