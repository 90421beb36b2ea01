"""Sheets as Chromium prints them: the paper's size, what stands on each page, labels where their paper has them."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from playwright.sync_api import Browser

from catalog.exchange.printing.labels import Label, LabelSheet, code_of
from catalog.exchange.printing.sheets import Cell, Table
from catalog.pages.exchange.printing import Printed

MM = 25.4 / 72
COLLECTION = SimpleNamespace(
    title="云溪县人民政府照片档案",
    fonds_number="0001",
    retention_period="permanent",
    get_retention_period_display="永久",
)


def printed(browser: Browser, kind: Printed, **context: Any) -> pypdfium2.PdfDocument:
    """Print a sheet as the browser's own printing does."""
    chosen = SimpleNamespace(collection=COLLECTION, volume="1")
    paper = {"kind": kind, "chosen": chosen, "printed_on": date(2026, 11, 30), **context}
    page = browser.new_page()
    page.set_content(render_to_string("catalog/exchange/print/paper.html", paper))
    page.add_style_tag(path=str(finders.find("css/print-sheets.css")))
    content = page.pdf(prefer_css_page_size=True)
    page.close()
    return pypdfium2.PdfDocument(content)


def words(document: pypdfium2.PdfDocument, number: int) -> str:
    return "".join(document[number].get_textpage().get_text_range().split())


def size(document: pypdfium2.PdfDocument) -> tuple[int, int]:
    """Return the paper's size in millimetres."""
    width, height = document[0].get_size()
    return round(width * MM), round(height * MM)


def test_a_long_list_has_its_heading_and_its_number_on_each_page(browser: Browser) -> None:
    numbers = [f"0001-ZP-Y-1959-{number:04d}" for number in range(1, 81)]
    rows = [[Cell(number, True), Cell("石桥通车典礼会场", False)] for number in numbers]
    document = printed(browser, Printed.VOLUME_LIST, table=Table(["照片号", "题名"], rows))
    pages = len(document)
    assert size(document) == (210, 297)
    assert pages > 1
    assert all("照片号题名" in words(document, at) for at in range(pages))
    assert all(f"{at + 1}/{pages}" in words(document, at) for at in range(pages))
    # No number is broken over two lines.
    lines = "\n".join(document[at].get_textpage().get_text_range() for at in range(pages))
    assert all(number in lines for number in numbers)


def test_a_caption_is_never_cut_by_the_end_of_a_page(browser: Browser) -> None:
    captions = [
        [("照片号", f"P-{number:04d}"), ("文字说明", "石桥通车。" * 30), ("摄影者", f"末{number:04d}")]
        for number in range(30)
    ]
    document = printed(browser, Printed.CAPTIONS, captions=captions)
    for number in range(30):
        begun = [at for at in range(len(document)) if f"P-{number:04d}" in words(document, at)]
        ended = [at for at in range(len(document)) if f"末{number:04d}" in words(document, at)]
        assert begun == ended


@pytest.mark.parametrize(
    ("paper", "paper_size", "pages"),
    [(LabelSheet.A4_24, (210, 297), 2), (LabelSheet.A4_14, (210, 297), 3), (LabelSheet.ROLL, (60, 40), 30)],
)
def test_labels_stand_where_their_paper_has_them(
    browser: Browser, paper: LabelSheet, paper_size: tuple[int, int], pages: int
) -> None:
    labels = [Label(f"P-{number:04d}", "0001 · 1", "石桥通车典礼会场" * 6, code_of("P")) for number in range(30)]
    document = printed(browser, Printed.LABELS, labels=labels, paper=paper.value)
    assert (size(document), len(document)) == (paper_size, pages)
    assert "P-0000" in words(document, 0)


def test_a_note_is_one_page(browser: Browser) -> None:
    note = SimpleNamespace(sentences=["本册共有照片 30 张。"] * 12)
    document = printed(browser, Printed.VOLUME_NOTE, note=note)
    assert (size(document), len(document)) == ((210, 297), 1)
    assert "立册人" in words(document, 0)
