"""Manifests as people and programs write them."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exceptions import ImportSourceError
from catalog.importing.manifest import ManifestRow, read_manifest

CHINESE = "文件名,照片号,题名,描述,事由,时间,地点,人物,背景,摄影者,关键词,备注\n1.jpg,P-1,a,b,c,d,e,f,g,h,i,j\n"
ENGLISH = (
    "File,Identifier,Title,Description,Event,Date,Place,People,Background,Photographer,Keywords,Notes\n"
    "1.jpg,P-1,a,b,c,d,e,f,g,h,i,j\n"
)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, CHINESE.replace(",", "\t"), CHINESE.replace(",", ";")])
def test_headings_are_chinese_or_english_and_any_common_separator_will_do(text: str) -> None:
    (row,) = read_manifest(text.encode()).rows

    assert (row.name, row.identifier, row.line) == ("1.jpg", "P-1", 2)
    assert list(row.values) == [
        "title", "description", "event", "date", "place", "people", "background", "photographer", "keywords", "notes",
    ]  # fmt: skip
    assert "".join(row.values.values()) == "abcdefghij"


@pytest.mark.parametrize(
    "headings",
    ["册号,张号,底片号,参见号", "Volume,Sheet,Negative_Number,See_Also", "volume,sheet,negative number,see also"],
)
def test_the_numbers_that_archives_keep_are_read(headings: str) -> None:
    manifest = read_manifest(f"file,{headings}\n1.jpg,12,3,N-7,\n".encode())

    assert manifest.unknown_headings == ()
    assert manifest.rows[0].columns == {"volume": "12", "sheet": "3", "negative_number": "N-7"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_that_excel_writes_is_read(encoding: str) -> None:
    (row,) = read_manifest("文件名,题名\n一.jpg,石桥𠮷\n".encode(encoding)).rows

    assert (row.name, row.values) == ("一.jpg", {"title": "石桥𠮷"})


@pytest.mark.parametrize("heading", ["文件名,题名", "file,title"])
def test_a_table_in_gbk_that_is_valid_utf8_is_read_as_chinese(heading: str) -> None:
    rows = read_manifest(f"{heading}\r\n学校/1.jpg,校园\r\n".encode("gbk")).rows

    assert [(row.name, row.values) for row in rows] == [("学校/1.jpg", {"title": "校园"})]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("title", ["Школа", "Ελλάδα", "Café Müller", "学校"])
def test_a_table_in_utf8_stays_what_it_is(mark: bytes, title: str) -> None:
    (row,) = read_manifest(mark + f"file,title\n1.jpg,{title}\n".encode()).rows

    assert row.values == {"title": title}


def test_big5_and_western_tables_are_read() -> None:
    assert read_manifest("file,title\n1.jpg,國慶遊行\n".encode("big5")).rows[0].values == {"title": "國慶遊行"}
    assert read_manifest("file,title\n1.jpg,Café Müller\n".encode("cp1252")).rows[0].values == {"title": "Café Müller"}


def test_one_euro_sign_of_code_page_936_refuses_nothing() -> None:
    content = "文件名,题名,备注\n1.jpg,门票,5#一张\n".encode("gbk").replace(b"#", b"\x80")

    assert read_manifest(content).rows[0].values == {"title": "门票", "notes": "5€一张"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(("first", "separator"), [
    ("sep=;\r\n", ";"), ("sep=,\n", ","), ("sep=\t\n", "\t"),
    ("SEP=|\r\n", "|"), ('"sep=;"\r\n', ";"), ("sep=;;;\n", ";"),
])  # fmt: skip
def test_a_first_line_that_names_the_separator_is_heeded_and_is_no_heading(
    encoding: str, first: str, separator: str
) -> None:
    table = separator.join(("文件名", "题名")) + "\n" + separator.join(("1.jpg", "a，b")) + "\n"

    (row,) = read_manifest((first + table).encode(encoding)).rows

    assert (row.name, row.values, row.line) == ("1.jpg", {"title": "a，b"}, 2)


def test_marks_that_cannot_be_seen_hide_no_heading() -> None:
    manifest = read_manifest("\ufeff\ufeff文件名,\u200b题名\n1.jpg,a\n".encode())

    assert (manifest.unknown_headings, manifest.rows[0].values) == ((), {"title": "a"})


def test_empty_cells_and_rows_say_nothing() -> None:
    manifest = read_manifest("文件名,题名,地点\n1.jpg, ,河边\n,,\n\n2.jpg\n".encode())

    assert [(row.name, row.values) for row in manifest.rows] == [("1.jpg", {"place": "河边"}), ("2.jpg", {})]


def test_cells_may_hold_line_breaks_quotes_and_commas() -> None:
    (row,) = read_manifest('文件名,备注\n1.jpg,"第一行\n第二行,""引号"""\n'.encode()).rows

    assert row.values == {"notes": '第一行\n第二行,"引号"'}


def test_unknown_headings_are_named() -> None:
    assert read_manifest("文件名,颜色,题名\n1.jpg,红,a\n".encode()).unknown_headings == ("颜色",)


@pytest.mark.parametrize(
    "content", [b"", "题名,地点\na,b\n".encode(), "文件名\n".encode("utf-16")[:7], b"\x80\xff\xff"]
)
def test_what_is_no_manifest_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ImportSourceError):
        read_manifest(content)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_manifest_or_are_refused(content: bytes) -> None:
    _read(content)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text('文件名题a,"\n\r\t;\0 =', max_size=8), max_size=5), max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_any_cells_under_a_proper_heading_are_read(cells: list[list[str]], encoding: str) -> None:
    text = "文件名,照片号,题名\n" + "\n".join(",".join(row) for row in cells)

    for row in _read(text.encode(encoding)):
        assert row.name.strip() == row.name != ""
        assert "\0" not in row.name + row.identifier + "".join(row.values.values())


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=30)), min_size=1, max_size=5))
def test_what_a_program_writes_is_read_as_it_was(rows: list[tuple[str, str]]) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(["文件名", "题名"])
    writer.writerows(rows)
    wanted = [(name.replace("\0", "").strip(), title.replace("\0", "").strip()) for name, title in rows]

    try:
        content = target.getvalue().encode()
    except UnicodeEncodeError:
        return
    found = [(row.name, row.values.get("title", "")) for row in _read(content)]

    assert found == [pair for pair in wanted if pair[0]]


def _read(content: bytes) -> tuple[ManifestRow, ...]:
    """Read a manifest; the only refusal is the catalogue's own."""
    try:
        return read_manifest(content).rows
    except ImportSourceError as error:
        assert str(error).endswith("。")  # noqa: PT017 - may come or not
        return ()
