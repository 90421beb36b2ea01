"""Trying a prompt: answers come one by one on a desktop and on a phone, and all at once where scripts are off."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.sites import SCRIPTED, site
from tests.factories import picture

_SETTING_UP = """
from catalog.accounts.accounts import create_first_administrator
create_first_administrator("head", "a-long-password")
"""


@pytest.fixture(scope="module")
def archive(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a site with two scans and the prompts that are shipped."""
    folder, scans = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("scans")
    for number in range(2):
        (scans / f"{number}.jpg").write_bytes(picture((90 * number, 60, 60)))
    with site(SCRIPTED, folder) as address:
        variables = os.environ | {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "glmv_site.settings"}
        for arguments in (
            ["import_images", str(scans), "--collection", "old", "--title", "老照片"],
            ["shell", "-c", _SETTING_UP],
        ):
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
            subprocess.run(manage, env=variables, cwd=settings.BASE_DIR, check=True, timeout=300)
        yield address


def trial_of(archive: str, visit: Visit, **options: Any) -> Page:
    """Sign in and open the page on which the free description is tried."""
    page = visit(f"{archive}/admin/login/?next=/admin/catalog/prompt/", **options)
    page.locator("#id_username").fill("head")
    page.locator("#id_password").fill("a-long-password")
    page.locator("[type=submit]").click()
    page.get_by_role("row", name="自由描述").get_by_role("link", name="试一试").click()
    page.locator("#id_right-version").select_option(label="自由描述 v1")
    page.locator("#id_left-text").fill("改过的问法")
    page.locator("#id_right-text").fill("另一种问法")
    return page


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_answers_come_one_by_one_and_fit_the_screen(archive: str, visit: Visit, screen: dict[str, Any]) -> None:
    page = trial_of(archive, visit, **screen)
    for number in range(2):
        page.locator("input[name=images]").nth(number).check()
    page.get_by_role("button", name="试一试").click()

    answers = page.locator("#trial-rows .trial-answer")
    expect(answers).to_have_count(4)
    expect(page.locator("#trial-rows .trial-answer dl")).to_have_count(4)
    expect(answers.first).to_contain_text("改过的问法")
    expect(answers.nth(1)).to_contain_text("另一种问法")
    expect(answers.first).to_contain_text("词元")
    expect(page.locator(".trial-progress output")).to_have_text("4 / 4")
    assert page.url.endswith("/trial/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_images_nothing_is_asked_and_the_page_says_why(archive: str, visit: Visit) -> None:
    page = trial_of(archive, visit)
    page.get_by_role("button", name="试一试").click()

    expect(page.locator("#trial-problem")).to_contain_text("请先勾选图像")
    expect(page.locator("#trial-rows .trial-answer")).to_have_count(0)


def test_without_scripts_all_answers_come_with_the_page(archive: str, visit: Visit) -> None:
    page = trial_of(archive, visit, java_script_enabled=False)
    page.locator("input[name=images]").first.check()
    page.get_by_role("button", name="试一试").click()

    expect(page.locator("#trial-rows .trial-answer dl")).to_have_count(2)
    expect(page.locator("#trial-rows")).to_contain_text("另一种问法")
    expect(page.locator("input[name=images]").first).to_be_checked()
