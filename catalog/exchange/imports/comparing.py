"""What of a cell counts: three-way, by what was exported, what the catalogue holds now, and what the table says.

Pure: a cell in, a verdict out. Without what was exported it is two-way, and every difference is a conflict: nobody can
tell which side has changed.
"""

from dataclasses import dataclass
from enum import Enum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.exchange.columns import CLEARED, Column, Kind
from catalog.exchange.imports.cells import Cell, is_empty, text_of
from catalog.exchange.imports.mangled import mangled, unreadable
from catalog.exchange.tables.xlsx_table import is_elsewhere
from catalog.texts import storable
from inference.spreadsheets import safe_cell, undefused

MOST_TEXT = 20_000
"""Characters of one field, as on the review page and in the admin."""


class Outcome(Enum):
    """What becomes of a cell."""

    UNCHANGED = "unchanged"
    SAME = "same"
    CHANGED = "changed"
    CONFLICT = "conflict"
    REFUSED = "refused"
    IGNORED = "ignored"


class Refusal(TextChoices):
    """Why a cell, or a row, of a table is not taken; what spreadsheets do to cells is told by `Mangling`."""

    TOO_LONG = "too_long", _("内容太长")
    NO_TERM = "no_term", _("不是这一列可以用的词")
    UNCLEARABLE = "unclearable", _("照片号不能清空")
    NO_KEY = "no_key", _("这一行没有照片号，也没有 glmv_key")
    UNKNOWN_KEY = "unknown_key", _("没有这条记录，或您无权改动")
    UNKNOWN_NUMBER = "unknown_number", _("没有这个照片号，或您无权改动")
    AMBIGUOUS = "ambiguous", _("几个馆藏里都有这个照片号，请在“馆藏”一列写明代号")
    BAD_KEY = "bad_key", _("glmv_key 被改坏了，不是一个编号")
    DOUBLED = "doubled", _("同一条记录在表格里出现了不止一次，只能留一行")
    OTHER_COLLECTION = "other_collection", _("这条记录不在所选的馆藏里")
    SHIFTED = "shifted", _("编号和内容对不上（可能只排序了一部分列，或粘贴错了行），整行未改")
    TAKEN = "taken", _("这个照片号已有另一条记录在用，或在表格里出现两次")
    HELD = "held", _("同事正在审核这条记录")
    GONE = "gone", _("检查之后记录被删除，或您不再有权改动")
    NOT_ALLOWED = "not_allowed", _("内容不合规定，没有写入")
    WENT_ON = "went_on", _("之后又有人改过，保留现在的内容")


class Notice(TextChoices):
    """Why a changed cell is left alone."""

    READ_ONLY = "read_only", _("这一列不能用表格改")
    CONVERTED = "converted", _("这一列是换算过的，不能用表格改")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a cell.

    Attributes:
        outcome: what.
        after: what the catalogue is to hold, where it is changed or in conflict.
        reason: why not, where it is refused or ignored: a value of `Mangling`, `Refusal` or `Notice`.
    """

    outcome: Outcome
    after: str = ""
    reason: str = ""


_UNCHANGED, _SAME = Verdict(Outcome.UNCHANGED), Verdict(Outcome.SAME)


def compare(*, base: str | None, now: str, cell: Cell, column: Column, longest: int = MOST_TEXT) -> Verdict:
    """Say what becomes of a cell.

    Args:
        base: what was exported; None where that is not known.
        now: what the catalogue holds.
        cell: what the table says.
        column: of which column.
        longest: characters that the catalogue takes.
    """
    if is_empty(cell):
        return _UNCHANGED
    text, known = text_of(cell), now if base is None else base
    if is_same(text, known):
        return _UNCHANGED
    if is_same(text, now):
        return _SAME
    if not column.editable:
        return Verdict(Outcome.IGNORED, text, Notice.READ_ONLY)
    if column.held is not None:
        return Verdict(Outcome.IGNORED, text, Notice.CONVERTED)
    after = "" if text == CLEARED else _as_written(text, known)
    if reason := _refused(base, now, cell, column) if text != CLEARED else _not_clearable(column):
        return Verdict(Outcome.REFUSED, text, reason)
    if reason := _unfit(after, column, longest):
        return Verdict(Outcome.REFUSED, text, reason)
    # Nothing stands there that could be in conflict with being deliberately empty.
    agreed = now == "" == after if base is None else clean(base) == clean(now)
    return Verdict(Outcome.CHANGED if agreed else Outcome.CONFLICT, after)


def clean(text: str) -> str:
    """Return a text as it is compared: spreadsheets have their own ends of lines, and lose blanks."""
    return storable(text).strip()


def is_same(text: str, held: str) -> bool:
    """Tell whether a cell says what was exported, defused or not.

    Args:
        text: of the cell.
        held: what the catalogue held.
    """
    plain = clean(held)
    if text == plain or (text.startswith("'") and text == clean(safe_cell(held))):
        return True
    # A workbook holds no more in a cell: the whole text stands on a sheet of its own, which nobody edits.
    return len(plain) > len(text) and is_elsewhere(text)


def _refused(base: str | None, now: str, cell: Cell, column: Column) -> str:
    """Return why a cell cannot be what a person meant; empty where it can."""
    for held in dict.fromkeys((base, now)):
        if held and (found := mangled(held, cell)) is not None:
            return found.value
    found = unreadable(cell, is_date=column.kind is Kind.DATE)
    return "" if found is None else found.value


def _not_clearable(column: Column) -> str:
    return Refusal.UNCLEARABLE if column.key == "identifier" else ""


def _unfit(after: str, column: Column, longest: int) -> str:
    """Return why the catalogue does not take a text; empty where it does."""
    if len(after) > longest:
        return Refusal.TOO_LONG
    return Refusal.NO_TERM if column.terms and after and after not in column.terms else ""


def _as_written(text: str, known: str) -> str:
    """Return what a changed cell says without the apostrophe by which exports defuse formulas.

    Of a workbook, too: a CSV file that was opened and saved as one has kept it.
    """
    # Who had one of their own before, and left it, means it.
    own = known.startswith("'") and undefused(known) != known
    return text if own else undefused(text)
