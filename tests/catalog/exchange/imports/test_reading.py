"""Tables as programs save them: encodings, separators, workbooks, and what is refused before it is read."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from pytest_django import Settings

from catalog.exceptions import TableRefused
from catalog.exchange.imports.cells import EarlyDate, Fault, text_of
from catalog.exchange.imports.reading import Table, open_table

ROWS = '照片号,题名\r\nP-1,外滩\r\n\r\nP-2,"桥，\r\n江边"\r\n'


def opened(path: Path) -> Table:
    return open_table(path, lambda cells: "照片号" in cells)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Table]:
    """Opens what is saved into a file."""

    def save(content: bytes) -> Table:
        path = tmp_path / "table"
        path.write_bytes(content)
        return opened(path)

    return save


def texts(table: Table) -> list[tuple[int, list[str]]]:
    return [(row.number, [text_of(cell) for cell in row.cells]) for row in table.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_that_programs_use(encoding: str, saved: Callable[[bytes], Table]) -> None:
    table = saved(ROWS.encode(encoding))

    assert table.headings == ["照片号", "题名"]
    # Rows have the numbers that spreadsheets show: an empty one counts, and a line break in a cell does not.
    assert texts(table) == [(2, ["P-1", "外滩"]), (4, ["P-2", "桥，\n江边"])]


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ("照片号;题名\nP-1;外滩,江边\n", ["P-1", "外滩,江边"]),
        ("照片号\t题名\nP-1\t外滩\n", ["P-1", "外滩"]),
        ("sep=;\n照片号;题名\nP-1;外滩\n", ["P-1", "外滩"]),
        ("\ufeffsep=,\n照片号,题名\nP-1,外滩\n", ["P-1", "外滩"]),
        ('"sep=;",\n照片号,题名\nP-1,外滩\n', ["P-1", "外滩"]),
        ('"照片号","题,名"\nP-1,外滩\n', ["P-1", "外滩"]),
    ],
)
def test_separators_are_said_or_seen(content: str, first: list[str], saved: Callable[[bytes], Table]) -> None:
    table = saved(content.encode())
    assert table.headings[0] == "照片号"
    assert texts(table)[0][1] == first


def workbook(path: Path, fill: Callable[[openpyxl.Workbook], None]) -> Table:
    book = openpyxl.Workbook()
    fill(book)
    book.save(path)
    return opened(path)


def test_rows_of_a_workbook_keep_their_numbers(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet["B3"], sheet["C3"] = "照片号", "题名"
        sheet["B4"], sheet["C4"] = "P-1", "外滩"
        sheet["B7"], sheet["C7"] = "P-2", "江边"

    table = workbook(tmp_path / "book.xlsx", fill)

    assert table.headings == ["", "照片号", "题名"]
    assert texts(table) == [(4, ["", "P-1", "外滩"]), (7, ["", "P-2", "江边"])]


def test_the_sheet_with_the_headings_is_taken(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["说明", "空着表示不改"])
        book.create_sheet("目录").append(["照片号", "题名"])
        book["目录"].append(["P-1", "外滩"])

    table = workbook(tmp_path / "book.xlsx", fill)

    assert texts(table) == [(2, ["P-1", "外滩"])]
    assert table.words == ("工作表“目录”",)


def test_what_the_reader_of_workbooks_hides_is_read_otherwise(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet.append(["照片号", "时间", "附注"])
        sheet.append(["P-1", datetime.combine(date(1890, 5, 12), datetime.min.time()), "#REF!"])
        sheet["C2"].data_type = "e"
        sheet.append(["P-2", date(1956, 5, 12), 12])

    rows = list(workbook(tmp_path / "book.xlsx", fill).rows())

    assert rows[0].cells == ["P-1", EarlyDate(date(1890, 5, 12)), Fault.ERROR]
    assert rows[1].cells[1:] == [date(1956, 5, 12), 12.0]


def test_a_workbook_of_the_1904_calendar_tells_its_dates(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        book.active.append(["照片号", "时间"])
        book.active.append(["P-1", date(1956, 5, 12)])

    assert next(iter(workbook(tmp_path / "book.xlsx", fill).rows())).cells[1] == date(1956, 5, 12)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"\r\n\r\n", "什么也没有"),
        (b"\xff\xd8\xff\xe0\x00\x00\x00\x10JFIF", "文字编码"),
        (b"PK\x03\x04 no archive", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing", "读不了"),
        ('照片号,题名\nP-1,"'.encode() + b"x" * 1_100_000 + b'"\n', "第 2 行不是有效的 CSV"),
        (",".join(f"c{number}" for number in range(1025)).encode(), "1025 列"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes, words: str, saved: Callable[[bytes], Table]) -> None:
    with pytest.raises(TableRefused, match=words):
        list(saved(content).rows())


def test_what_unpacks_too_large_is_refused_before_it_is_read(tmp_path: Path, settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 1
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)

    with pytest.raises(TableRefused, match="拆开后超过 1 MB"):
        opened(path)


def test_of_a_workbook_the_text_counts_and_its_markup_up_to_as_much_again(tmp_path: Path, settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 1

    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["照片号", *(f"列{number}" for number in range(30))])
        for number in range(700):
            book.active.append([f"P-{number}"] * 31)

    path = tmp_path / "book.xlsx"
    workbook(path, fill)
    with zipfile.ZipFile(path) as archive:
        assert 1_048_576 > sum(item.file_size for item in archive.infolist()) / 2 > 400_000
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/markup.xml", b"<c/>" * 400_000)

    with pytest.raises(TableRefused, match="拆开后超过 1 MB"):
        opened(path)


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 1
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 2_000_000)
    size = (2_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (100).to_bytes(4, "little")))

    with pytest.raises(TableRefused, match=r"已损坏|拆开后超过"):
        opened(path)
