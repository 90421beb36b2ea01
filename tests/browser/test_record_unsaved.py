"""A record's page of the workbench: nothing that was typed is lost by leaving, saving, deciding or signing out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Visit
from tests.browser.reviewing import ACCOUNTS, PASSWORD, values
from tests.browser.sites import SCRIPTED, manage, site

Ask = Callable[[str], Any]
_RECORDS = """
import json
from tests.factories import CollectionFactory, ImageFactory, described, drafted
made = CollectionFactory(slug="box")
images = [described(ImageFactory(collection=made), event="合龙") for _record in range(12)]
print(json.dumps([drafted(image, title="机器起的题名", place="机器写的地点").pk for image in images]))
"""
_TOLD = "import json; from catalog.models import *; print(json.dumps({}))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@pytest.fixture(scope="module")
def archive(chromium: str, folder: Path) -> Iterator[str]:
    with site(SCRIPTED, folder) as address:
        manage(folder, address, "shell", "-c", ACCOUNTS)
        yield address


@pytest.fixture
def told(folder: Path, archive: str) -> Ask:
    """Return what asks the site's database."""
    return lambda expression: values(manage(folder, archive, "shell", "-c", _TOLD.format(expression)))


@pytest.fixture(scope="module")
def records(folder: Path, archive: str) -> list[int]:
    """Keys of records with a value and two drafts each."""
    made: list[int] = values(manage(folder, archive, "shell", "-c", _RECORDS))
    return made


@pytest.fixture
def record(archive: str, records: list[int]) -> str:
    """The address of the page of a record that no other test has touched."""
    return f"{archive}/admin/catalog/image/{records.pop()}/change/"


def key_of(record: str) -> int:
    return int(record.split("/")[-3])


def sign_in(page: Page) -> None:
    page.locator("#id_username").fill("wang")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").first.click()


@pytest.fixture
def page(visit: Visit, archive: str, record: str) -> Page:
    opened = visit(f"{archive}/admin/login/?next={record.removeprefix(archive)}")
    sign_in(opened)
    expect(opened.locator("#draft-title")).to_be_visible()
    return opened


@pytest.fixture
def asked(page: Page) -> list[str]:
    """What the browser asks when the page is left; it is answered with yes."""
    kinds: list[str] = []

    def answer(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return kinds


def type_into(page: Page, text: str, words: str) -> None:
    page.locator(text).click()
    page.locator(text).press("Control+A")
    page.keyboard.type(words)


def test_leaving_with_a_typed_text_asks_and_the_text_is_offered_again(
    page: Page, asked: list[str], archive: str, record: str
) -> None:
    page.goto(f"{archive}/admin/")
    assert asked == []
    page.goto(record)
    type_into(page, "#draft-title", "石桥前的合影")
    page.goto(f"{archive}/admin/")
    assert asked == ["beforeunload"]

    page.goto(record)
    expect(page.locator("#draft-title")).to_have_value("石桥前的合影")
    expect(page.locator(".draft-form:has(#draft-title) .review-typed")).to_contain_text("还没有保存的文字")
    expect(page.locator(".draft-form:has(#draft-title) .review-primary")).to_have_text("修改后采用")

    page.get_by_role("button", name="放弃这段文字").click()
    expect(page.locator("#draft-title")).to_have_value("机器起的题名")
    page.reload()
    expect(page.locator("#draft-title")).to_have_value("机器起的题名")
    assert asked == ["beforeunload"]


def test_the_columns_are_not_saved_over_a_typed_text(page: Page, asked: list[str], told: Ask, record: str) -> None:
    type_into(page, "#draft-place", "北桥头")
    type_into(page, "#id_volume", "第三册")
    page.locator("[name=_save]").click()

    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("“地点”里还有没保存的文字")
    expect(page.locator("#draft-place")).to_be_focused()
    expect(page.locator("#draft-place")).to_have_value("北桥头")
    expect(page.locator("#id_volume")).to_have_value("第三册")
    assert asked == []
    assert told(f"Image.objects.get(pk={key_of(record)}).volume") == ""

    page.locator(".draft-form:has(#draft-place)").get_by_role("button", name="放弃这段文字").click()
    page.locator("[name=_continue]").click()
    expect(page.locator("#id_volume")).to_have_value("第三册")
    expect(page.locator(".messagelist")).to_be_visible()
    assert asked == []
    assert told(f"Image.objects.get(pk={key_of(record)}).volume") == "第三册"


def test_a_decision_about_one_field_keeps_what_was_typed_in_another(
    page: Page, asked: list[str], told: Ask, record: str
) -> None:
    type_into(page, "#draft-place", "北桥头")
    type_into(page, "#draft-title", "石桥前的合影")
    page.locator("#draft-title").press("Control+Enter")
    expect(page.locator(".messagelist")).to_contain_text("已采用修改后的“题名”")
    expect(page.locator("#draft-place")).to_have_value("北桥头")
    page.locator("#draft-place").press("Control+Enter")
    expect(page.locator(".messagelist")).to_contain_text("已采用修改后的“地点”")
    assert asked == []
    image = f"Image.objects.get(pk={key_of(record)})"
    assert told(f"[{image}.title, {image}.place]") == ["石桥前的合影", "北桥头"]

    # What is saved is offered no more.
    page.reload()
    expect(page.locator(".review-typed:visible")).to_have_count(0)


@pytest.mark.parametrize("typed", ["#id_volume", "#reason-place"])
def test_a_decision_that_would_lose_what_is_not_kept_asks_first(page: Page, asked: list[str], typed: str) -> None:
    type_into(page, typed, "第三册")
    page.locator(".draft-form:has(#draft-title) [value=accept]").click()
    expect(page.locator(".messagelist")).to_contain_text("已采用“题名”")
    assert asked == ["beforeunload"]


def test_staying_leaves_everything_as_it_was(page: Page, archive: str) -> None:
    page.on("dialog", lambda dialog: dialog.dismiss())
    type_into(page, "#draft-title", "石桥前的合影")
    page.locator("#site-name a").click()
    expect(page.locator("#draft-title")).to_have_value("石桥前的合影")
    assert "/change/" in page.url


def test_a_session_that_was_lost_loses_no_text(page: Page, asked: list[str], record: str) -> None:
    page.locator("#field-event .by-hand summary").click()
    type_into(page, "#hand-event", "石桥合龙")
    page.context.clear_cookies()
    page.locator("#field-event [value=write]").click()
    page.wait_for_load_state()
    page.goto(record)
    sign_in(page)
    expect(page.locator("#hand-event")).to_have_value("石桥合龙")
    expect(page.locator("#hand-event")).to_be_visible()
    page.locator("#field-event [value=write]").click()
    expect(page.locator(".messagelist")).to_contain_text("已保存“事由”")
    expect(page.locator("#field-event .value")).to_have_text("石桥合龙")


def test_the_review_page_offers_the_same_text(page: Page, asked: list[str], archive: str, record: str) -> None:
    type_into(page, "#draft-title", "石桥前的合影")
    page.goto(f"{archive}/review/?order=number")
    page.locator("#unsaved").click()
    expect(page.locator("#unsaved-items")).to_contain_text("石桥前的合影")
