"""Reads the empty import template of the house's own system (XLS, XLSX or CSV), and makes a preset of it.

What stands in it is kept to the letter: the lines above the heading, the headings in their order, the sheet's name.
What a heading says beside its name, an asterisk or a length, becomes an obligation or a greatest length.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from catalog.exceptions import PresetRefused
from catalog.exchange.presets.definitions import (
    LONGEST_CELL,
    LONGEST_HEADING,
    MOST_COLUMNS,
    MOST_LINES_BEFORE,
    Obligation,
    Preset,
    PresetColumn,
)
from catalog.exchange.presets.guessing import guessed_date, guessed_source

LARGEST = 5 * 1024 * 1024
_LARGEST_UNPACKED = 50 * 1024 * 1024
KINDS = ("xlsx", "xls", "csv")
_LOOKED_AT = MOST_LINES_BEFORE + 1
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = ",;\t|"
_MUST = re.compile(r"^\s*[*＊]|[*＊]\s*$|必填|必著|必录")
_LENGTH = re.compile(r"(?:≤|<=|不超过|最多|最长|限)?\s*(\d{1,5})\s*(?:个)?(?:字符|汉字|字|位)(?:以内|内|之内)?")
_BRACKETED = re.compile(r"[（(\[【]([^（()）\[\]【】]*)[)）\]】]")


@dataclass(frozen=True, slots=True)
class ReadTemplate:
    """What stands in a template.

    Attributes:
        kind: `xls`, `xlsx` or `csv`.
        sheet: the sheet's name; empty for CSV.
        lines: its first lines, cells as text.
        heading: place of the heading among the lines, from 0.
        below: how many lines below the heading hold something: examples or remarks, which are not kept.
    """

    kind: str
    sheet: str
    lines: tuple[tuple[str, ...], ...]
    heading: int
    below: int


def read_template(data: bytes, *, name: str, line: int | None = None) -> ReadTemplate:
    """Read a template.

    Args:
        data: the file.
        name: its name, for the sentences about it.
        line: which line is the heading, from 1; None to find it.

    Returns:
        What stands in it.

    Raises:
        PresetRefused: it is none of these files, is locked or damaged, or has no heading; the sentence says what to do.
    """
    if len(data) > LARGEST:
        raise PresetRefused(_("“%(name)s”太大：导入模板应当是空表，最多 5 MB。请删去数据再传。") % {"name": name})
    if not data:
        raise PresetRefused(_("“%(name)s”是空文件。") % {"name": name})
    kind = "xlsx" if data.startswith(_ZIP) else "xls" if data.startswith(_OLE) else "csv"
    sheet, lines = _of_workbook(data, name) if kind != "csv" else ("", _of_csv(data, name))
    if not any(any(one) for one in lines):
        raise PresetRefused(_("“%(name)s”里没有表头。请传带表头的空表。") % {"name": name})
    heading = _heading(lines) if line is None else line - 1
    if not 0 <= heading < len(lines) or not any(lines[heading]):
        raise PresetRefused(
            _("“%(name)s”的第 %(line)d 行是空的，不能作表头。请另写一行。") % {"name": name, "line": heading + 1}
        )
    if heading > MOST_LINES_BEFORE:
        raise PresetRefused(_("表头上面最多 %(most)d 行。") % {"most": MOST_LINES_BEFORE})
    below = sum(any(one) for one in lines[heading + 1 :])
    return ReadTemplate(kind, sheet, tuple(tuple(one) for one in lines), heading, below)


def preset_from(template: ReadTemplate, *, key: str, name: str) -> Preset:
    """Make a preset of a template: its headings to the letter, with what each is likely to be.

    Args:
        template: what was read.
        key: what commands are to call it.
        name: what people are to call it.

    Raises:
        PresetRefused: it has too many columns, or a column without a heading between others.
    """
    headings = _without_tail(template.lines[template.heading])
    if len(headings) > MOST_COLUMNS:
        raise PresetRefused(_("表头有 %(n)d 栏，最多 %(most)d 栏。") % {"n": len(headings), "most": MOST_COLUMNS})
    empty = [str(place) for place, heading in enumerate(headings, 1) if not heading.strip()]
    if empty:
        raise PresetRefused(
            _("表头的第 %(places)s 栏没有名称。请补上栏目名，或删去空栏；合并的单元格请先拆开。")
            % {"places": "、".join(empty)}
        )
    columns = _columns(headings)
    has_label = any(column.source == "ai_label" for column in columns)
    return Preset(
        key=key,
        name=name,
        columns=tuple(columns if has_label else _carried(columns)),
        sheet=template.sheet[:31],
        lines_before=tuple(tuple(_without_tail(one)) for one in template.lines[: template.heading]),
        template=template.kind,
    )


def bare(heading: str) -> str:
    """Return a heading without what stands beside its name: asterisks, and remarks in brackets."""
    return re.sub(r"[*＊\s:：]|必填|必著", "", _BRACKETED.sub("", heading))


def _columns(headings: Sequence[str]) -> list[PresetColumn]:
    used: set[str] = set()
    columns = []
    for heading in headings:
        source = guessed_source(bare(heading))
        source = "" if source in used else source
        used |= {source} - {""}
        columns.append(
            PresetColumn(
                heading=heading[:LONGEST_HEADING],
                source=source,
                date=guessed_date(heading, source),
                longest=_length(heading),
                obligation=Obligation.MUST if _MUST.search(heading) else Obligation.UNSAID,
            )
        )
    return columns


def _carried(columns: list[PresetColumn]) -> list[PresetColumn]:
    """Return the columns, of which the one of 附注 carries the AI label; where there is none, the warning is given."""
    return [replace(column, carries_label=True) if column.source == "notes" else column for column in columns]


def _length(heading: str) -> int:
    remarks = " ".join(_BRACKETED.findall(heading))
    found = _LENGTH.search(remarks)
    return min(int(found[1]), LONGEST_CELL) if found else 0


def _without_tail(cells: Sequence[str]) -> list[str]:
    last = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return list(cells[:last])


def _heading(lines: Sequence[Sequence[str]]) -> int:
    """Return which line is the heading: the first of those with the most cells that hold something."""
    filled = [len({cell for cell in one if cell}) for one in lines[:_LOOKED_AT]]
    return filled.index(max(filled))


def _of_workbook(data: bytes, name: str) -> tuple[str, list[list[str]]]:
    # Needed where a template is read, and nowhere else.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        if data.startswith(_ZIP) and _unpacked(data) > _LARGEST_UNPACKED:
            raise PresetRefused(_("“%(name)s”解开后太大，不像是一张空表。请删去数据再传。") % {"name": name})
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        seen = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        ]
        for sheet in seen:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=_LOOKED_AT * 2)
            if any(any(cell not in ("", None) for cell in row) for row in rows):
                return sheet, [_texts(row) for row in rows]
    except PasswordError:
        raise PresetRefused(_("“%(name)s”加了密码，打不开。请去掉密码再传。") % {"name": name}) from None
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise PresetRefused(
            _("“%(name)s”打不开，可能已损坏，或不是表格文件。请用 Excel 或 WPS 另存为 XLSX 再传。") % {"name": name}
        ) from error
    return "", []


def _unpacked(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return sum(entry.file_size for entry in packed.infolist())


def _texts(cells: Iterable[object]) -> list[str]:
    return ["" if cell is None else _text(cell).strip() for cell in cells][: MOST_COLUMNS * 2]


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _of_csv(data: bytes, name: str) -> list[list[str]]:
    unreadable = PresetRefused(
        _("“%(name)s”不是 XLSX、XLS 或 CSV 表格。请用 Excel 或 WPS 打开，另存为 XLSX 再传。") % {"name": name}
    )
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unreadable
    text = _decoded(data)
    if text is None:
        raise unreadable
    if text.lstrip().startswith("<"):
        # Some systems hand out a page of HTML, or XML, by the name of a workbook.
        raise PresetRefused(
            _("“%(name)s”其实是网页格式，不是真正的工作簿。请用 Excel 或 WPS 打开，另存为 XLSX 再传。") % {"name": name}
        )
    first, _newline, rest = text.partition("\n")
    delimiter = ""
    if first.strip().lower().startswith("sep="):
        delimiter, text = first.strip()[4:5], rest
    delimiter = delimiter or max(_DELIMITERS, key=text.lstrip().partition("\n")[0].count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [[cell.strip() for cell in line] for line, _n in zip(lines, range(_LOOKED_AT * 2), strict=False)]
    except csv.Error:
        raise unreadable from None


def _decoded(data: bytes) -> str | None:
    marked = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (marked, "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
