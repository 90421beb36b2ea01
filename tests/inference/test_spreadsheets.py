"""CSV that Excel and WPS open as it is, and never run."""

import csv
import io

import pytest

from inference.spreadsheets import csv_lines, safe_cell, safe_row, undefused


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1+1", "\uff201"]
)
def test_a_cell_that_begins_like_a_formula_is_defused(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["石桥", "1-2", "a=b", "5|6", "", "'=1"])
def test_any_other_cell_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_the_file_begins_with_a_byte_order_mark_and_its_lines_end_with_crlf() -> None:
    text = "".join(csv_lines([["照片号", "题名"], ["P-1", "一行\n两行"], [None, 'a"b']]))

    assert text.startswith("\ufeff照片号,题名\r\n")
    assert text.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows == [["照片号", "题名"], ["P-1", "一行\n两行"], ["", 'a"b']]


ROWS = ["", "石桥", "=1", " =1", "\u3000+2", "-3", "\uff1dA1", "\t@x", "'=1", "a=1", " 石桥"]


def test_a_row_is_defused_as_each_of_its_cells_is() -> None:
    assert safe_row(ROWS) == [safe_cell(text) for text in ROWS]


@pytest.mark.parametrize("text", [text for text in ROWS if not text.startswith("'")])
def test_what_was_defused_comes_back_as_it_was(text: str) -> None:
    assert undefused(safe_cell(text)) == text


def test_an_apostrophe_that_defuses_nothing_stays() -> None:
    assert undefused("'石桥'") == "'石桥'"
