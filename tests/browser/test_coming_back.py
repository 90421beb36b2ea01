"""Who reloads, comes back or is signed out in between finds everything as it was left."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.gestures import (
    answer_text,
    ask,
    attachments,
    drop,
    last_exchange,
    question,
    wait_answered,
    wait_uploaded,
)
from tests.browser.scripted_site import LONG


def test_what_was_written_and_attached_survives_a_reload(slow_page: Page, scan_files: dict[str, Path]) -> None:
    drop(slow_page, scan_files["石桥.jpg"], scan_files["石桥.tif"])
    expect(slow_page.locator(".attachment[data-state=ready]")).to_have_count(2)
    question(slow_page).fill("画面里有什么？")

    slow_page.reload()

    expect(question(slow_page)).to_have_value("画面里有什么？")
    expect(attachments(slow_page).locator("[data-name]")).to_have_text(["石桥.jpg", "石桥.tif"])
    attachments(slow_page).last.get_by_role("button", name="检测到TIFF格式").click()
    wait_uploaded(slow_page)
    question(slow_page).press("Enter")
    wait_answered(slow_page)
    expect(last_exchange(slow_page).locator(".question-pictures img")).to_have_count(2)
    slow_page.reload()
    expect(attachments(slow_page)).to_have_count(0)


def test_what_was_removed_elsewhere_does_not_come_back(slow_page: Page, scan_files: dict[str, Path]) -> None:
    drop(slow_page, scan_files["石桥.jpg"])
    wait_uploaded(slow_page)
    slow_page.evaluate("""async () => {
      const {owner} = document.getElementById('ask').dataset;
      const [id] = JSON.parse(sessionStorage.getItem(`glmv-ask-${owner}-pictures`)).ids;
      const token = document.querySelector('#ask-composer [name=csrfmiddlewaretoken]').value;
      await fetch(`/ask/images/${id}/`, {method: 'DELETE', headers: {'X-CSRFToken': token}});
    }""")

    slow_page.reload()
    expect(slow_page.locator("#ask-hint")).to_contain_text("有 1 张图片没有保存下来")
    ask(slow_page, "还在吗")

    expect(answer_text(slow_page)).to_have_text("还在吗")
    expect(last_exchange(slow_page).locator(".question-pictures img")).to_have_count(0)


def test_a_question_sent_while_pictures_are_fetched_waits_for_them(
    slow_page: Page, scan_files: dict[str, Path]
) -> None:
    drop(slow_page, scan_files["石桥.jpg"])
    wait_uploaded(slow_page)
    held: list[Route] = []
    slow_page.route(re.compile(r"/ask/images/[0-9a-f-]+/$"), lambda route: held.append(route))
    with slow_page.expect_request(re.compile(r"/ask/images/[0-9a-f-]+/$")):
        slow_page.reload()
    ask(slow_page, "画面里有什么？")
    expect(slow_page.locator("#ask-hint")).to_contain_text("图片取回后就会发送")
    expect(slow_page.locator(".exchange")).to_have_count(0)

    held[0].continue_()

    wait_answered(slow_page)
    expect(last_exchange(slow_page).locator(".question-pictures img")).to_have_count(1)
    expect(question(slow_page)).to_have_value("")
    expect(attachments(slow_page)).to_have_count(0)
    slow_page.reload()
    expect(slow_page.locator(".exchange")).to_have_count(1)
    expect(question(slow_page)).to_have_value("")


def test_a_question_does_not_go_without_a_picture_that_cannot_be_fetched(
    slow_page: Page, scan_files: dict[str, Path]
) -> None:
    drop(slow_page, scan_files["石桥.jpg"])
    wait_uploaded(slow_page)
    held: list[Route] = []
    one_picture = re.compile(r"/ask/images/[0-9a-f-]+/$")
    slow_page.route(one_picture, lambda route: held.append(route))
    with slow_page.expect_request(one_picture):
        slow_page.reload()
    ask(slow_page, "画面里有什么？")
    held[0].abort()

    expect(slow_page.locator("#ask-hint")).to_contain_text("1 张图片暂时取不回来")
    expect(slow_page.locator(".exchange")).to_have_count(0)
    slow_page.unroute(one_picture)
    slow_page.reload()
    expect(attachments(slow_page)).to_have_count(1)
    expect(question(slow_page)).to_have_value("画面里有什么？")


def test_what_a_visitor_wrote_is_the_users_who_signs_in_even_one_who_was_here_before(
    scripted_site: str, visit: Visit, scan_files: dict[str, Path], account: tuple[str, str]
) -> None:
    page = visit(f"{scripted_site}/login/?next=/ask/")
    _sign_in(page, account)
    expect(question(page)).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{scripted_site}/ask/")
    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)
    question(page).fill("画面里有什么？")

    page.goto(f"{scripted_site}/login/?next=/ask/")
    _sign_in(page, account)

    expect(question(page)).to_have_value("画面里有什么？")
    expect(attachments(page)).to_have_count(1)


def test_a_page_whose_session_has_ended_says_so_and_leads_to_sign_in(
    scripted_site: str, visit: Visit, account: tuple[str, str]
) -> None:
    page = visit(f"{scripted_site}/ask/")
    page.goto(f"{scripted_site}/login/?next=/ask/")
    _sign_in(page, account)
    ask(page, "你好")
    wait_answered(page)
    page.context.clear_cookies(name="sessionid")

    ask(page, "还在吗")

    expect(last_exchange(page).get_by_text("登录已失效")).to_be_visible()
    last_exchange(page).get_by_role("link", name="登录").click()
    _sign_in(page, account)
    expect(question(page)).to_have_value("还在吗")
    expect(page.locator(".question-text")).to_have_text(["你好"])


def _sign_in(page: Page, account: tuple[str, str]) -> None:
    page.locator("[name=username]").fill(account[0])
    page.locator("[name=password]").fill(account[1])
    page.locator("[name=password]").press("Enter")


@pytest.mark.parametrize("reload_first", [True, False])
def test_a_question_that_never_reached_the_server_is_not_lost(
    slow_page: Page, scan_files: dict[str, Path], reload_first: bool
) -> None:
    slow_page.route("**/ask/answer/", lambda route: route.abort())
    drop(slow_page, scan_files["石桥.jpg"])
    wait_uploaded(slow_page)
    ask(slow_page, "画面里有什么？")
    expect(last_exchange(slow_page).get_by_text("连接不上服务器")).to_be_visible()
    slow_page.unroute("**/ask/answer/")

    if not reload_first:
        last_exchange(slow_page).get_by_role("button", name="修改问题").click()
        wait_uploaded(slow_page)
    slow_page.reload()

    expect(attachments(slow_page)).to_have_count(1)
    expect(question(slow_page)).to_have_value("画面里有什么？")
    question(slow_page).press("Enter")
    wait_answered(slow_page)
    expect(last_exchange(slow_page).locator(".question-pictures img")).to_have_count(1)


def test_what_one_person_wrote_is_not_there_for_the_next_at_the_same_computer(slow_page: Page) -> None:
    question(slow_page).fill("只给自己看的问题")
    slow_page.context.clear_cookies()

    slow_page.reload()

    expect(question(slow_page)).to_have_value("")


def test_a_conversation_that_was_deleted_elsewhere_is_begun_anew(slow_page: Page) -> None:
    ask(slow_page, "你好")
    wait_answered(slow_page)
    other = slow_page.context.new_page()
    other.goto(slow_page.url.split("/ask/")[0] + "/history/erase/")
    other.get_by_role("button", name="全部删除").click()

    ask(slow_page, "再见")
    expect(last_exchange(slow_page).get_by_text("没有这段对话")).to_be_visible()
    last_exchange(slow_page).get_by_role("button", name="重试").click()

    wait_answered(slow_page)
    expect(answer_text(slow_page)).to_have_text("再见")


def test_a_question_sent_while_the_conversation_is_opening_goes_on_with_it(slow_page: Page) -> None:
    ask(slow_page, "你好")
    wait_answered(slow_page)
    held: list[Route] = []
    slow_page.route("**/ask/conversations/**", lambda route: held.append(route))
    with slow_page.expect_request("**/ask/conversations/**"):
        slow_page.reload()
    ask(slow_page, "再见")
    expect(slow_page.locator("#ask-hint")).to_contain_text("打开后就会发送")

    held[0].continue_()

    expect(slow_page.locator(".question-text")).to_have_text(["你好", "再见"])
    wait_answered(slow_page)
    expect(answer_text(slow_page)).to_have_text("再见")


def test_a_question_is_not_sent_into_another_conversation_than_it_was_meant_for(slow_page: Page) -> None:
    ask(slow_page, "你好")
    wait_answered(slow_page)
    slow_page.route("**/ask/conversations/**", lambda route: route.abort())
    slow_page.reload()

    expect(slow_page.locator("#ask-hint")).to_contain_text("连接不上服务器")
    expect(slow_page.locator(".exchange")).to_have_count(0)


def test_an_answer_that_is_waited_for_and_deleted_elsewhere_is_waited_for_no_longer(slow_page: Page) -> None:
    ask(slow_page, LONG)
    slow_page.wait_for_function("() => document.querySelector('.answer-text').textContent.length > 10")
    other = slow_page.context.new_page()
    other.goto(slow_page.url)
    expect(last_exchange(other).get_by_text("还没有写完")).to_be_visible()
    third = slow_page.context.new_page()
    third.goto(slow_page.url.split("/ask/")[0] + "/history/erase/")

    third.get_by_role("button", name="全部删除").click()

    expect(last_exchange(other).get_by_text("已经删除")).to_be_visible()


def test_whoever_was_signed_out_is_led_to_sign_in_and_finds_the_question_again(
    slow_page: Page, scan_files: dict[str, Path]
) -> None:
    told = {"message": "请先登录，再来提问。", "type": "authentication_error", "param": None, "code": "login_required"}
    slow_page.route(
        "**/ask/answer/",
        lambda route: route.fulfill(status=401, content_type="application/json", body=json.dumps({"error": told})),
    )
    drop(slow_page, scan_files["石桥.jpg"])
    wait_uploaded(slow_page)
    ask(slow_page, "画面里有什么？")

    expect(last_exchange(slow_page).get_by_text("请先登录")).to_be_visible()
    expect(last_exchange(slow_page).get_by_role("button", name="重试")).to_be_hidden()
    last_exchange(slow_page).get_by_role("link", name="登录").click()
    assert "next=%2Fask%2F" in slow_page.url
    slow_page.goto(slow_page.url.split("/login/")[0] + "/ask/")

    expect(question(slow_page)).to_have_value("画面里有什么？")
    expect(attachments(slow_page)).to_have_count(1)


def test_another_try_is_offered_only_where_it_can_help(slow_page: Page) -> None:
    question(slow_page).evaluate("field => { field.value = '长'.repeat(20001); }")
    question(slow_page).press("Enter")

    expect(last_exchange(slow_page).get_by_text("请缩短后再试")).to_be_visible()
    expect(last_exchange(slow_page).get_by_role("button", name="重试")).to_be_hidden()
    last_exchange(slow_page).get_by_role("button", name="修改问题").click()
    assert len(question(slow_page).input_value()) == 20_001


def test_more_pictures_than_a_question_takes_are_turned_away_at_once(
    slow_page: Page, scan_files: dict[str, Path]
) -> None:
    drop(slow_page, *[scan_files["石桥.jpg"]] * 18)

    expect(slow_page.locator("#ask-hint")).to_contain_text("最多放 16 张图片，多出的 2 张没有添加")
    expect(attachments(slow_page)).to_have_count(16)


def test_places_named_in_an_answer_are_linked_with_its_picture_in_the_history_too(
    scripted_site: str, visit: Visit, scan_files: dict[str, Path]
) -> None:
    page = visit(f"{scripted_site}/ask/")
    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)
    ask(page, "框出石桥和横幅。")
    wait_answered(page)
    page.goto(f"{scripted_site}/history/")
    row = page.locator(".history-text p")
    expect(row).to_contain_text("石桥在 位置 1，横幅在 位置 2")
    assert "AI 生成" in page.evaluate("""() => {
      const row = document.querySelector('.history-text p');
      getSelection().setBaseAndExtent(row, row.childNodes.length - 1, row, row.childNodes.length);
      const event = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), bubbles: true, cancelable: true});
      row.dispatchEvent(event);
      return event.clipboardData.getData('text/plain');
    }""")

    page.get_by_role("link", name="框出石桥和横幅。").first.click()
    place = page.locator(".turn-answer .mention").last
    expect(place).to_have_text("位置 2")
    place.focus()

    expect(page.locator(".frame-linked.linked .frame-number")).to_have_text("2")
