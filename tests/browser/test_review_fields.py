"""Records of several fields: none is decided unseen, and what is typed stays, whatever is pressed."""

import json

import pytest
from playwright.sync_api import Route, expect

from tests.browser.reviewing import Queue, aim, call, decisions, key, press, row, settled, text


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
        with page.expect_event("dialog") as asked:
            page.once("dialog", lambda dialog: dialog.dismiss())
            page.close(run_before_unload=True)
        assert asked.value.type == "beforeunload"
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
