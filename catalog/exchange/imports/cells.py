"""What a cell of a table holds, and the text that stands for it.

A cell of a CSV file is a text. One of a workbook may have been typed as something else by a program, or by a person in
a cell that was not kept as text; whoever compares wants to know.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from catalog.texts import storable


class Fault(Enum):
    """What a workbook says of a cell that has no value."""

    ERROR = "#"


@dataclass(frozen=True, slots=True)
class EarlyDate:
    """A date before 1900, which spreadsheets keep as a negative number.

    Attributes:
        day: the date.
    """

    day: date


Cell = str | float | bool | date | time | timedelta | EarlyDate | Fault
LARGEST_WHOLE = 10**15
"""Spreadsheets keep fifteen digits; from here on a whole number may have lost some."""


def text_of(cell: Cell) -> str:
    """Return the text that a cell stands for, as a person would have written it; empty where it has none.

    Args:
        cell: the cell.
    """
    if isinstance(cell, str):
        # Excel's way of writing a carriage return into a workbook.
        return storable(cell.replace("_x000D_", "")).strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return str(int(cell)) if float(cell).is_integer() and abs(cell) < LARGEST_WHOLE else repr(float(cell))
    if isinstance(cell, EarlyDate):
        return cell.day.isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if isinstance(cell, Fault) else str(cell)


def is_empty(cell: Cell) -> bool:
    """Tell whether there is nothing in a cell."""
    return isinstance(cell, str) and not cell.strip()


def day_of(cell: Cell) -> date | None:
    """Return the date that a cell holds as a date; None where it holds none, or a time of day with it."""
    if isinstance(cell, EarlyDate):
        return cell.day
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    return cell if isinstance(cell, date) else None
