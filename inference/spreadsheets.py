"""CSV as Excel and WPS read it: a byte order mark, CRLF, and no cell that is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page and Chinese turns to rubbish."""

# The full-width forms are formulas too in East Asian versions of Excel.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANKS = " \u3000"
_SUSPECT = frozenset((*_FORMULA_STARTS, *_BLANKS))
"""What a text begins with that has to be looked at; all others are safe."""


def safe_cell(value: object) -> str:
    """Return a cell's text, defused with a leading apostrophe where a spreadsheet would run it as a formula.

    Only the beginning is looked at and nothing else is changed (a `|` stays a `|`). A text that had an apostrophe
    before its equals sign stays as it is, so whether the apostrophe is ours cannot be told from the file.
    """
    text = "" if value is None else str(value)
    # A spreadsheet may cut off spaces before it looks for the equals sign.
    return f"'{text}" if text.lstrip(_BLANKS).startswith(_FORMULA_STARTS) else text


def safe_row(cells: Sequence[str]) -> list[str]:
    """Return a row's texts, each defused as `safe_cell` does: for tables of millions of cells."""
    return [safe_cell(cell) if cell and cell[0] in _SUSPECT else cell for cell in cells]


def undefused(cell: str) -> str:
    """Return a cell's text without the apostrophe that `safe_cell` has put before it.

    One that a person wrote before an equals sign looks the same; whoever knows what was exported compares with that.
    """
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield a CSV file piece by piece: the byte order mark, then one line for each row, ended by CRLF."""
    yield BOM
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
