"""The question page on a desktop and on a phone, with a keyboard alone, and without scripts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.gestures import answer_text, ask, drop, last_exchange, question, wait_answered, wait_uploaded

_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What may be touched, but for links and boxes in running text. A control's label belongs to it.
_SMALL = """() => [...document.querySelectorAll(
  '.ask :is(button, a, summary, textarea, .composer-switch):not(.mention, .mark, .answer-text a)'
)].filter((element) => {
  const {width, height} = element.getBoundingClientRect();
  return width && (width < 43.5 || height < 43.5);
}).map((element) => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["1440", "390"])
def test_nothing_is_cut_off_covered_or_too_small_to_touch(
    scripted_site: str, visit: Visit, scan_files: dict[str, Path], screen: dict[str, Any], scheme: str
) -> None:
    page = visit(f"{scripted_site}/ask/", color_scheme=scheme, **screen)
    assert not page.evaluate(_TOO_WIDE)
    assert page.evaluate(_SMALL) == []
    composer = page.locator(".composer-sheet")
    expect(composer).to_be_in_viewport(ratio=1)

    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)
    expect(composer).to_be_in_viewport(ratio=1)
    assert page.evaluate(_SMALL) == []
    ask(page, "框出石桥和横幅。")
    wait_answered(page)

    expect(last_exchange(page).locator(".mark")).to_have_count(2)
    expect(last_exchange(page).locator(".answer-foot")).to_be_in_viewport(ratio=1)
    expect(composer).to_be_in_viewport(ratio=1)
    assert not page.evaluate(_TOO_WIDE)
    assert page.evaluate(_SMALL) == []
    foot = last_exchange(page).locator(".answer-foot").bounding_box()
    sheet = composer.bounding_box()
    assert foot
    assert sheet
    assert foot["y"] + foot["height"] <= sheet["y"], "the newest answer ends above the sheet"


def test_a_phone_offers_its_camera_and_a_desktop_does_not(scripted_site: str, visit: Visit, slow_page: Page) -> None:
    expect(slow_page.get_by_role("button", name="拍照")).to_be_hidden()
    phone = visit(f"{scripted_site}/ask/", **PHONE)

    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="拍照").tap()

    assert chooser.value.element.get_attribute("capture") == "environment"


def test_the_keyboard_alone_is_enough(scripted_site: str, visit: Visit, scan_files: dict[str, Path]) -> None:
    page = visit(f"{scripted_site}/ask/")
    page.get_by_role("link", name="跳到正文").press("Enter")
    expect(page.locator("main")).to_be_focused()
    names = _tabbed(page, 8)
    assert names == [
        "新对话",
        "这张照片里有什么？",
        "画面里有几个人？",
        "横幅上写着什么？",
        "问题",
        "图片",
        "思考",
        "发送",
    ]
    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)
    expect(question(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="移除 石桥.jpg")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("框出石桥和横幅。")
    page.keyboard.press("Enter")
    wait_answered(page)

    page.locator("main").focus()
    assert _tabbed(page, 7) == ["新对话", "石桥.jpg", "图上的位置 1", "图上的位置 2", "位置 1", "位置 2", "复制"]


def test_without_scripts_the_page_says_what_is_needed(scripted_site: str, visit: Visit) -> None:
    page = visit(f"{scripted_site}/ask/", java_script_enabled=False)

    expect(page.locator(".ask-noscript")).to_be_visible()
    expect(page.get_by_role("button", name="发送")).to_be_hidden()


def test_a_long_answer_is_followed_until_the_reader_scrolls_away(slow_page: Page) -> None:
    ask(slow_page, "请慢慢写。")
    slow_page.wait_for_function("() => document.scrollingElement.scrollTop > 50")
    slow_page.mouse.move(700, 300)
    slow_page.mouse.wheel(0, -2000)
    slow_page.wait_for_function("() => document.scrollingElement.scrollTop === 0")
    before = len(answer_text(slow_page).inner_text())
    slow_page.wait_for_function(
        "least => document.querySelector('.answer-text').textContent.length > least", arg=before + 40
    )

    assert slow_page.evaluate("document.scrollingElement.scrollTop") == 0


def _tabbed(page: Page, times: int) -> list[str]:
    """Press Tab and return the names of what gets the focus."""
    names = []
    for _ in range(times):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("""() => {
          const {activeElement: element} = document;
          return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent
            ?? (element.textContent || element.querySelector('img')?.alt || '')).trim();
        }""")
        )
    return names


@pytest.mark.parametrize(
    ("width", "locale", "percent"), [(320, "zh-CN", 100), (320, "en", 100), (390, "zh-CN", 200), (390, "en", 150)]
)
def test_on_the_narrowest_screens_and_in_large_letters_everything_is_in_reach(
    scripted_site: str, visit: Visit, scan_files: dict[str, Path], width: int, locale: str, percent: int
) -> None:
    screen = PHONE | {"viewport": {"width": width, "height": 844}, "locale": locale}
    page = visit(f"{scripted_site}/ask/", **screen)
    page.context.add_cookies(
        [{"name": "django_language", "value": "en" if locale == "en" else "zh-hans", "url": page.url}]
    )
    page.reload()
    page.add_style_tag(content=f"html {{ font-size: {17 * percent / 100}px !important; }}")
    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)

    assert not page.evaluate(_TOO_WIDE)
    for control in page.locator(".composer-tools > :visible").all():
        box = control.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.locator(".composer-switch").evaluate("label => label.getClientRects().length") == 1
