"""Reviewing by keyboard: one press a record, and nothing that was typed is ever lost."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.reviewing import ACCOUNTS, compose, name, press, settled, sign_in, text, values
from tests.browser.sites import DEMO, manage, site, worker

Ask = Callable[[str], Any]
_COLLEAGUE = """
from django.contrib.auth import get_user_model
from catalog.models import Annotation
from catalog.review import decisions
drafts = Annotation.objects.drafts().filter(image__collection__slug="more")
draft = drafts.get(image__identifier="{record}", field="description")
user = get_user_model().objects.get(username="zhao")
decisions.edit_and_accept(annotation=draft, user=user, value="别人写的")
"""
_GROUPED = """
from catalog.models import Image
from catalog.records import photo_groups
images = Image.objects.filter(collection__slug="more").order_by("identifier")
record = images.get(identifier="{record}").pk
others = [key for key in images.values_list("pk", flat=True) if key != record]
before, after = [key for key in others if key < record], [key for key in others if key > record]
photo_groups.put_together(images=[*before[-1:], record, *after[:2]], user=None)
photo_groups.put_together(images=after[2:4], user=None)
"""
_TOLD = "import json; from catalog.models import *; print(json.dumps({}))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reviewed")


@pytest.fixture(scope="module")
def archive(chromium: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the sample collection, drafted by the demo model, with its worker."""
    samples = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, "-m", "demo.collection", str(samples)], check=True, timeout=300)
    with site(DEMO, folder) as address:
        manage(folder, address, "shell", "-c", ACCOUNTS)
        # One for the working day, one for all other tests.
        for slug in ("demo", "more"):
            manage(folder, address, "import_images", str(samples), "--collection", slug, "--title", slug)
            manage(folder, address, "draft", slug)
        with worker(folder, address):
            yield address


@pytest.fixture
def told(folder: Path, archive: str) -> Ask:
    """Return what asks the site's database."""
    return lambda expression: values(manage(folder, archive, "shell", "-c", _TOLD.format(expression)))


DAY = "?collection=demo&order=number"
MORE = "?collection=more&order=number"


def open_queue(visit: Visit, archive: str, who: str, query: str = MORE, **options: Any) -> Page:
    page = visit(f"{archive}/login/", **options)
    sign_in(page, archive, who, query)
    return page


def test_twenty_drafts_by_keyboard(archive: str, visit: Visit, told: Ask) -> None:
    """The working day in short: accepted, reworded, rejected and drafted again, undone, the session lost."""

    def described(record: str) -> str:
        return str(told(f"Image.objects.get(collection__slug='demo', identifier='{record}').description"))

    waiting = told("Image.objects.filter(status='to_review', collection__slug='demo').count()")
    page = open_queue(visit, archive, "wang", DAY)
    expect(page.locator(".viewer-base")).to_have_js_property("complete", True)

    accepted = [name(page)]
    accepted += [press(page, "Enter") for _ in range(9)]
    assert len(set(accepted)) == 10

    # The tenth is reworded with an input method; its own keys do nothing else.
    page.keyboard.press("e")
    expect(text(page)).to_be_focused()
    page.keyboard.press("Control+A")
    compose(page, "shiqiaoqian", "石桥前的合影")
    assert name(page) == accepted[-1]
    expect(text(page)).to_have_value("石桥前的合影")
    eleventh = press(page, "Control+Enter")

    # The eleventh is rejected with a reason, and comes back drafted anew.
    page.keyboard.press("x")
    page.keyboard.press("5")
    expect(page.get_by_role("radio", name="太笼统")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#record-name")).not_to_have_text(eleventh)
    met = [name(page)]
    while name(page) != eleventh and len(met) < 9:
        page.wait_for_timeout(1500)
        met.append(press(page, "Enter"))
    assert name(page) == eleventh
    expect(page.locator("#banner")).to_contain_text("这是您退回后重新起草的。")
    expect(page.locator(".row-rejected:visible")).to_contain_text("——太笼统")

    # What was accepted is undone, and accepted again.
    twelfth = press(page, "Enter")
    page.keyboard.press("z")
    expect(page.locator("#record-name")).to_have_text(eleventh)
    expect(page.locator("#banner")).to_contain_text(f"已撤销对“{eleventh}”的决定")
    press(page, "Enter")
    assert name(page) == twelfth

    # The session is lost in the middle of a sentence.
    page.keyboard.press("e")
    page.keyboard.type("，一九五八年")
    written = text(page).input_value()
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banner")).to_contain_text("登录已失效")
    sign_in(page, archive, "wang", DAY)
    while name(page) != twelfth:
        press(page, "n")
    expect(text(page)).to_have_value(written)
    expect(page.locator(".row-kept:visible")).to_contain_text("还没有保存")
    left = 20 - (10 + len(met))
    press(page, "Control+Enter")
    for _ in range(max(0, left)):
        press(page, "Enter")
    settled(page)

    assert described(twelfth) == written
    assert described(accepted[-1]) == "石桥前的合影"
    assert waiting - told("Image.objects.filter(status='to_review', collection__slug='demo').count()") >= 20
    assert told("Annotation.objects.filter(state='accepted', run__isnull=False, ai_origin=False).count()") == 0


@pytest.mark.usefixtures("archive")
class TestTypedText:
    """What is typed is kept in this browser until the server has it."""

    def test_it_survives_going_on_a_closed_tab_and_is_listed(self, archive: str, visit: Visit) -> None:
        page = open_queue(visit, archive, "li")
        record = name(page)
        page.keyboard.press("e")
        page.keyboard.type("还没写完")
        written = text(page).input_value()
        page.keyboard.press("Escape")
        press(page, "n")
        expect(page.locator("#unsaved")).to_have_text("没有保存的文字 1 处")

        context: BrowserContext = page.context
        page.close()
        page = context.new_page()
        page.goto(f"{archive}/review/{MORE}")
        expect(page.locator("#desk")).to_be_visible()
        if name(page) != record:
            page.locator("#unsaved").click()
            page.get_by_role("button", name=record).click()

        expect(page.locator("#record-name")).to_have_text(record)
        expect(text(page)).to_have_value(written)
        page.get_by_role("button", name="丢弃").click()
        expect(text(page)).not_to_have_value(written)
        expect(page.locator("#unsaved")).to_be_hidden()

    def test_what_a_colleague_wrote_meanwhile_is_laid_beside_it(
        self, archive: str, visit: Visit, folder: Path, told: Ask
    ) -> None:
        page = open_queue(visit, archive, "li")
        record = name(page)
        then = text(page).input_value()
        page.keyboard.press("e")
        page.keyboard.press("Control+A")
        page.keyboard.type("我写的")
        manage(folder, archive, "shell", "-c", _COLLEAGUE.format(record=record))

        page.keyboard.press("Control+Enter")

        expect(page.locator("#record-name")).to_have_text(record)
        conflict = page.locator(".row-conflict:visible")
        expect(conflict).to_contain_text(f"（草稿）{then}")
        expect(conflict).to_contain_text("别人写的")
        expect(conflict).to_contain_text("我写的")
        conflict.get_by_role("button", name="用我写的").click()
        press(page, "Control+Enter")
        settled(page)
        assert told(f"Image.objects.get(collection__slug='more', identifier='{record}').description") == "我写的"


class TestKeys:
    """Keys are shown, can be changed, and are no shortcuts where one types."""

    def test_a_key_of_ones_own(self, archive: str, visit: Visit) -> None:
        page = open_queue(visit, archive, "sun")
        expect(page.locator("#key-bar")).to_contain_text("全部采用")
        page.keyboard.press("?")
        page.locator("#key-list [data-name=next]").click()
        page.keyboard.press("g")
        expect(page.locator("#key-list [data-name=next]")).to_have_text("G")
        page.keyboard.press("Escape")
        press(page, "g")
        page.reload()
        expect(page.locator("#key-bar [data-key=next]")).to_contain_text("G")
        expect(page.locator("#desk")).to_be_visible()
        record = name(page)
        page.keyboard.press("n")
        page.wait_for_timeout(300)
        assert name(page) == record

    def test_a_key_that_is_taken_is_said(self, archive: str, visit: Visit) -> None:
        page = open_queue(visit, archive, "sun")
        page.keyboard.press("?")
        page.locator("#key-list [data-name=next]").click()
        page.keyboard.press("x")
        expect(page.locator("#key-error")).to_have_text("“x”已经用在别的操作上，请换一个键。")

    def test_letters_in_a_text_are_letters(self, archive: str, visit: Visit) -> None:
        page = open_queue(visit, archive, "zhao")
        record = name(page)
        page.keyboard.press("e")
        page.keyboard.type("nxzd")
        assert name(page) == record
        assert text(page).input_value().endswith("nxzd")


def test_groups_are_split_and_joined_by_key(archive: str, visit: Visit, folder: Path, told: Ask) -> None:
    page = open_queue(visit, archive, "zhou")
    record = press(page, "n")
    manage(folder, archive, "shell", "-c", _GROUPED.format(record=record))
    press(page, "n")
    assert press(page, "p") == record
    group = page.locator("#record-group")
    expect(group).to_contain_text("第 2 幅，共 4 幅")
    expect(group.get_by_role("button", name="从这幅分开")).to_contain_text("S")
    page.keyboard.press("e")
    page.keyboard.type("没写完")
    page.keyboard.press("Escape")

    page.keyboard.press("s")
    expect(page.locator("#banner")).to_contain_text("从这一幅起另成一组")
    expect(group).to_contain_text("第 1 幅，共 3 幅")
    assert text(page).input_value().endswith("没写完")
    page.get_by_role("button", name="撤销分组").click()
    expect(group).to_contain_text("第 2 幅，共 4 幅")
    page.keyboard.press("j")
    expect(page.locator("#banner")).to_contain_text("后一组已并入")
    expect(group).to_contain_text("第 2 幅，共 6 幅")
    assert told("PhotoGroup.objects.filter(collection__slug='more').count()") == 1


def test_drafts_are_hidden_until_one_has_written(archive: str, visit: Visit, told: Ask) -> None:
    page = open_queue(visit, archive, "qian")
    page.keyboard.press("h")
    expect(page.locator("#banner")).to_contain_text("先著录后看稿：已打开。")
    # The very next one, though the page had asked for it before the key was pressed.
    press(page, "n")
    record = name(page)
    expect(page.locator("#blind-notice")).to_be_visible()
    expect(text(page)).to_have_value("")
    page.keyboard.press("e")
    page.keyboard.type("我看到一座桥")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".row-other.is-other")).to_contain_text("草稿写的是：")
    expect(text(page)).to_have_value("我看到一座桥")
    settled(page)
    of_it = f"image__collection__slug='more', image__identifier='{record}', field='description'"
    value = f"Annotation.objects.accepted().get({of_it})"
    assert told(f"[{value}.ai_origin, {value}.created_by.username]") == [False, "qian"]


def test_on_a_telephone_everything_is_a_button(archive: str, visit: Visit) -> None:
    page = open_queue(visit, archive, "zhao", **PHONE)
    record = name(page)
    page.get_by_role("button", name="全部采用").tap()
    expect(page.locator("#record-name")).not_to_have_text(record)
    page.get_by_role("button", name="撤销").tap()
    expect(page.locator("#record-name")).to_have_text(record)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_without_the_network_the_record_and_the_text_stay(archive: str, visit: Visit) -> None:
    page = open_queue(visit, archive, "zhao")
    record = name(page)
    page.keyboard.press("e")
    page.keyboard.type("断网时写的")
    written = text(page).input_value()
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banner")).to_contain_text("连不上服务器")
    page.context.set_offline(False)
    page.reload()
    while name(page) != record:
        press(page, "n")
    expect(text(page)).to_have_value(written)
