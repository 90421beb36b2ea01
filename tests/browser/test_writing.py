"""The review of an image: the writing that was read on a scan, laid over its picture, and the page around it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from benchmarks.printed import page as printed_page
from tests.browser.conftest import Visit
from tests.browser.sites import SCRIPTED, site

_SETTING_UP = """
from catalog.accounts.accounts import create_first_administrator
create_first_administrator("head", "a-long-password")
"""


@pytest.fixture(scope="module")
def archive(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a site with one scan that was read by the real reader."""
    folder, scans = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("scans")
    printed_page("clean", 2).picture.save(scans / "page.png")
    with site(SCRIPTED, folder) as address:
        variables = os.environ | {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "glmv_site.settings"}
        for arguments in (
            ["import_images", str(scans), "--collection", "old", "--title", "老照片", "--read"],
            ["shell", "-c", _SETTING_UP],
        ):
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
            subprocess.run(manage, env=variables, cwd=settings.BASE_DIR, check=True, timeout=300)
        yield address


@pytest.fixture
def record(archive: str, visit: Visit) -> Page:
    page = visit(f"{archive}/admin/login/?next=/admin/catalog/image/")
    page.locator("#id_username").fill("head")
    page.locator("#id_password").fill("a-long-password")
    page.locator("[type=submit]").click()
    page.locator("#result_list .field-words a").first.click()
    return page


def test_lines_lie_over_the_picture_on_demand_and_say_what_they_read(record: Page) -> None:
    record.locator(".writing summary").click()
    toggle = record.get_by_role("button", name="叠在图上看")
    layer = record.locator(".writing-layer")
    expect(layer).to_be_hidden()
    toggle.click()
    expect(layer).to_be_visible()
    expect(toggle).to_have_attribute("aria-pressed", "true")

    picture, over = record.locator(".review-picture img").first.bounding_box(), layer.bounding_box()
    assert picture
    assert over
    assert all(abs(picture[side] - over[side]) < 2 for side in ("x", "y", "width", "height"))

    first = layer.locator(".writing-box").first
    first.hover()
    expect(first.locator("span")).to_be_visible()
    expect(first.locator("span")).to_contain_text("一九五九年三月十二日")
    # Pointing at it may have scrolled the page.
    box, picture = first.bounding_box(), record.locator(".review-picture img").first.bounding_box()
    assert box
    assert picture
    assert picture["y"] < box["y"] < picture["y"] + picture["height"] / 4


def test_a_line_that_is_pointed_at_in_the_list_is_lit_on_the_picture(record: Page) -> None:
    record.locator(".writing summary").click()
    lit = record.locator(".viewer-box:visible")
    expect(lit).to_have_count(0)
    record.locator(".writing-lines li").first.hover()
    expect(lit).to_have_count(1)
    box, picture = lit.bounding_box(), record.locator(".review-picture img").first.bounding_box()
    assert box
    assert picture
    assert picture["y"] < box["y"] < picture["y"] + picture["height"] / 4
    record.locator("h1").first.hover()
    expect(lit).to_have_count(0)


def test_lines_move_with_a_picture_that_is_zoomed_and_turned(record: Page) -> None:
    record.locator(".writing summary").click()
    record.get_by_role("button", name="叠在图上看").click()
    record.get_by_role("button", name="右转").click()
    record.get_by_role("button", name="放大").click()
    picture, over = (
        record.locator(".review-picture img").first.bounding_box(),
        record.locator(".writing-layer").bounding_box(),
    )
    assert picture
    assert over
    assert all(abs(picture[side] - over[side]) < 2 for side in ("x", "y", "width", "height"))


def test_the_keyboard_goes_from_line_to_line_and_away(record: Page) -> None:
    record.locator(".writing summary").press("Enter")
    toggle = record.get_by_role("button", name="叠在图上看")
    toggle.press("Enter")
    boxes = record.locator(".writing-box")
    boxes.first.focus()
    record.keyboard.press("ArrowDown")
    expect(boxes.nth(1)).to_be_focused()
    expect(boxes.nth(1).locator("span")).to_be_visible()
    record.keyboard.press("ArrowUp")
    record.keyboard.press("ArrowUp")
    expect(boxes.last).to_be_focused()
    record.keyboard.press("Escape")
    expect(record.locator(".writing-layer")).to_be_hidden()
    expect(toggle).to_be_focused()


_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Short words that take more than one line: each has a box for each of its lines.
_BROKEN = """() => [...document.querySelectorAll('.blank-fields > summary span, .tabular th, .tabular td.field-role p')]
  .filter((element) => /^[\u4e00-\u9fff]{2,5}$/.test(element.textContent.trim()))
  .filter((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].filter(({width}) => width).map(({top}) => Math.round(top))).size > 1;
  }).map((element) => element.textContent.trim())"""


@pytest.mark.parametrize("width", [1440, 1280, 1024, 800, 390])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_no_wider_than_its_window_and_words_stay_whole(record: Page, language: str, width: int) -> None:
    record.context.add_cookies([{"name": "django_language", "value": language, "url": record.url}])
    record.set_viewport_size({"width": width, "height": 900})
    record.reload()
    expect(record.locator(".blank-fields > summary")).to_be_visible()

    assert not record.evaluate(_TOO_WIDE)
    assert record.evaluate(_BROKEN) == []
