"""Opening a table: which kind it is, within which bounds, and its rows with the numbers that spreadsheets give them.

Rows are numbered as a spreadsheet shows them, from 1 with the headings. Nothing is held longer than a row, but for
what the reader of workbooks holds itself. A table that is too large unpacked is refused before anything is read.
"""

import codecs
import csv
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.exceptions import TableRefused
from catalog.exchange.imports.cells import Cell, is_empty
from catalog.exchange.imports.separators import separated
from catalog.exchange.imports.workbooks import open_workbook

MOST_ROWS = 1_048_576
"""As many as a sheet of a spreadsheet has."""
MOST_COLUMNS = 1_024
_MOST_IN_A_CELL = 1_000_000
_MB = 1024 * 1024
_PIECE = 1024 * 1024
_TAG = re.compile(rb"<[^<>]*>")
_MARKUP = 2
"""A workbook's cells take as much room for their markup as for what they say: 80,000 records are 250 MB of XML."""
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        number: as spreadsheets show it, from 1.
        cells: what it holds; as many as there are, be it fewer or more than headings.
    """

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table.

    Attributes:
        headings: its first row that is not empty, as it stands there.
        rows: yields the rows below it; those that are wholly empty are left out.
        total: how many rows there are at most; 0 where that is not known before they are read.
        words: how it was read, for people.
    """

    headings: list[str]
    rows: Callable[[], Iterator[Row]]
    total: int
    words: tuple[str, ...] = field(default=())


def open_table(path: Path, known: Callable[[list[str]], bool]) -> Table:
    """Open a table.

    Args:
        path: where it lies.
        known: tells of a row whether it is one of headings, by which the right sheet of a workbook is found.

    Returns:
        The table.

    Raises:
        TableRefused: it is none, is protected by a password, or is too large; the sentence says what to do.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise TableRefused(_("文件是空的。请确认上传的是改好的表格。"))
    if head.startswith(_ZIP):
        _check_unpacked(path)
        return _workbook(path, known)
    if path.stat().st_size > settings.GLMV_MAX_UPLOAD_MB * _MB:
        raise _too_large()
    return _workbook(path, known) if head.startswith(_OLE) else _text(path)


def _too_large() -> TableRefused:
    return TableRefused(
        _("表格拆开后超过 %(limit)d MB，没有读取。请分几次导出和导入，或者请管理员调大 GLMV_MAX_UPLOAD_MB。"),
        limit=settings.GLMV_MAX_UPLOAD_MB,
    )


def _check_unpacked(path: Path) -> None:
    """Unpack a workbook without keeping anything: what it says of its size may be a lie. Its text is what counts.

    Raises:
        TableRefused: it is too large, or damaged.
    """
    most = settings.GLMV_MAX_UPLOAD_MB * _MB
    unpacked = text = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MARKUP * most:
                raise _too_large()
            for item in archive.infolist():
                with archive.open(item) as member:
                    while piece := member.read(_PIECE):
                        unpacked += len(piece)
                        text += len(_TAG.sub(b"", piece))
                        if text > most or unpacked > _MARKUP * most:
                            raise _too_large()
    except RuntimeError:
        raise TableRefused(_("工作簿有密码，读不了。请去掉密码，另存一份再导入。")) from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise TableRefused(_("工作簿已损坏，读不了（%(detail)s）。请重新另存一份。"), detail=str(error)) from None


def _workbook(path: Path, known: Callable[[list[str]], bool]) -> Table:
    sheet = open_workbook(path, known)
    if sheet.height > MOST_ROWS:
        raise TableRefused(_("表格有 %(number)d 行，超过 1,048,576 行。请分几次导入。"), number=sheet.height)

    def rows() -> Iterator[Row]:
        for number, cells in sheet.rows():
            if number > sheet.heading_row and not all(map(is_empty, cells)):
                yield Row(number, cells)

    words = (_("工作表“%(name)s”") % {"name": sheet.name},)
    return Table(_checked(sheet.headings), rows, sheet.height, words=words)


def _text(path: Path) -> Table:
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(_MOST_IN_A_CELL)
        second = file.readline(_MOST_IN_A_CELL)
    said = separated(first, second)

    def lines() -> Iterator[Row]:
        csv.field_size_limit(_MOST_IN_A_CELL)
        with path.open(encoding=encoding, newline="") as file:
            if said.has_own_line:
                file.readline(_MOST_IN_A_CELL)
            number = 0
            reader = csv.reader(file, delimiter=said.delimiter)
            try:
                for number, cells in enumerate(reader, start=1):
                    if number > MOST_ROWS:
                        raise TableRefused(_("表格超过 1,048,576 行。请分几次导入。"))
                    if any(cell.strip() for cell in cells):
                        yield Row(number, [cell.replace("\0", "") for cell in cells])
            except csv.Error as error:
                detail = {"row": number + 1, "detail": str(error)}
                raise TableRefused(_("第 %(row)d 行不是有效的 CSV（%(detail)s）。"), **detail) from None

    headings = next(lines(), None)
    if headings is None:
        raise TableRefused(_("表格里什么也没有。请确认上传的是改好的表格。"))

    def rows() -> Iterator[Row]:
        below = lines()
        next(below)
        yield from below

    name = {"utf-8-sig": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16"}[encoding]
    mark = {",": _("逗号"), ";": _("分号"), "\t": _("制表符")}.get(said.delimiter, said.delimiter)
    words = (_("CSV，编码 %(encoding)s，以%(mark)s分隔") % {"encoding": name, "mark": mark},)
    return Table(_checked([str(cell) for cell in headings.cells]), rows, 0, words=words)


def _checked(headings: list[str]) -> list[str]:
    if len(headings) > MOST_COLUMNS:
        raise TableRefused(_("表格有 %(number)d 列，超过 %(most)d 列。"), number=len(headings), most=MOST_COLUMNS)
    return headings


def _encoding_of(path: Path) -> str:
    """Return the encoding of a text file: the first one that reads all of it.

    Raises:
        TableRefused: none does.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig"] if head.startswith(codecs.BOM_UTF8) else ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _reads(path, encoding):
            return encoding
    raise TableRefused(_("看不懂这个文件的文字编码。请另存为“CSV UTF-8（逗号分隔）”或 XLSX，再导入。"))


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                # A picture or a program has such bytes, a table has not.
                if encoding != "utf-16" and b"\0\0\0" in piece:
                    return False
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
