"""Workbooks: the sheet that holds the table, row by row, with its cells as they were typed.

The reader (calamine) is fast and says little of what it does not understand: an error comes out as an empty cell, and
a date before 1900, which is a negative number, as midnight. Where a sheet of an XLSX file has such cells they are read
again from its XML, by their addresses.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, load_workbook

from catalog.exceptions import TableRefused
from catalog.exchange.imports.cells import Cell, EarlyDate, Fault, is_empty, text_of

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_PIECE = 1024 * 1024
_OVERLAP = 200
# What a sheet with errors or negative numbers has somewhere.
_WORTH_A_LOOK = re.compile(rb't="e"|<v>-')
_HEADINGS_WITHIN = 5
"""Rows among which the headings are looked for: somebody may have put a title above them."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with a table.

    Attributes:
        name: what it is called.
        headings: the row of headings.
        heading_row: its number.
        height: number of the last row.
        rows: yields all rows with their numbers.
    """

    name: str
    headings: list[str]
    heading_row: int
    height: int
    rows: Callable[[], Iterator[tuple[int, list[Cell]]]]


def open_workbook(path: Path, known: Callable[[list[str]], bool]) -> Sheet:
    """Find the sheet of a workbook that holds a table.

    Args:
        path: where the workbook lies.
        known: tells of a row whether it is one of headings.

    Returns:
        The first sheet with such a row; where none has one, the first that holds anything.

    Raises:
        TableRefused: it cannot be read, or holds nothing.
    """
    try:
        # By what is in it: the name of an uploaded file says little.
        with path.open("rb") as file:
            workbook = load_workbook(file)
        found = list(_sheets(workbook, path, known))
    except PasswordError:
        raise TableRefused(_("工作簿有密码，读不了。请去掉密码，另存一份再导入。")) from None
    except (CalamineError, OSError, ValueError) as error:
        raise TableRefused(_("工作簿读不了（%(detail)s）。请另存为 XLSX，再导入。"), detail=str(error)) from None
    if not found:
        raise TableRefused(_("工作簿里什么也没有。请确认上传的是改好的表格。"))
    return found[-1]


def _sheets(workbook: CalamineWorkbook, path: Path, known: Callable[[list[str]], bool]) -> Iterator[Sheet]:
    """Yield the first sheet that holds anything, and the first with headings, where that is another one."""
    first = True
    for position, name in enumerate(workbook.sheet_names):
        sheet = workbook.get_sheet_by_index(position)
        if sheet.start is None:
            continue
        made = _sheet(sheet, name, _Again(path, position), known)
        if made is not None and known(made.headings):
            yield made
            return
        if made is not None and first:
            yield made
            first = False


def _sheet(sheet: CalamineSheet, name: str, again: "_Again", known: Callable[[list[str]], bool]) -> Sheet | None:
    _top, left = sheet.start or (0, 0)

    def rows() -> Iterator[tuple[int, list[Cell]]]:
        mended = again.cells()
        # The reader yields empty rows above the first cell, but leaves out empty columns before it.
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            row: list[Cell] = [""] * left
            row.extend(cells)
            for column, cell in mended.get(number, {}).items():
                row[column:column] = [""] * (column - len(row))
                row[column : column + 1] = [cell]
            yield number, row

    above = []
    for number, cells in rows():
        texts = [text_of(cell) for cell in cells]
        if any(texts):
            above.append((number, texts))
        if known(texts):
            above = [(number, texts)]
            break
        if len(above) >= _HEADINGS_WITHIN:
            break
    if not above:
        return None
    heading_row, headings = above[0]
    height = (sheet.end or (0, 0))[0] + 1
    return Sheet(name, _trimmed(headings), heading_row, height, rows)


def _trimmed(headings: list[str]) -> list[str]:
    """Return headings without the empty ones at their end: a format reaches further than the table."""
    last = max((place for place, text in enumerate(headings) if not is_empty(text)), default=-1)
    return headings[: last + 1]


class _Again:
    """Cells of a sheet that the reader does not tell rightly, read from its XML when first asked for."""

    def __init__(self, path: Path, position: int) -> None:
        self._path = path
        self._position = position
        self._cells: dict[int, dict[int, Cell]] | None = None

    def cells(self) -> dict[int, dict[int, Cell]]:
        """Return number of a row → column, from 0 → cell."""
        if self._cells is None:
            self._cells = self._read() if zipfile.is_zipfile(self._path) else {}
        return self._cells

    def _read(self) -> dict[int, dict[int, Cell]]:
        with zipfile.ZipFile(self._path) as archive:
            part = _part_of_sheet(archive, self._position)
            if part is None or not _is_worth_a_look(archive, part):
                return {}
            dated = _date_styles(archive)
            epoch = date(1904, 1, 1) if _counts_from_1904(archive) else date(1899, 12, 30)
            found: dict[int, dict[int, Cell]] = {}
            with archive.open(part) as file:
                for address, cell in _odd_cells(file, dated, epoch):
                    letters, number = address
                    found.setdefault(number, {})[_column(letters)] = cell
        return found


def _odd_cells(file: Any, dated: set[int], epoch: date) -> Iterator[tuple[tuple[str, int], Cell]]:
    for _event, element in iterparse(file, events=("end",)):
        if element.tag == f"{_MAIN}c":
            place = _REFERENCE.fullmatch(element.get("r", ""))
            value = element.findtext(f"{_MAIN}v") or ""
            if place is None:
                continue
            if element.get("t") == "e":
                yield (place[1], int(place[2])), Fault.ERROR
            elif value.startswith("-") and int(element.get("s", "0") or 0) in dated:
                day = _early(value, epoch)
                if day is not None:
                    yield (place[1], int(place[2])), day
        elif element.tag == f"{_MAIN}row":
            element.clear()


def _early(value: str, epoch: date) -> EarlyDate | time | None:
    try:
        return EarlyDate(epoch + timedelta(days=int(float(value))))
    except (ValueError, OverflowError):
        return time()


def _is_worth_a_look(archive: zipfile.ZipFile, part: str) -> bool:
    """Tell whether a sheet may have such cells: parsing it takes ten times as long as looking for their marks."""
    before = b""
    with archive.open(part) as file:
        while piece := file.read(_PIECE):
            if _WORTH_A_LOOK.search(before + piece):
                return True
            before = piece[-_OVERLAP:]
    return False


def _part_of_sheet(archive: zipfile.ZipFile, position: int) -> str | None:
    """Return where in the archive a sheet lies; None where this is no XLSX file."""
    names = set(archive.namelist())
    book = "xl/workbook.xml"
    links = "xl/_rels/workbook.xml.rels"
    if not {book, links} <= names:
        return None
    targets = {element.get("Id"): element.get("Target", "") for element in _elements(archive, links, "Relationship")}
    sheets = list(_elements(archive, book, "sheet"))
    if position >= len(sheets):
        return None
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    target = targets.get(sheets[position].get(relation)) or ""
    part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
    return part if part in names else None


def _counts_from_1904(archive: zipfile.ZipFile) -> bool:
    return any(item.get("date1904") in ("1", "true") for item in _elements(archive, "xl/workbook.xml", "workbookPr"))


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the cell styles that show a date."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    formats: dict[int, str] = {}
    for item in _elements(archive, "xl/styles.xml", "numFmt"):
        formats[int(item.get("numFmtId", "0"))] = item.get("formatCode", "")
    styles: set[int] = set()
    for parent in _elements(archive, "xl/styles.xml", "cellXfs"):
        for place, style in enumerate(parent):
            number = int(style.get("numFmtId", "0"))
            if _is_date_format(number, formats.get(number, "")):
                styles.add(place)
    return styles


def _is_date_format(number: int, code: str) -> bool:
    built_in = 14 <= number <= 22 or 27 <= number <= 36 or 50 <= number <= 58
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code)
    return built_in or bool(re.search(r"[dyDY]|mmm|年|月|日", plain))


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[Any]:
    with archive.open(part) as file:
        for _event, element in iterparse(file, events=("end",)):
            if element.tag.rpartition("}")[2] == name:
                yield element


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
