"""The list for reviewers and the pages of bulk changes in a browser: by mouse, by keyboard, on a phone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.sites import SCRIPTED, site

LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
SCANS = 12
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What may be touched; a box is as large as its label.
_SMALL = """() => [
  ...document.querySelectorAll('main :is(button, .button, summary, select, .bulk-tick, .bulk-check label)')
].filter((element) => {
    const {width, height} = element.getBoundingClientRect();
    return width && (width < 40 || height < 40);
  }).map((element) => element.outerHTML.slice(0, 80))"""

# An account that reviews, and drafts as the model writes them.
_SETTING_UP = """
from django.contrib.auth import get_user_model
from catalog.models import Collection, Image, Membership, Run
from catalog.records.annotations import write_drafts
user = get_user_model().objects.create_user("shen", password="a-long-password", is_staff=True)
Membership.objects.create(user=user, collection=Collection.objects.get(), role="reviewer")
for number, image in enumerate(Image.objects.order_by("pk")):
    run = Run.objects.create(image=image, model_name="fake")
    values = {
        "title": f"青水河石桥落成典礼合影之{number + 1}",
        "description": "桥头站着三个人，身后是新建的石桥，桥上挂着横幅，远处可见山丘和几间瓦房。",
        "place": "青水镇",
    }
    write_drafts(image=image, values=values, run=run, flags={"place": "doubtful"} if number % 3 == 0 else {},
                 evidence={"title": "inscription", "description": "picture", "place": "inference"})
"""
_WORKING = """
from catalog.review.bulk.jobs import BulkChanging
job = BulkChanging()
while job.claim(): job.step()
"""


class Archive:
    """A site with scans and drafts, and its worker at command."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self._folder = folder

    def run(self, *arguments: str) -> None:
        """Run a command of the site's."""
        variables = os.environ | {"DATA_DIR": str(self._folder), "DJANGO_SETTINGS_MODULE": "glmv_site.settings"}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
        subprocess.run(manage, env=variables, cwd=settings.BASE_DIR, check=True, timeout=300)

    def work(self) -> None:
        """Have a worker carry out whatever waits."""
        self.run("shell", "-c", _WORKING)


@pytest.fixture(scope="module")
def archive(chromium: str, scan: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder, scans = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("scans")
    for number in range(SCANS):
        scan.resize((900, 700)).rotate(30 * number).save(scans / f"{number:02}.jpg")
    with site(SCRIPTED, folder) as address:
        found = Archive(address, folder)
        found.run("import_images", str(scans), "--collection", "old", "--title", "老照片")
        found.run("shell", "-c", _SETTING_UP)
        yield found


def listed(visit: Visit, archive: Archive, query: str = "", **options: Any) -> Page:
    """Open the list as somebody who reviews."""
    page = visit(f"{archive.address}/login/?next=/review/list/{query}", **options)
    page.locator("#id_username").fill("shen")
    page.locator("#id_password").fill("a-long-password")
    page.locator("main [type=submit]").click()
    expect(page.locator(".bulk-table")).to_be_visible()
    return page


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["1366", "390"])
def test_nothing_is_cut_off_or_too_small_to_touch(archive: Archive, visit: Visit, screen: dict[str, Any]) -> None:
    page = listed(visit, archive, **screen)
    for name in ("退回……", "填写一项……", "查找替换……"):
        page.get_by_text(name, exact=True).click()
        assert not page.evaluate(_TOO_WIDE)
        assert page.evaluate(_SMALL) == []
    for address in ("/review/bulk/", "/review/undo/"):
        page.goto(archive.address + address)
        assert not page.evaluate(_TOO_WIDE)
        assert page.evaluate(_SMALL) == []


def test_one_panel_is_open_at_a_time_and_escape_closes_it(archive: Archive, visit: Visit) -> None:
    page = listed(visit, archive, **LAPTOP)
    page.bring_to_front()
    reject, replace = page.get_by_text("退回……", exact=True), page.get_by_text("查找替换……", exact=True)
    reject.press("Enter")
    expect(page.locator("#id_reason")).to_be_focused()
    replace.press("Enter")
    expect(page.locator("#id_reason")).to_be_hidden()
    expect(page.locator("#id_find")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.locator("#id_find")).to_be_hidden()
    expect(replace).to_be_focused()


def test_rows_are_ticked_one_by_one_in_a_row_and_all_at_once(archive: Archive, visit: Visit) -> None:
    page = listed(visit, archive, **LAPTOP)
    told, picks = page.locator("[data-chosen]"), page.locator("[data-pick]")
    expect(told).to_have_text("还没有选中")

    picks.nth(1).click()
    picks.nth(4).click(modifiers=["Shift"])
    expect(told).to_have_text("已选 4 条")
    page.locator("[data-page]").press("Space")
    expect(told).to_have_text(f"已选 {SCANS} 条")
    page.locator("[data-all]").press("Space")
    expect(told).to_have_text("已选筛选出的全部")


def test_replacing_and_accepting_are_looked_at_carried_out_and_taken_back(archive: Archive, visit: Visit) -> None:
    page = listed(visit, archive, **LAPTOP)
    page.locator("[data-all]").check()
    page.get_by_text("查找替换……", exact=True).click()
    page.locator("#id_find").fill("青水")
    page.locator("#id_replacement").fill("清水")
    page.get_by_label("题名").check()
    page.get_by_label("地点").check()
    # Enter means the panel's button.
    page.locator("#id_replacement").press("Enter")
    expect(page.locator("h1")).to_have_text("预览：查找替换")
    expect(page.locator(".bulk-sum")).to_contain_text("24")
    expect(page.locator(".bulk-difference").first).to_contain_text("清水河石桥落成典礼合影之1")
    page.get_by_role("button", name="确认，开始查找替换").click()
    expect(page.locator("[data-state]")).to_have_text("等待")
    archive.work()
    # The page finds out by itself.
    expect(page.locator("[data-state]")).to_have_text("已完成")

    page.goto(f"{archive.address}/review/list/?field=place&flag=doubtful")
    expect(page.locator("[data-pick]")).to_have_count(4)
    expect(page.locator(".bulk-drafts").first).to_contain_text("清水镇")
    page.locator("[data-all]").check()
    page.get_by_role("button", name="采用……").click()
    expect(page.locator(".bulk-sum")).to_contain_text("4 条记录、4 项")
    page.get_by_role("button", name="确认，开始采用草稿").click()
    archive.work()
    expect(page.locator("[data-state]")).to_have_text("已完成")
    page.get_by_role("button", name="撤销这次改动……").click()
    expect(page.locator("h1")).to_have_text("预览：撤销")
    page.get_by_role("button", name="确认，开始撤销").click()
    archive.work()
    expect(page.locator("[data-state]")).to_have_text("已完成")
    page.goto(f"{archive.address}/review/list/?field=place&flag=doubtful")
    expect(page.locator("[data-pick]")).to_have_count(4)


def test_without_scripts_everything_can_be_done(archive: Archive, visit: Visit) -> None:
    page = listed(visit, archive, java_script_enabled=False, **LAPTOP)
    page.locator("[data-pick]").first.check()
    page.get_by_text("退回……", exact=True).click()
    page.locator("#id_reason").fill("过于笼统")
    page.get_by_role("button", name="预览退回").click()

    expect(page.locator("h1")).to_have_text("预览：退回草稿")
    page.get_by_role("button", name="放弃，什么也不改").click()
    expect(page.get_by_text("已放弃，没有改动任何内容。")).to_be_visible()
