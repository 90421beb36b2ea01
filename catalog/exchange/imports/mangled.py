"""What spreadsheets do to cells behind the back of whoever opens a table, recognised by what the cell held before.

0012 becomes 12, 3E5 300000, eighteen digits 1.1E+17, 5-12 the twelfth of May. What was exported is known, or at least
what the catalogue holds: a cell that is what a spreadsheet would make of that is nobody's correction. The readings of
dates are beside this module, in `readings`.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.exchange.imports.cells import LARGEST_WHOLE, Cell, EarlyDate, Fault, day_of, text_of
from catalog.exchange.imports.readings import Day, days_meant, days_shown
from catalog.texts import unbroken

_DIGITS = 15
_A_DIGIT = Decimal("1e-14")
_CALENDARS_APART = timedelta(days=1462)
_LENGTHS_CUT_AT = (255, 256, 1023, 1024, 8191, 8192, 32_759, 32_767)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?\s*[¥$€£]?\s*(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)"
    r"(?P<power>[eE][+-]?\d+)?\s*(?P<percent>%)?(?(open)\))"
)
_FRACTION = re.compile(r"(?:(?P<whole>\d+)\s+)?(?P<above>\d{1,3})/(?P<below>\d{1,3})")
_TIME = re.compile(
    r"(?P<hours>\d{1,4}):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2})(?:\.0+)?)?(?:\s*(?P<half>[AP]M))?", re.IGNORECASE
)
_MOMENT = re.compile(r"(?P<day>\S{6,11})[ T](?P<time>\d{1,2}:\d.*)")
_SERIAL = re.compile(r"\d{1,5}")
_WITH_ZEROS = re.compile(r"0\d+(?:\.\d*)?|\d+\.\d*0|\d+\.", re.ASCII)
_ERROR = re.compile(r"#(?:NAME|REF|VALUE|DIV/0|N/A|NUM|NULL|SPILL|名称|引用|值|数字)[!?？！]?|Err:5\d\d")
_HASHES = re.compile(r"#{3,}")
_MOST_SCALE = 400
_AGREED_FROM = date(1900, 3, 1)
"""Some programs take 1900 for a leap year, so that earlier days have other numbers in them."""
_FIRST_YEARS = 1905
"""Before it, a date of a spreadsheet is a span of hours."""


class Mangling(TextChoices):
    """What was done to a cell."""

    LOST_ZEROS = "lost_zeros", _("编号或数字首尾的零丢了（如 0012 变成 12）")
    EXPONENT = "exponent", _("长数字变成了科学记数法（如 1.1E+17），后面的数字丢了")
    DIGITS = "digits", _("超过 15 位的数字，末尾几位变成了 0")
    NUMBER = "number", _("文字变成了数（如 3E5 变成 300000，+86 变成 86，50% 变成 0.5）")
    DATE = "date", _("编号或文字变成了日期（如 5-12 变成 5月12日，27-8 变成 27-Aug）")
    SERIAL = "serial", _("变成了日期的序号（如 20586）")
    CALENDAR_1904 = "calendar_1904", _("日期差了四年零一天：工作簿用的是 1904 日期系统")
    TIME = "time", _("文字变成了时刻（如 12:30 变成 0.52）")
    FORMULA = "formula", _("以等号开头的文字被当成公式算出了结果")
    TRUTH = "truth", _("变成了真假值 TRUE 或 FALSE")
    ERROR = "error", _("单元格里是错误值（如 #NAME?），常因内容以等号、加号或减号开头")
    HASHES = "hashes", _("单元格太窄，存成了一串 #")
    ENCODING = "encoding", _("文字编码坏了，出现问号或乱码")
    CUT = "cut", _("长文字被截断（表格软件一格最多 32,767 字）")
    LINES = "lines", _("换行丢了")
    A_DATE = "a_date", _("单元格是日期格式，看不出原来写的是什么；请把单元格设为“文本”再写")
    A_TIME = "a_time", _("单元格是时刻格式，看不出原来写的是什么；请把单元格设为“文本”再写")
    A_LONG_NUMBER = "a_long_number", _("单元格是超过 15 位的数，末尾已不可靠；请把单元格设为“文本”再写")


def mangled(was: str, cell: Cell) -> Mangling | None:
    """Tell what a spreadsheet has made of a text, where a cell is that.

    Args:
        was: what was exported, or what the catalogue holds; not empty.
        cell: what the table says; not the same.
    """
    now = text_of(cell)
    for look in (_spoilt, _as_truth, _as_formula, _as_moment, _as_date, _as_time, _as_number, _as_text):
        if (found := look(was, cell, now)) is not None:
            return found
    return None


def unreadable(cell: Cell, *, is_date: bool) -> Mangling | None:
    """Tell why a cell cannot be what a person meant, whatever was there before.

    Args:
        cell: what the table says.
        is_date: whether the column holds dates, so that a cell may be one.
    """
    if isinstance(cell, Fault) or (isinstance(cell, str) and _ERROR.fullmatch(cell.strip())):
        return Mangling.ERROR
    if isinstance(cell, str):
        return Mangling.HASHES if _HASHES.fullmatch(cell.strip()) else None
    if isinstance(cell, bool):
        return Mangling.TRUTH
    if isinstance(cell, float | int):
        return Mangling.A_LONG_NUMBER if abs(cell) >= LARGEST_WHOLE else None
    day = day_of(cell)
    if day is None:
        return Mangling.A_TIME
    # The first of a month is what a spreadsheet makes of 1956-05, too; and about the days before March 1900 programs do
    # not agree.
    is_plain = day.day != 1 and (isinstance(cell, EarlyDate) or day >= _AGREED_FROM)
    return None if is_date and is_plain else Mangling.A_DATE


def _spoilt(was: str, cell: Cell, now: str) -> Mangling | None:
    if isinstance(cell, Fault) or _ERROR.fullmatch(now):
        return Mangling.ERROR
    return Mangling.HASHES if _HASHES.fullmatch(now) else None


def _as_truth(was: str, cell: Cell, now: str) -> Mangling | None:
    said = now in ("TRUE", "FALSE") and was.strip().upper() == now
    return Mangling.TRUTH if isinstance(cell, bool) or said else None


def _as_formula(was: str, cell: Cell, now: str) -> Mangling | None:
    return Mangling.FORMULA if was.startswith(("=", "＝")) and _PLAIN.fullmatch(now) else None


def _as_moment(was: str, cell: Cell, now: str) -> Mangling | None:
    """Look for a date with a time of day, written otherwise."""
    meant, shown = _MOMENT.fullmatch(was.strip()), _MOMENT.fullmatch(now)
    if meant is None or shown is None or _seconds(meant["time"]) != _seconds(shown["time"]):
        return None
    days = days_shown(cell) if isinstance(cell, datetime) else days_shown(shown["day"])
    return Mangling.DATE if any(day.agrees(other) for day in days_meant(meant["day"]) for other in days) else None


def _as_date(was: str, cell: Cell, now: str) -> Mangling | None:
    meant = days_meant(was)
    if not meant:
        return None
    if _SERIAL.fullmatch(now):
        return Mangling.SERIAL if _is_serial(int(now), meant) else None
    shown = days_shown(cell)
    if any(day.agrees(other) for day in meant for other in shown):
        return Mangling.DATE
    for day in filter(None, (other.full for other in shown)):
        # Far dates fall out of the calendar.
        if any(full is not None and abs(full - day) == _CALENDARS_APART for full in (other.full for other in meant)):
            return Mangling.CALENDAR_1904
    return None


def _is_serial(number: int, meant: frozenset[Day]) -> bool:
    since_1900, since_1904 = date(1899, 12, 30), date(1904, 1, 1)
    days = {day for epoch in (since_1900, since_1904) for day in days_shown(epoch + timedelta(days=number))}
    return any(day.agrees(other) for day in meant for other in days)


def _as_time(was: str, cell: Cell, now: str) -> Mangling | None:
    meant = _seconds(was)
    if meant is None:
        return None
    shown = _seconds_shown(cell, now)
    return Mangling.TIME if shown is not None and abs(shown - meant) < 1 else None


def _seconds(text: str) -> float | None:
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    hours = int(found["hours"])
    if found["half"]:
        hours = hours % 12 + (12 if found["half"].upper() == "PM" else 0)
    return 3600 * hours + 60 * int(found["minutes"]) + int(found["seconds"] or 0)


def _seconds_shown(cell: Cell, now: str) -> float | None:
    if isinstance(cell, datetime):
        days = (cell.date() - date(1899, 12, 30)).days
        return 86_400 * days + _seconds_of(cell.time()) if cell.year < _FIRST_YEARS else None
    if isinstance(cell, time):
        return _seconds_of(cell)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, date | EarlyDate | Fault):
        return None
    if isinstance(cell, str) and not _PLAIN.fullmatch(now):
        return _seconds(now)
    number = _plain_number(now)
    return None if number is None or not 0 <= number < 50 else 86_400 * float(number)


def _seconds_of(cell: time) -> int:
    return 3600 * cell.hour + 60 * cell.minute + cell.second


def _as_number(was: str, cell: Cell, now: str) -> Mangling | None:
    meant, shown = _number(was), _plain_number(now)
    if meant is None or shown is None:
        return None
    long = len(re.sub(r"\D", "", was)) > _DIGITS
    if meant == shown:
        # 0012 and 0.50, but also 1E5 and 100000.
        if "E" in now.upper() and "E" not in unicodedata.normalize("NFKC", was).upper():
            return Mangling.EXPONENT
        return Mangling.LOST_ZEROS if _WITH_ZEROS.fullmatch(was.strip()) else Mangling.NUMBER
    if "E" in now.upper() and _rounded(meant, _significant(now)) == _rounded(shown, _significant(now)):
        return Mangling.EXPONENT
    # Some programs round the last of fifteen digits, others cut.
    if long and abs(meant - shown) <= abs(meant) * _A_DIGIT:
        return Mangling.DIGITS
    return Mangling.NUMBER if _rounded(meant, _DIGITS) == _rounded(shown, _DIGITS) else None


def _number(text: str) -> Decimal | None:
    """Return the number that a spreadsheet takes a text for."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if (fraction := _FRACTION.fullmatch(plain)) is not None and int(fraction["below"]):
        return Decimal(fraction["whole"] or 0) + Decimal(fraction["above"]) / Decimal(fraction["below"])
    found = _NUMBER.fullmatch(plain)
    if found is None or not found["digits"].strip("."):
        return None
    number = _decimal(found["digits"].replace(",", "") + (found["power"] or ""))
    if number is None:
        return None
    number = number / 100 if found["percent"] else number
    return -number if found["open"] or found["sign"] == "-" else number


def _plain_number(text: str) -> Decimal | None:
    return _decimal(text) if _PLAIN.fullmatch(text) else None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # 1E999999999 is a number, too; nobody wants its digits.
    return number if abs(number.adjusted()) < _MOST_SCALE else None


def _significant(text: str) -> int:
    return max(1, len(re.sub(r"\D", "", re.split("[eE]", text)[0]).lstrip("0")))


def _rounded(number: Decimal, digits: int) -> str:
    return f"{number:.{digits - 1}E}"


def _as_text(was: str, cell: Cell, now: str) -> Mangling | None:
    if not isinstance(cell, str):
        return None
    if _is_misread(was, now):
        return Mangling.ENCODING
    length = len(now.encode("utf-16-le")) // 2
    if len(now) < len(was) and was.startswith(now) and any(length in (cut, cut - 1) for cut in _LENGTHS_CUT_AT):
        return Mangling.CUT
    if "\n" in was and "\n" not in now and unbroken(was) == unbroken(now):
        return Mangling.LINES
    return None


def _is_misread(was: str, now: str) -> bool:
    """Tell whether a text was written in an encoding that lacks its characters, or read in another one."""
    if was.isascii():
        return False
    lost = re.sub(r"[^\x00-\x7f]", "?", was)
    if "?" in now and (now == lost or now == re.sub(r"[^\x00-\xff]", "?", was)):
        return True
    if "\ufffd" in now and "\ufffd" not in was:
        return True
    for wrong, right in (("cp1252", "utf-8"), ("latin-1", "utf-8"), ("gb18030", "utf-8"), ("latin-1", "gb18030")):
        try:
            if now.encode(wrong).decode(right) == was:
                return True
        except UnicodeError:
            continue
    return False
