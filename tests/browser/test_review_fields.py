"""Reviewing records of several fields: none is decided unseen, and no text, record or place in the queue is lost."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.reviewing import (
    ACCOUNTS,
    FIELDS,
    call,
    key,
    name,
    press,
    row,
    settled,
    several_fields,
    sign_in,
    text,
)
from tests.browser.sites import SCRIPTED, manage, site

_SLUGS = (
    "heldkey", "blindkey", "blindrefused", "open", "typing", "full", "conflict", "back", "failed", "counter", "tabs",
    "idle", "about", "reload",
)  # fmt: skip
_MARKED = """
from django.db import transaction
from catalog.models import Image
from catalog.records.secrecy import Mark, hold
from catalog.vocabulary import MarkPlace
Image.objects.filter(identifier="about-2").update(access="restricted", disclosure="unexamined")
with transaction.atomic():
    hold(image=Image.objects.get(identifier="about-2"), marks=[Mark(MarkPlace.READING, "机密★10年")])
from tests.factories import described
described(ImageFactory(collection=collection), people="王小明")
"""
Queue = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("several-fields")


@pytest.fixture(scope="module")
def archive(chromium: str, folder: Path) -> Iterator[str]:
    """Serve a collection for each test, of four records with drafts for several fields."""
    with site(SCRIPTED, folder) as address:
        manage(folder, address, "shell", "-c", ACCOUNTS + several_fields(*_SLUGS) + _MARKED)
        yield address


@pytest.fixture
def queue(archive: str, visit: Visit) -> Queue:
    """Open the queue of one collection."""

    def opened(slug: str, who: str = "wang", before: Callable[[Page], Any] | None = None) -> Page:
        page = visit(f"{archive}/login/")
        if before is not None:
            before(page)
        sign_in(page, archive, who, f"?collection={slug}&order=number")
        return page

    return opened


def decisions(page: Page) -> list[Any]:
    """Collect what is decided from now on."""
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if "/decide/" in request.url else None)
    return sent


def aim(page: Page, field: str) -> None:
    """Make a field the one that keys are about."""
    row(page, field).locator("h2").click()
    text(page, field).focus()
    page.keyboard.press("Escape")


class TestHeldKeys:
    """A key that is held down decides one record."""

    def test_nothing_is_accepted_unseen(self, queue: Queue) -> None:
        page = queue("heldkey")
        sent = decisions(page)
        for place in ("outside", "text", "button"):
            before = len(sent)
            if place == "text":
                text(page, "notes").focus() if text(page, "notes").is_visible() else text(page, "title").focus()
            if place == "button":
                page.locator("#key-bar [data-key=accept_all]").focus()
            else:
                page.keyboard.down("Control")
            for _ in range(4):
                page.keyboard.down("Enter")
                page.wait_for_timeout(150)
            page.keyboard.up("Enter")
            page.keyboard.up("Control")
            settled(page)
            assert len(sent) == before + 1, place


class TestBlind:
    """先著录后看稿: nothing that a draft says is shown before its reader has written."""

    def test_the_next_record_is_hidden_though_it_was_there_already(self, queue: Queue) -> None:
        page = queue("blindkey")
        settled(page)
        page.keyboard.press("h")
        press(page, "n")
        expect(page.locator("#blind-notice")).to_be_visible()
        expect(text(page, "title")).to_have_value("")
        # One field alone is not saved: the drafts of the others would be seen.
        text(page, "notes").fill("桥边有人")
        expect(row(page, "notes").get_by_role("button", name="保存")).to_be_hidden()
        text(page, "title").fill("我写的")
        page.keyboard.press("Control+Enter")
        expect(row(page, "title").locator(".is-other")).to_contain_text("草稿写的是：石桥")
        told = call(page, f"/review/records/{key(page)}/")["record"]["fields"]
        values = {field["name"]: field["accepted"] for field in told if field["accepted"]}
        assert {field: (told["value"], told["ai_label"]) for field, told in values.items()} == {
            "title": ("我写的", ""), "notes": ("桥边有人", ""),
        }  # fmt: skip

    def test_a_refusal_shows_no_draft(self, queue: Queue) -> None:
        page = queue("blindrefused")
        settled(page)
        page.keyboard.press("h")
        press(page, "n")
        text(page, "event").fill("合影")
        text(page, "title").fill("我写的")
        colleague = queue("blindrefused", "li")
        written = {"event": {"value": "留影", "seen": ""}}
        call(colleague, f"/review/records/{key(page)}/decide/", {"do": "write", "written": written})

        page.keyboard.press("Control+Enter")

        expect(page.locator("#banner")).to_contain_text("刚刚被别人改过")
        expect(page.locator("#blind-notice")).to_be_visible()
        expect(text(page, "place")).to_have_value("")
        expect(text(page, "title")).to_have_value("我写的")
        expect(row(page, "event").locator(".row-conflict")).to_contain_text("留影")
        sent = decisions(page)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#banner")).to_contain_text("请逐项选定后再保存")
        assert not sent
        row(page, "event").get_by_role("button", name="用我写的").click()
        page.keyboard.press("Control+Enter")
        expect(row(page, "title").locator(".is-other")).to_contain_text("草稿写的是：石桥")


class TestTypedText:
    """What is typed stays, whatever is pressed and however slow the server is."""

    def test_leaving_a_field_open_keeps_it(self, queue: Queue) -> None:
        page = queue("open")
        text(page, "place").fill("东门外的桥头")
        aim(page, "place")
        page.keyboard.press("d")
        expect(row(page, "place").locator(".row-conflict")).to_contain_text("东门外的桥头")
        expect(row(page, "place").locator(".row-conflict")).to_contain_text("待考")
        settled(page)
        page.keyboard.press("z")
        expect(page.locator("#banner")).to_contain_text("已撤销")
        expect(text(page, "place")).to_have_value("东门外的桥头")
        expect(row(page, "place").locator(".row-conflict")).to_be_hidden()

    @pytest.mark.parametrize("how", ["accept", "save"])
    def test_what_is_typed_while_it_is_sent_stays(self, queue: Queue, how: str) -> None:
        page = queue("typing")
        field = "title" if how == "accept" else "place"
        if how == "save":
            aim(page, "place")
            page.keyboard.press("x")
            page.keyboard.press("Enter")
            expect(row(page, "place").locator("[data-do=accept]")).to_be_hidden()
        text(page, field).fill("第一句。")
        waiting: list[Route] = []
        page.route("**/decide/", lambda route: waiting.append(route))
        row(page, field).locator(f"[data-do={how}]").click()
        text(page, field).focus()
        page.keyboard.press("End")
        page.keyboard.type("第二句。")
        text(page, "people").focus()
        page.keyboard.press("End")
        page.keyboard.type("、nxd")
        waiting.pop().continue_()

        expect(row(page, field).locator("[data-do=accept]")).to_be_hidden()
        page.unroute("**/decide/")
        settled(page)
        page.keyboard.type("z")
        expect(text(page, field)).to_have_value("第一句。第二句。")
        expect(row(page, field).locator(".row-conflict")).to_be_hidden()
        expect(text(page, "people")).to_have_value("张三、nxdz")
        told = call(page, f"/review/records/{key(page)}/")["record"]["fields"]
        assert next(one for one in told if one["name"] == field)["accepted"]["value"] == "第一句。"
        page.keyboard.press("Escape")
        press(page, "n")
        press(page, "p")
        expect(text(page, field)).to_have_value("第一句。第二句。")

    def test_where_the_browser_has_no_room_the_page_keeps_it_and_says_so(self, queue: Queue) -> None:
        full = """const set = Storage.prototype.setItem;
        Storage.prototype.setItem = function (name, value) {
          if (value.length > 100) throw new DOMException("full", "QuotaExceededError");
          set.call(this, name, value);
        };"""
        page = queue("full", before=lambda opened: opened.add_init_script(full))
        text(page, "title").fill("写了很久的一段话")
        expect(page.locator("#unstored")).to_contain_text("只在这一页里")
        page.keyboard.press("Escape")
        press(page, "n")
        expect(page.locator("#unsaved")).to_have_text("没有保存的文字 1 处")
        warned: list[str] = []

        def leave(dialog: Dialog) -> None:
            warned.append(dialog.type)
            dialog.dismiss()

        page.once("dialog", leave)
        page.close(run_before_unload=True)
        page.wait_for_timeout(1000)
        assert warned == ["beforeunload"]
        press(page, "p")
        expect(text(page, "title")).to_have_value("写了很久的一段话")
        press(page, "Enter")
        expect(page.locator("#unstored")).to_be_hidden()

    def test_no_key_decides_about_what_is_to_be_compared_first(self, queue: Queue) -> None:
        page = queue("conflict")
        user = page.evaluate("JSON.parse(document.getElementById('review-settings').textContent).user")
        base = {"draft": 1, "words": "旧稿", "value": ""}
        for field in ("title", "notes"):
            begun = {"text": "我写的", "base": {**base, "value": "别的"}, "name": "", "label": "", "at": 1}
            kept = [f"glmv-review-{user}-{key(page)}-{field}", json.dumps(begun)]
            page.evaluate("([name, value]) => localStorage.setItem(name, value)", kept)
        page.reload()
        expect(row(page, "title").locator(".row-conflict")).to_be_visible()
        sent = decisions(page)
        aim(page, "title")
        page.keyboard.press("a")
        expect(page.locator("#banner")).to_contain_text("请逐项选定后再保存")
        page.locator("#banner").get_by_role("button").click()
        aim(page, "notes")
        row(page, "notes").locator("[data-do=save]").click()
        expect(page.locator("#banner")).to_contain_text("请逐项选定后再保存")
        assert not sent


class TestGoing:
    """Forwards and back, no record is skipped, and nothing is sent twice."""

    def test_back_twice_and_forward_again_meets_each(self, queue: Queue) -> None:
        page = queue("back")
        met = [name(page), press(page, "n"), press(page, "n"), press(page, "n")]
        assert [press(page, "p"), press(page, "p"), press(page, "p")] == [met[2], met[1], met[0]]
        assert [press(page, "n"), press(page, "n"), press(page, "n")] == met[1:]

    def test_without_an_answer_the_record_stays_and_is_sent_once(self, queue: Queue) -> None:
        page = queue("failed")
        settled(page)
        sent = decisions(page)
        page.route("**/review/next/**", lambda route: route.abort())
        second = press(page, "Enter")
        page.keyboard.press("Enter")
        expect(page.locator("#banner")).to_contain_text("连不上服务器")
        settled(page)
        page.keyboard.press("Enter")
        expect(page.locator("#desk")).not_to_have_class("desk-body is-waiting")
        page.unroute("**/review/next/**")
        third = press(page, "Enter")
        assert len(sent) == 2
        assert press(page, "p") == second
        assert press(page, "n") == third

    def test_the_counter_counts_records(self, queue: Queue) -> None:
        page = queue("counter", "sun")
        place, progress = page.locator("#record-place"), page.locator("#queue-progress")
        expect(place).to_have_text("第 1 条，共 4 条")
        page.keyboard.press("a")
        expect(row(page, "title").locator("[data-do=accept]")).to_be_hidden()
        page.keyboard.press("z")
        expect(page.locator("#banner")).to_contain_text("已撤销")
        expect(place).to_have_text("第 1 条，共 4 条")
        press(page, "Enter")
        expect(place).to_have_text("第 2 条，共 4 条")
        expect(progress).to_contain_text("今天已审 1 条")
        settled(page)
        page.keyboard.press("z")
        expect(place).to_have_text("第 1 条，共 4 条")
        expect(progress).to_contain_text("今天已审 0 条")
        for _ in range(3):
            press(page, "Enter")
        page.keyboard.press("Enter")
        expect(page.locator("#empty")).to_be_visible()
        settled(page)
        expect(place).to_be_hidden()

    def test_undo_outlives_the_page(self, queue: Queue) -> None:
        page = queue("reload", "zhao")
        first = name(page)
        second = press(page, "Enter")
        settled(page)
        page.reload()
        expect(page.locator("#record-name")).to_have_text(second)
        page.keyboard.press("z")
        expect(page.locator("#record-name")).to_have_text(first)
        expect(text(page, "title")).to_have_value(FIELDS["title"])


class TestHolds:
    """Each tab has its own records, as long as somebody is at it."""

    def test_two_tabs_and_one_that_is_closed(self, queue: Queue, archive: str) -> None:
        page = queue("tabs")
        first = name(page)
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator("#desk")).to_be_visible()
        assert name(other) != first
        page.goto(f"{archive}/about:blank")
        settled(other)
        colleague = queue("tabs", "li")
        assert name(colleague) == first

    def test_a_page_that_nobody_is_at_lets_its_records_go(self, queue: Queue) -> None:
        page = queue("idle", before=lambda opened: opened.clock.install())
        held: list[str] = []
        page.on("request", lambda request: held.append(request.url) if request.url.endswith("/hold/") else None)
        page.clock.fast_forward("05:00")
        settled(page)
        assert held
        page.clock.fast_forward("06:00")
        settled(page)
        held.clear()
        page.clock.fast_forward("30:00")
        settled(page)
        assert not held
        with page.expect_request("**/review/hold/"):
            page.mouse.move(200, 200)


class TestAbout:
    """Whose record it is, who may see it, and whether it may be classified."""

    def test_they_are_told_and_nothing_is_accepted_of_what_is_held_back(self, queue: Queue) -> None:
        page = queue("about")
        about = page.locator(".desk-about")
        expect(about).to_contain_text("馆藏：馆藏about")
        expect(page.locator("#record-restricted")).to_be_hidden()
        expect(page.locator("#record-secrecy")).to_be_hidden()
        press(page, "n")
        expect(page.locator("#record-restricted")).to_have_text("仅审核员可见")
        block = page.locator("#record-secrecy")
        expect(block).to_contain_text("疑似涉密，已停用")
        expect(block).to_contain_text("图上的文字：机密★10年")
        sent = decisions(page)
        for pressed in ("Enter", "a"):
            page.keyboard.press(pressed)
            expect(page.locator("#banner")).to_contain_text("这条记录的草稿现在不能采用")
            page.locator("#banner").get_by_role("button").click()
            page.keyboard.press("Escape")
            page.locator("#fields").focus()
        assert not sent
        press(page, "n")
        expect(block).to_be_hidden()

    def test_terms_to_choose_from_are_told_to_screen_readers(self, queue: Queue) -> None:
        page = queue("about", "qian")
        people = text(page, "people")
        expect(people).to_have_attribute("role", "combobox")
        expect(people).to_have_attribute("aria-expanded", "false")
        people.fill("王")
        expect(people).to_have_attribute("aria-expanded", "true")
        choices = page.locator(f"#{people.get_attribute('aria-controls')}")
        expect(choices.get_by_role("option", name="王小明")).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(choices.get_by_role("option", selected=True)).to_have_text("王小明")
        page.keyboard.press("Escape")
        expect(people).to_have_attribute("aria-expanded", "false")
