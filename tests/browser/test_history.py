"""What was asked is found again in the history, and leaves it as a table."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.gestures import ask, drop, wait_answered, wait_uploaded


def test_an_exchange_is_found_by_one_character_exported_and_gone_on_with(
    ask_page: Page, scan_files: dict[str, Path]
) -> None:
    drop(ask_page, scan_files["石桥.jpg"])
    wait_uploaded(ask_page)
    ask(ask_page, "画面里有几个人？")
    wait_answered(ask_page)
    ask(ask_page, "这张照片是什么色调？")
    wait_answered(ask_page)
    ask_page.get_by_role("link", name="历史", exact=True).click()
    expect(ask_page.get_by_role("status")).to_contain_text("共 2 条")

    search = ask_page.get_by_role("search", name="筛选历史")
    search.get_by_label("关键词").fill("几")
    search.get_by_role("button", name="筛选").click()

    expect(ask_page.get_by_role("status")).to_contain_text("共 1 条")
    with ask_page.expect_download() as download:
        ask_page.get_by_role("link", name="导出筛选结果").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8 by these three bytes"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(row["问题"], row["AI 标识"]) for row in rows] == [("画面里有几个人？", "AI 生成")]
    assert "三人" in rows[0]["回答"]
    ask_page.get_by_role("main").get_by_role("link", name="画面里有几个人？").first.click()
    ask_page.get_by_role("link", name="继续提问").first.click()
    expect(ask_page.locator(".question-text")).to_have_text(["画面里有几个人？", "这张照片是什么色调？"])


def test_another_browser_sees_nothing_of_it(demo_site: str, visit: Visit, ask_page: Page) -> None:
    ask(ask_page, "画面里有几个人？")
    wait_answered(ask_page)
    address = ask_page.url
    assert "?conversation=" in address

    other = visit(address)

    expect(other.locator("#ask-hint")).to_contain_text("没有这段对话")
    expect(other.locator(".exchange")).to_have_count(0)
    other.goto(f"{demo_site}/history/")
    expect(other.get_by_role("main")).to_contain_text("还没有提问记录")
