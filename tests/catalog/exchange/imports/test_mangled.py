"""What spreadsheets do to cells is recognised: tables that LibreOffice really opened and saved, and known habits."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from catalog.exchange.columns import Column, Kind
from catalog.exchange.imports.cells import Cell, EarlyDate, Fault, text_of
from catalog.exchange.imports.comparing import Outcome, compare, is_same
from catalog.exchange.imports.mangled import Mangling, mangled, unreadable
from catalog.exchange.imports.reading import open_table
from tests.fixtures.tables.mangle import LANGUAGES, TEXTS

FIXTURES = Path(__file__).parents[3] / "fixtures" / "tables"


def midnight(year: int, month: int, day: int) -> datetime:
    """Return a date as workbooks have it, which know no time zone."""
    return datetime.combine(date(year, month, day), time())


NOTES = Column("notes", "附注", Kind.TEXT, "", True, lambda _record: "")


def came_back(name: str) -> dict[str, Cell]:
    """Return what became of each text."""
    table = open_table(FIXTURES / name, lambda cells: "照片号" in cells)
    cells = [row.cells for row in table.rows()]
    assert len(cells) == len(TEXTS)
    return {text: row[1] if len(row) > 1 else "" for text, row in zip(TEXTS, cells, strict=True)}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_libreoffice_has_mangled_is_taken_for_a_correction(language: str, kind: str) -> None:
    cells = came_back(f"mangled-{language}.{kind}")
    changed = {text: cell for text, cell in cells.items() if not is_same(text_of(cell), text)}

    verdicts = {text: compare(base=text, now=text, cell=cell, column=NOTES) for text, cell in changed.items()}

    assert len(changed) >= 20
    assert {text: verdict.outcome for text, verdict in verdicts.items()} == dict.fromkeys(changed, Outcome.REFUSED)
    assert all(verdict.reason in Mangling.values for verdict in verdicts.values())


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("0012", Mangling.LOST_ZEROS, Mangling.LOST_ZEROS),
        ("007", Mangling.LOST_ZEROS, Mangling.LOST_ZEROS),
        ("3E5", Mangling.NUMBER, Mangling.NUMBER),
        ("1E10", Mangling.NUMBER, Mangling.NUMBER),
        ("1e-7", Mangling.NUMBER, Mangling.NUMBER),
        ("123456789012345678", Mangling.EXPONENT, Mangling.EXPONENT),
        ("1.50", Mangling.LOST_ZEROS, Mangling.LOST_ZEROS),
        ("10.10", Mangling.LOST_ZEROS, Mangling.LOST_ZEROS),
        ("+86", Mangling.NUMBER, Mangling.NUMBER),
        ("1,234", Mangling.NUMBER, Mangling.NUMBER),
        ("50%", Mangling.NUMBER, Mangling.NUMBER),
        ("(5)", Mangling.NUMBER, Mangling.NUMBER),
        ("１２３", None, Mangling.NUMBER),
        ("1 1/2", Mangling.NUMBER, Mangling.NUMBER),
        ("1/2", Mangling.DATE, Mangling.DATE),
        ("12/25", Mangling.DATE, Mangling.DATE),
        ("5-12", None, Mangling.DATE),
        ("3-4", None, Mangling.DATE),
        ("1-2-3", None, Mangling.DATE),
        ("Mar 5", Mangling.DATE, None),
        ("Dec-56", Mangling.DATE, None),
        ("1956-05-12", Mangling.DATE, Mangling.DATE),
        ("1956/5/12", None, Mangling.DATE),
        ("5月12日", None, Mangling.DATE),
        ("1956年5月12日", None, Mangling.DATE),
        ("1890-05-12", Mangling.DATE, Mangling.DATE),
        ("1900-01-01", Mangling.DATE, Mangling.DATE),
        ("2026-11-30 10:00", Mangling.DATE, Mangling.DATE),
        ("12:30", Mangling.TIME, Mangling.TIME),
        ("00:05", Mangling.TIME, Mangling.TIME),
        ("1:2:3", Mangling.TIME, Mangling.TIME),
        ("TRUE", Mangling.TRUTH, Mangling.TRUTH),
        ("false", Mangling.TRUTH, Mangling.TRUTH),
        ("=1+1", Mangling.FORMULA, Mangling.FORMULA),
        ("'=1+1", None, None),
        ("-外滩", None, None),
        ("第一行\n第二行", None, None),
    ],
)
def test_what_a_workbook_of_libreoffice_says_is_named(
    text: str, english: Mangling | None, chinese: Mangling | None
) -> None:
    for language, expected in (("en", english), ("zh", chinese)):
        cell = came_back(f"mangled-{language}.xlsx")[text]
        if expected is None:
            assert text_of(cell) == text
        else:
            assert mangled(text, cell) == expected, (language, cell)


@pytest.mark.parametrize(
    ("was", "cell", "expected"),
    [
        ("27-8", "27-Aug", Mangling.DATE),
        ("1956-05", "May-56", Mangling.DATE),
        ("1956-05", midnight(1956, 5, 1), Mangling.DATE),
        ("MAR1", "1-Mar", Mangling.DATE),
        ("5-12", "5月12日", Mangling.DATE),
        ("1956-05-12", 20587.0, Mangling.SERIAL),
        ("1956-05-12", "20587", Mangling.SERIAL),
        ("1956-05-12", midnight(1960, 5, 13), Mangling.CALENDAR_1904),
        ("1956-05-12", midnight(1952, 5, 11), Mangling.CALENDAR_1904),
        ("12:30", 0.5208333333, Mangling.TIME),
        ("25:10", timedelta(hours=25, minutes=10), Mangling.TIME),
        ("123456789012345678", "1.1E+17", None),
        ("110000000000000001", "1.1E+17", Mangling.EXPONENT),
        ("123456789012345678", "123456789012345000", Mangling.DIGITS),
        ("外滩旧照", "????", Mangling.ENCODING),
        ("外滩", "å¤–æ»©", Mangling.ENCODING),
        ("外滩", "外\ufffd", Mangling.ENCODING),
        ("长" * 40_000, "长" * 32_767, Mangling.CUT),
        ("第一行\n第二行", "第一行 第二行", Mangling.LINES),
        ("P-12", Fault.ERROR, Mangling.ERROR),
        ("-外滩", "#NAME?", Mangling.ERROR),
        ("1956-05-12", "########", Mangling.HASHES),
    ],
)
def test_other_programs_have_their_habits(was: str, cell: Cell, expected: Mangling | None) -> None:
    assert mangled(was, cell) == expected


@pytest.mark.parametrize(
    ("was", "cell"),
    [
        ("P-12", "P-13"),
        ("0012", "0013"),
        ("12", "13"),
        ("12", 13.0),
        ("1956-05-12", "1956-05-13"),
        ("5月12日", "1956年5月12日"),
        ("1956-05", "1957-05"),
        ("三十年代", "1935年"),
        ("5-12", "12-5"),
        ("外滩", "外滩？"),
        ("张三", "张三、李四"),
    ],
)
def test_what_a_person_corrects_is_no_mangling(was: str, cell: Cell) -> None:
    assert mangled(was, cell) is None


@pytest.mark.parametrize(
    ("cell", "is_date", "expected"),
    [
        (date(1956, 5, 12), True, None),
        (date(1956, 5, 1), True, Mangling.A_DATE),
        (date(1900, 2, 3), True, Mangling.A_DATE),
        (EarlyDate(date(1890, 5, 12)), True, None),
        (date(1956, 5, 12), False, Mangling.A_DATE),
        (time(12, 30), True, Mangling.A_TIME),
        (timedelta(hours=30), False, Mangling.A_TIME),
        (True, False, Mangling.TRUTH),
        (1e17, False, Mangling.A_LONG_NUMBER),
        (12.0, False, None),
        ("#REF!", False, Mangling.ERROR),
        ("#", False, None),
    ],
)
def test_a_new_cell_that_is_not_text_counts_where_it_is_clear(
    cell: Cell, is_date: bool, expected: Mangling | None
) -> None:
    assert unreadable(cell, is_date=is_date) == expected
