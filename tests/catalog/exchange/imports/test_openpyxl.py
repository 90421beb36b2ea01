"""A workbook that leaves, edited by a second editor and brought back: openpyxl, which rewrites all of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog.exchange.columns import CLEARED
from catalog.models import TableImport
from tests.catalog.tables import applied, checked, exported, snapshot, undone
from tests.factories import ImageFactory, MembershipFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "目录.xlsx"


def resaved(path: Path, edit: Callable[[Any, dict[str, int]], None] = lambda _sheet, _columns: None) -> bytes:
    """Return a workbook edited: the sheet, and heading → number of its column."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    edit(sheet, {cell.value: cell.column for cell in sheet[1]})
    book.save(path)
    return path.read_bytes()


def test_saved_again_nothing_is_changed_and_edited_it_is_changed_applied_and_undone(book: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, volume="0012", sheet="5-12", negative_number="3E5")
    described(image, title="=1+1", date="1956-05", notes="第一行\n第二行", place="123456789012345678")
    before = snapshot()
    exported(member.user, book, fmt="xlsx")

    back = checked(member.user, resaved(book), name="目录.xlsx")
    assert (back.state, back.cells, back.conflicts, back.findings["refused"]) == (TableImport.State.CHECKED, 0, 0, {})

    def edit(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(2, columns["题名"]).value = "新题名"
        sheet.cell(2, columns["附注"]).value = CLEARED
        sheet.cell(2, columns["册号"]).value = "0013"
        sheet.cell(2, columns["时间"]).value = date(1890, 5, 12)

    back = applied(member.user, resaved(book, edit), name="目录.xlsx")

    image.refresh_from_db()
    assert (back.done_cells, back.findings["refused"]) == (4, {})
    assert (image.title, image.notes, image.volume, image.date_text) == ("新题名", "", "0013", "1890-05-12")
    undone(back)
    assert snapshot() == before


def test_a_text_that_no_cell_holds_comes_back_unchanged(book: Path) -> None:
    member = MembershipFactory.create()
    described(ImageFactory.create(collection=member.collection), transcription="长" * 40_000)
    exported(member.user, book, fmt="xlsx")

    back = checked(member.user, resaved(book), name="目录.xlsx")

    assert (back.cells, back.conflicts, back.findings["refused"], back.findings["unchanged"]) == (0, 0, {}, 1)


def test_cells_that_were_typed_as_something_else_are_refused_by_name(book: Path) -> None:
    member = MembershipFactory.create()
    image = ImageFactory.create(collection=member.collection, volume="0012", sheet="5-12")
    described(image, date="1956-05")
    exported(member.user, book, fmt="xlsx")

    def edit(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(2, columns["册号"]).value = 12
        sheet.cell(2, columns["张号"]).value = date(2026, 5, 12)
        sheet.cell(2, columns["时间"]).value = date(1956, 5, 1)
        sheet.cell(2, columns["附注"]).value = True

    back = checked(member.user, resaved(book, edit), name="目录.xlsx")

    assert back.cells == 0
    assert {reason: said["number"] for reason, said in back.findings["refused"].items()} == {
        "lost_zeros": 1,
        "date": 2,
        "truth": 1,
    }
