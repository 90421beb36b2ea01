"""XLSX: every cell is text, long texts stay whole, and the workbook says how it is edited."""

import io
from pathlib import Path

import pytest

from catalog.exchange.columns import Column, Kind, technical_columns
from catalog.exchange.tables.xlsx_table import GUIDE, LONG_TEXTS, SHEET, TERMS, XlsxTable, cut, is_elsewhere, units
from tests.catalog.exported import part, sheets, texts

NASTY = [
    "0012", "1956-05", "3E5", "123456789012345678", "27-Aug", "1.10", "TRUE", "=1+1", "+86", "-3", "@x", "'引号",
    " 前后空格 ", "mailto:a@b.cn", "internal:Sheet!A1", "https://x.cn", "第一行\n第二行", "_x0041_", "\x0b竖", "{=1}",
]  # fmt: skip


def column(key: str, *, editable: bool = True, terms: tuple[str, ...] = ()) -> Column:
    return Column(key, f"名为{key}", Kind.TEXT, f"{key} 的含义。", editable, lambda _record: "", terms)


def written(tmp_path: Path, columns: list[Column], rows: list[list[str]], about: str = "") -> bytes:
    file = io.BytesIO()
    table = XlsxTable(file, columns, folder=tmp_path, about=about)
    table.write(rows)
    table.close()
    assert list(tmp_path.iterdir()) == []
    return file.getvalue()


def test_every_cell_is_text_and_stays_what_it_is(tmp_path: Path) -> None:
    columns = [column(f"c{number}") for number in range(len(NASTY))]

    heading, row = sheets(written(tmp_path, columns, [NASTY]))[SHEET]

    assert {kind for kind, _text in [*heading, *row]} == {"inlineStr"}
    assert [text for _kind, text in row] == NASTY


def test_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    content = written(tmp_path, [column("a")], [[text] for text in NASTY])

    sheet = part(content, "xl/worksheets/sheet1.xml")

    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


def test_the_cells_of_a_column_are_text_also_where_nothing_stands_yet(tmp_path: Path) -> None:
    content = written(tmp_path, [column("a")], [[""]])

    # The format of the whole column; 49 is "@", text.
    assert 'numFmtId="49"' in part(content, "xl/styles.xml")
    assert '<col min="1" max="1"' in part(content, "xl/worksheets/sheet1.xml")


def test_the_heading_and_the_number_stay_in_sight(tmp_path: Path) -> None:
    sheet = part(written(tmp_path, [column("a"), column("b")], [["1", "2"]]), "xl/worksheets/sheet1.xml")

    assert '<pane xSplit="1" ySplit="1"' in sheet
    assert "<autoFilter" in sheet


def test_a_column_of_terms_offers_them_and_a_read_only_one_says_so(tmp_path: Path) -> None:
    columns = [column("a", terms=("黑白", "彩色")), column("b", editable=False), column("c")]

    sheet = part(written(tmp_path, columns, [["黑白", "1", "2"]]), "xl/worksheets/sheet1.xml")

    assert '"黑白,彩色,（清空）"' in sheet.replace("&quot;", '"')
    assert 'promptTitle="只读"' in sheet
    assert sheet.count("<dataValidation ") == 2


def test_many_terms_stand_on_a_sheet_of_their_own(tmp_path: Path) -> None:
    terms = tuple(f"词{number:03}" for number in range(100))

    content = written(tmp_path, [column("a"), column("b", terms=terms)], [["1", "词001"]])

    assert [row[0] for row in texts(sheets(content)[TERMS])] == list(terms)
    assert f"'{TERMS}'!$A$1:$A$100" in part(content, "xl/worksheets/sheet1.xml")


def test_the_guide_says_how_to_edit_and_what_each_column_means(tmp_path: Path) -> None:
    columns = [column("a", terms=("黑白",)), column("b", editable=False)]
    columns += technical_columns(columns, export="x")

    said = texts(sheets(written(tmp_path, columns, [], about="馆藏：老照片"))[GUIDE])

    words = "\n".join("\t".join(row) for row in said)
    assert "空着的格子表示不改" in words
    assert "（清空）" in words
    assert "馆藏：老照片" in words
    assert "名为a\t可改\ta 的含义。\t黑白" in words
    assert "名为b\t只读" in words
    assert "glmv_key" in words


@pytest.mark.parametrize("letter", ["长", "𠮷"])
def test_a_text_too_long_for_a_cell_stands_whole_on_its_own_sheet(tmp_path: Path, letter: str) -> None:
    long = letter * 70_000 + "完"
    columns = [column("identifier"), column("transcription"), column("glmv_key")]

    content = sheets(written(tmp_path, columns, [["P-1", long, "7"], ["P-2", "短", "8"]]))

    assert is_elsewhere(texts(content[SHEET])[1][1])
    assert not is_elsewhere("短")
    heading, *pieces = texts(content[LONG_TEXTS])
    assert "".join(row[4] for row in pieces) == long
    assert {tuple(row[:3]) for row in pieces} == {("7", "P-1", "transcription")}
    assert [row[3] for row in pieces] == [str(number) for number in range(1, len(pieces) + 1)]
    assert all(units(row[4]) <= 32_767 for row in pieces)
    assert heading[0] == "glmv_key"


def test_without_a_long_text_there_is_no_sheet_for_them(tmp_path: Path) -> None:
    assert list(sheets(written(tmp_path, [column("a")], [["长" * 32_767]]))) == [SHEET, GUIDE]


def test_what_no_workbook_can_hold_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    content = written(tmp_path, [column("a")], [["前\uffff后"]])

    assert texts(sheets(content)[SHEET])[1] == ["前\ufffd后"]


def test_pieces_together_are_the_text() -> None:
    text = "a𠮷" * 10

    assert "".join(cut(text, 7)) == text
    assert all(units(piece) <= 7 for piece in cut(text, 7))


def test_a_table_without_rows_has_its_heading(tmp_path: Path) -> None:
    assert texts(sheets(written(tmp_path, [column("a")], []))[SHEET]) == [["名为a"]]
