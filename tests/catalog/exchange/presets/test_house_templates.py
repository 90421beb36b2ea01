"""The house's own template, as XLS, XLSX and CSV: what is read of it, what is guessed, and which files are refused."""

import io
from pathlib import Path

import pytest
import xlsxwriter

from catalog.exceptions import PresetRefused
from catalog.exchange.presets.definitions import DateForm, Obligation
from catalog.exchange.presets.guessing import guessed_source
from catalog.exchange.presets.house_templates import LARGEST, bare, preset_from, read_template

TEMPLATES = Path(__file__).parents[3] / "fixtures" / "templates"
HEADINGS = [
    "*档号(20字符)", "*题名（50字以内）", "形成日期(YYYYMMDD)", "责任者", "*保管期限", "开放标识", "文字说明（500字）",
    "门类", "备注（60字）", "录入人",
]  # fmt: skip


def workbook(*lines: list[str], sheets: int = 1) -> bytes:
    """Return an XLSX with these lines on its last sheet."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for _number in range(sheets - 1):
        book.add_worksheet()
    sheet = book.add_worksheet("模板")
    for row, cells in enumerate(lines):
        sheet.write_row(row, 0, cells)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_a_template_becomes_a_preset_to_the_letter(kind: str) -> None:
    template = read_template((TEMPLATES / f"vendor.{kind}").read_bytes(), name=f"vendor.{kind}")
    assert (template.kind, template.sheet, template.heading, template.below) == (kind, "照片导入", 2, 1)
    made = preset_from(template, key="vendor", name="某系统")
    assert [column.heading for column in made.columns] == HEADINGS
    assert (made.sheet, made.template) == ("照片导入", kind)
    assert made.lines_before == (
        ("××档案管理系统 照片档案导入模板",),
        ("说明：带*为必填；日期为8位数字；保管期限填代码",),
    )
    assert [column.source for column in made.columns] == [
        "identifier", "title", "date", "responsible", "retention", "disclosure", "description_composed", "class_code",
        "notes", "cataloguers",
    ]  # fmt: skip
    assert [column.longest for column in made.columns] == [20, 50, 0, 0, 0, 0, 500, 0, 60, 0]
    assert [column.heading for column in made.required] == ["*档号(20字符)", "*题名（50字以内）", "*保管期限"]
    assert made.columns[2].date is DateForm.COMPACT
    assert [column.heading for column in made.columns if column.carries_label] == ["备注（60字）"]
    assert not made.drops_label


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("档号,题名,摄影者\r\n", "utf-8-sig"),
        ("档号,题名,摄影者\r\n", "gb18030"),
        ("档号\t题名\t摄影者\r\n", "utf-16"),
        ("档号;题名;摄影者\n例,例,例\n", "utf-8"),
        ("sep=|\n档号|题名|摄影者\n", "utf-8"),
    ],
)
def test_a_csv_is_read_whatever_its_encoding_and_delimiter(text: str, encoding: str) -> None:
    made = preset_from(read_template(text.encode(encoding), name="t.csv"), key="t", name="t")
    assert [column.source for column in made.columns] == ["identifier", "title", "photographer"]
    assert made.drops_label


def test_a_sheet_that_is_empty_is_passed_over_and_a_line_may_be_named() -> None:
    data = workbook(["照片", "目录", "导入", "模板", "第一版"], ["档号", "题名"], sheets=2)
    assert read_template(data, name="t").heading == 0
    made = preset_from(read_template(data, name="t", line=2), key="t", name="t")
    assert [column.heading for column in made.columns] == ["档号", "题名"]
    assert made.lines_before == (("照片", "目录", "导入", "模板", "第一版"),)


def test_a_heading_is_known_by_its_name_alone_and_used_once() -> None:
    assert bare("*题 名（50字以内）：") == "题名"
    assert guessed_source("DC:Title") == "title"
    assert guessed_source("流水号") == ""
    made = preset_from(read_template("题名,名称,必填档号".encode(), name="t"), key="t", name="t")
    assert [column.source for column in made.columns] == ["title", "", "identifier"]
    assert made.columns[2].obligation is Obligation.MUST


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "是空文件"),
        (b"\x00\x01\x02\x03" * 50, "不是 XLSX、XLS 或 CSV"),
        (b"PK\x03\x04 nonsense", "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nonsense", "打不开"),
        (b"\r\n\r\n", "没有表头"),
        ("<html><table><tr><td>档号".encode(), "其实是网页格式"),
        (b"x" * (LARGEST + 1), "太大"),
        (workbook([]), "没有表头"),
    ],
    ids=["empty", "binary", "broken-xlsx", "broken-xls", "blank", "html", "large", "no-cells"],
)
def test_what_is_no_template_is_refused_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(PresetRefused, match=said):
        read_template(data, name="模板.xlsx")


def test_a_picture_is_no_template() -> None:
    from tests.factories import picture

    with pytest.raises(PresetRefused, match="不是 XLSX、XLS 或 CSV"):
        read_template(picture(), name="scan.jpg")


@pytest.mark.parametrize("line", [0, 3, 99])
def test_a_line_that_holds_nothing_is_no_heading(line: int) -> None:
    with pytest.raises(PresetRefused, match="不能作表头"):
        read_template(workbook(["档号", "题名"], ["例", "例"]), name="t", line=line)


@pytest.mark.parametrize(
    ("line", "said"), [(["档号", "", "题名"], "第 2 栏没有名称"), (["题"] * 201, "最多 200 栏")], ids=["gap", "many"]
)
def test_a_heading_with_gaps_or_too_many_columns_is_refused(line: list[str], said: str) -> None:
    with pytest.raises(PresetRefused, match=said):
        preset_from(read_template(workbook(line), name="t"), key="t", name="t")
