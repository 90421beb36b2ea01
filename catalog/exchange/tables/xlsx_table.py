"""XLSX that spreadsheets leave as it is: every cell typed as text, a sheet that explains the table, whole long texts.

Written row by row; nothing of the rows stays in memory. `write_string` and the text format keep 0012, 1956-05, 3E5 and
eighteen digits what they are, also after somebody has typed into the cell; no cell is a formula. Excel holds 32,767
characters in a cell: a longer text stands whole on a sheet of its own, in pieces, and its cell says so.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import FileCreateError

from catalog.exchange.columns import CLEARED, EXPORT, KEY, TECHNICAL, Column
from catalog.exchange.tables.limits import LONGEST_CELL_OF_XLSX as LONGEST

SHEET, GUIDE, LONG_TEXTS, TERMS = "目录", "说明", "长文", "词表"
_PIECE = 30_000
_TEXT_FORMAT = 49
"""Excel's own number of the format "@"."""
_MOST_TERMS = 255
"""Characters of a list that stands in the cell's own rule; a longer one stands on a sheet."""
_UNPRINTABLE = re.compile("[\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold even as an escape that others read; no text of the catalogue means anything by it."""
_ELSEWHERE = re.compile(r"（全文 \d+ 字，见“长文”表）")
_INK, _QUIET, _HEAD, _HEAD_QUIET = "#1f2a30", "#6b7378", "#dfe8e4", "#eceeee"


def is_elsewhere(cell: str) -> bool:
    """Tell whether a cell only says that its text stands on the sheet of long texts.

    Args:
        cell: as it was read.
    """
    return _ELSEWHERE.fullmatch(cell) is not None


class XlsxTable:
    """A table as XLSX."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], *, folder: Path, about: str = "") -> None:
        """Begin: the heading, and the sheet that explains the columns.

        Args:
            file: open for writing bytes.
            columns: what the table has.
            folder: where the rows lie until the file is put together.
            about: what the table is of.
        """
        options = {"constant_memory": True, "tmpdir": str(folder)}
        self._book = xlsxwriter.Workbook(file, options)
        self._book.use_zip64()
        self._book.set_properties({"title": about or _("馆藏目录")})
        self._formats = _Formats(self._book)
        self._columns = list(columns)
        self._cells = [self._formats.cell if column.editable else self._formats.quiet for column in self._columns]
        self._keys = [column.key for column in self._columns]
        self._sheet = self._book.add_worksheet(SHEET)
        self._long: Any = None
        self._row = self._long_row = 0
        _Guide(self._book, self._formats).write(self._columns, about)
        self._begin()

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows."""
        put, formats = self._sheet.write_string, self._cells
        for row in rows:
            self._row += 1
            at = self._row
            for place, cell in enumerate(row):
                if cell:
                    text = cell if len(cell) <= LONGEST // 2 and cell.isprintable() else self._fitting(cell, place, row)
                    put(at, place, text, formats[place])

    def close(self) -> None:
        """Put the file together."""
        last = max(self._row, 1)
        self._sheet.autofilter(0, 0, last, len(self._columns) - 1)
        for place, column in enumerate(self._columns):
            if rule := self._rule(place, column):
                self._sheet.data_validation(1, place, last, place, rule)
        try:
            self._book.close()
        except FileCreateError as error:
            # What it hides is the disk's own error, with its number.
            raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error

    def _begin(self) -> None:
        sheet, formats = self._sheet, self._formats
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 22)
        for place, column in enumerate(self._columns):
            sheet.set_column(place, place, column.width, self._cells[place])
        for place, column in enumerate(self._columns):
            sheet.write_string(0, place, column.heading, formats.head if column.editable else formats.quiet_head)
        lists = [(place, column.terms) for place, column in enumerate(self._columns) if _wants_sheet(column.terms)]
        self._lists = {place: at for at, (place, _terms) in enumerate(lists)}
        if lists:
            terms = self._book.add_worksheet(TERMS)
            for row in range(max(len(words) for _place, words in lists)):
                for at, (_place, words) in enumerate(lists):
                    if row < len(words):
                        terms.write_string(row, at, words[row], formats.cell)
            terms.hide()

    def _rule(self, place: int, column: Column) -> dict[str, Any] | None:
        """Return what may be entered into a column, and what is said to whoever goes into its cells."""
        said: dict[str, Any] = {}
        if not column.editable:
            said = {
                "input_title": _("只读"),
                "input_message": _("这一列供查看；表格交回时，这里的改动不算数。"),
            }
        if not column.terms:
            return {"validate": "any", **said} if said else None
        if place in self._lists:
            letter = xlsxwriter.utility.xl_col_to_name(self._lists[place])
            source: Any = f"='{TERMS}'!${letter}$1:${letter}${len(column.terms)}"
        else:
            source = [*column.terms, *([CLEARED] if column.editable else [])]
        wrong = _("请从列表里选一个；不改就留空，要清空写“%(cleared)s”。") % {"cleared": CLEARED}
        return {"validate": "list", "source": source, "error_title": _("不在列表里"), "error_message": wrong, **said}

    def _fitting(self, cell: str, place: int, row: Sequence[str]) -> str:
        """Return what stands in the table for a text that is long, or has something that is not printed."""
        text = _UNPRINTABLE.sub("\ufffd", cell)
        if units(text) <= LONGEST:
            return text
        if self._long is None:
            self._begin_long()
        pieces = cut(text, _PIECE)
        known = dict(zip(self._keys, row, strict=True))
        for number, piece in enumerate(pieces, start=1):
            self._long_row += 1
            said = [known.get(KEY, ""), known.get("identifier", ""), self._keys[place], str(number), piece]
            for at, one in enumerate(said):
                if one:
                    self._long.write_string(self._long_row, at, one, self._formats.cell)
        return f"（全文 {len(text)} 字，见“{LONG_TEXTS}”表）"

    def _begin_long(self) -> None:
        self._long = self._book.add_worksheet(LONG_TEXTS)
        self._long.freeze_panes(1, 0)
        self._long.set_column(0, 3, 14, self._formats.cell)
        self._long.set_column(4, 4, 100, self._formats.cell)
        heading = [KEY, _("照片号"), _("列"), _("第几段"), _("内容")]
        for at, words in enumerate(heading):
            self._long.write_string(0, at, words, self._formats.head)


class _Formats:
    """How cells look; all of them are text."""

    def __init__(self, book: Any) -> None:
        text = {"num_format": _TEXT_FORMAT, "font_color": _INK, "font_size": 10.5}
        head = {**text, "bold": True, "valign": "vcenter", "bottom": 1}
        self.cell = book.add_format({**text, "valign": "top"})
        self.wrapped = book.add_format({**text, "valign": "top", "text_wrap": True})
        self.quiet = book.add_format({**text, "valign": "top", "font_color": _QUIET})
        self.head = book.add_format({**head, "bg_color": _HEAD})
        self.quiet_head = book.add_format({**head, "bold": False, "bg_color": _HEAD_QUIET, "font_color": _QUIET})
        self.title = book.add_format({**text, "bold": True, "font_size": 14})


class _Guide:
    """The sheet that says how the table is edited, and what its columns mean."""

    def __init__(self, book: Any, formats: _Formats) -> None:
        self._sheet = book.add_worksheet(GUIDE)
        self._formats = formats
        self._row = 0

    def write(self, columns: Sequence[Column], about: str) -> None:
        """Write it."""
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_column(0, 0, 24, self._formats.cell)
        self._sheet.set_column(1, 1, 12, self._formats.cell)
        self._sheet.set_column(2, 2, 60, self._formats.wrapped)
        self._sheet.set_column(3, 3, 36, self._formats.wrapped)
        self._line([_("怎样改这张表")], self._formats.title)
        if about:
            self._line([about], self._formats.quiet)
        for words in _rules(columns):
            self._line([words], self._formats.cell)
        self._line([], self._formats.cell)
        self._line([_("列"), _("能否改"), _("含义"), _("可填的词")], self._formats.head)
        for column in columns:
            may = _("可改") if column.editable else _("只读")
            self._line([column.heading, may, column.meaning, "、".join(column.terms)], self._formats.wrapped)

    def _line(self, cells: Sequence[str], look: Any) -> None:
        for place, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._row, place, cell[:LONGEST], look)
        self._row += 1


def _rules(columns: Sequence[Column]) -> list[str]:
    keys = {column.key for column in columns}
    rules = [
        _("一行是一条记录。改好后保存为 XLSX 或 CSV，在“数据交换”页面交回；先预览，确认后才写入。"),
        _("空着的格子表示不改；要把一项清空，写“%(cleared)s”。") % {"cleared": CLEARED},
        _("表头为灰色的列只供查看，改了也不算数。"),
        _("所有格子都是文本：编号前面的 0、1956-05 这样的日期、很长的数字都照原样保存，请不要改成数字或日期格式。"),
    ]
    if EXPORT in keys:
        rules.append(
            _("最后几列（%(names)s）用来认出每一行，请不要改动、删除；可以排序、筛选、删去不想交回的行。")
            % {"names": "、".join(name for name in TECHNICAL if name in keys)}
        )
    rules.append(
        _("超过 %(most)s 个字的内容放在“%(sheet)s”表里，分成几段，原处只写“全文……见“%(sheet)s”表”。")
        % {"most": LONGEST, "sheet": LONG_TEXTS}
    )
    rules.append(_("出自 AI 的文字在“AI 标识”一列里注明；改过之后仍然注明。"))
    return rules


def units(text: str) -> int:
    """Return how long Excel takes a text to be: UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> list[str]:
    """Return a text in pieces that Excel can hold; together they are the text.

    Args:
        text: the text.
        most: UTF-16 units of a piece.
    """
    pieces, begun, size = [], 0, 0
    for at, character in enumerate(text):
        size += 2 if character > "\uffff" else 1
        if size > most:
            pieces.append(text[begun:at])
            begun, size = at, 2 if character > "\uffff" else 1
    return [*pieces, text[begun:]]


def _wants_sheet(terms: Sequence[str]) -> bool:
    """Tell whether a list of terms does not fit into a cell's own rule."""
    return bool(terms) and (len(",".join([*terms, CLEARED])) > _MOST_TERMS or any("," in term for term in terms))
