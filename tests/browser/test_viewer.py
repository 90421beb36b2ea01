"""The viewer on a record's page: a large scan in tiles, a small one from its picture for the screen."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.sites import SCRIPTED, site

# An account, and what the worker does in the background.
_SETTING_UP = """
from catalog.accounts.accounts import create_first_administrator
from catalog.importing.jobs import PyramidMaking
create_first_administrator("head", "a-long-password")
job = PyramidMaking(free=lambda _folder: 1 << 40)
while not job.step(): pass
"""


@pytest.fixture(scope="module")
def archive(chromium: str, scan: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a site with two scans, of 8 megapixels and of less than 4."""
    folder, scans = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("scans")
    scan.resize((3200, 2500)).save(scans / "large.jpg", quality=90)
    scan.resize((1500, 1172)).rotate(180).save(scans / "small.jpg", quality=90)
    with site(SCRIPTED, folder) as address:
        variables = os.environ | {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "glmv_site.settings"}
        for arguments in (
            ["import_images", str(scans), "--collection", "old", "--title", "老照片"],
            ["shell", "-c", _SETTING_UP],
        ):
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
            subprocess.run(manage, env=variables, cwd=settings.BASE_DIR, check=True, timeout=300)
        yield address


def record(visit: Visit, archive: str, number: int, **options: object) -> Page:
    page = visit(f"{archive}/admin/login/?next=/admin/catalog/image/{number}/change/", **options)
    page.locator("#id_username").fill("head")
    page.locator("#id_password").fill("a-long-password")
    page.locator("[type=submit]").click()
    expect(page.locator(".viewer-frame")).to_be_visible()
    return page


def frame(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile("可放大和移动的图像"))


def percent(page: Page) -> int:
    found = re.search(r"\d+", page.locator(".viewer-tools output").inner_text())
    assert found
    return int(found[0])


def wait_for_tiles(page: Page, level: int) -> None:
    """Wait until all that is seen is there at one size, and nothing else is laid."""
    page.wait_for_function(
        """level => {
          const tiles = [...document.querySelectorAll('.viewer-tile')];
          const there = (tile) => tile.complete && tile.naturalWidth && tile.dataset.level === level;
          return tiles.length && tiles.every(there);
        }""",
        arg=str(level),
    )


def test_keys_zoom_to_the_pixels_of_the_scan_and_back(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1)
    whole = percent(page)
    assert whole < 40
    expect(page.locator(".viewer-tile")).to_have_count(0)

    frame(page).press("1")
    wait_for_tiles(page, 0)
    assert percent(page) == 100
    tile = page.locator(".viewer-tile").first
    assert tile.bounding_box()["width"] == pytest.approx(512, abs=0.5)  # type: ignore[index]  # it is on the page

    before = page.locator(".viewer-base").bounding_box()
    frame(page).press("ArrowRight")
    after = page.locator(".viewer-base").bounding_box()
    assert before
    assert after
    assert before["x"] - after["x"] == pytest.approx(80, abs=1)

    frame(page).press("0")
    expect(page.locator(".viewer-tile")).to_have_count(0)
    assert percent(page) == whole
    frame(page).press("+")
    assert percent(page) > whole
    frame(page).press("-")
    assert percent(page) == whole


def test_tiles_lie_where_the_picture_for_the_screen_shows_the_same(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1)
    frame(page).press("1")
    wait_for_tiles(page, 0)
    clip = frame(page).bounding_box()
    assert clip
    shots = []
    for shown in ("visible", "hidden"):
        page.evaluate(
            "shown => { for (const tile of document.querySelectorAll('.viewer-tile')) tile.style.visibility = shown; }",
            shown,
        )
        shots.append(page.screenshot(clip=clip))
    first, second = (Image.open(io.BytesIO(shot)).convert("L").resize((60, 40), Image.Resampling.BOX) for shot in shots)
    differences = [abs(one - other) for one, other in zip(first.tobytes(), second.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 3


def test_wheel_drag_and_double_click(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1)
    whole = percent(page)
    box = frame(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.wheel(0, -300)
    page.wait_for_function(
        "whole => parseInt(document.querySelector('output').textContent.match(/\\d+/)) > whole", arg=whole
    )

    before = page.locator(".viewer-base").bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4 - 50, box["y"] + box["height"] / 4 - 30, steps=4)
    page.mouse.up()
    after = page.locator(".viewer-base").bounding_box()
    assert before
    assert after
    assert (before["x"] - after["x"], before["y"] - after["y"]) == pytest.approx((50, 30), abs=1)

    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert percent(page) == whole
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert percent(page) == 100


def test_turning_and_light_are_for_viewing_only(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1)
    page.get_by_role("button", name="右转").click()
    turned = page.locator(".viewer-base").bounding_box()
    assert turned
    assert turned["height"] / turned["width"] == pytest.approx(3200 / 2500, abs=0.01)
    page.get_by_role("button", name="左转").click()

    invert = page.get_by_role("button", name="反相")
    invert.click()
    expect(invert).to_have_attribute("aria-pressed", "true")
    frame(page).press("]")
    assert page.locator(".viewer-sheet").evaluate("sheet => sheet.style.filter") == "brightness(1.2) invert(1)"
    frame(page).press("[")
    frame(page).press("i")
    assert page.locator(".viewer-sheet").evaluate("sheet => sheet.style.filter") == ""


def test_a_small_scan_is_shown_from_its_picture_for_the_screen(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 2)
    frame(page).press("1")
    assert percent(page) == 100
    expect(page.locator(".viewer-tile")).to_have_count(0)


def test_shortcuts_take_nothing_from_whoever_writes(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1)
    whole = percent(page)
    page.locator(".blank-fields > summary").click()
    page.locator(".by-hand summary").first.click()
    text = page.locator(".by-hand textarea").first
    text.press_sequentially("1+0r")
    expect(text).to_have_value("1+0r")
    assert percent(page) == whole


def test_two_fingers_zoom_on_a_phone_and_the_page_is_no_wider_than_its_window(archive: str, visit: Visit) -> None:
    page = record(visit, archive, 1, **PHONE)
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    frame(page).scroll_into_view_if_needed()
    whole, box = percent(page), frame(page).bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 30), ("touchMove", 60), ("touchMove", 90)):
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(
        "whole => parseInt(document.querySelector('output').textContent.match(/\\d+/)) > 2 * whole", arg=whole
    )


def test_without_scripts_the_plain_picture_stays(archive: str, visit: Visit) -> None:
    page = visit(f"{archive}/admin/login/?next=/admin/catalog/image/1/change/", java_script_enabled=False)
    page.locator("#id_username").fill("head")
    page.locator("#id_password").fill("a-long-password")
    page.locator("[type=submit]").click()
    expect(page.locator(".review-picture a.mat img")).to_be_visible()
    expect(page.locator(".viewer-tools")).to_be_hidden()
