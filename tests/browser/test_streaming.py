"""An answer that grows before the reader's eyes: watched, stopped, waited for, failed and tried again."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.gestures import answer_text, ask, last_exchange, question, wait_answered
from tests.browser.scripted_site import BOXES, FAILS_ONCE, LONG, LONG_ANSWER, MARKDOWN, PONDERED


def _length(page: Page) -> int:
    return len(answer_text(page).inner_text())


def _wait_longer(page: Page, than: int) -> None:
    page.wait_for_function("least => document.querySelector('.answer-text').textContent.length > least", arg=than)


def test_an_answer_grows_until_it_is_stopped_and_what_was_written_stays(slow_page: Page) -> None:
    ask(slow_page, LONG)
    _wait_longer(slow_page, 0)
    first = _length(slow_page)
    _wait_longer(slow_page, first + 20)
    expect(last_exchange(slow_page).locator(".answer")).to_have_attribute("aria-busy", "true")
    expect(last_exchange(slow_page).locator(".ai-label")).to_be_visible()

    slow_page.get_by_role("button", name="停止").click()

    expect(last_exchange(slow_page).get_by_text("已停止")).to_be_visible()
    expect(slow_page.get_by_role("button", name="发送")).to_be_visible()
    written = answer_text(slow_page).inner_text()
    assert first < len(written) < len(LONG_ANSWER)
    assert LONG_ANSWER.startswith(written)


def test_escape_stops_and_the_conversation_goes_on(slow_page: Page) -> None:
    ask(slow_page, LONG)
    _wait_longer(slow_page, 0)
    question(slow_page).fill("下一个问题")
    question(slow_page).press("Enter")
    expect(slow_page.locator("#ask-hint")).to_contain_text("先停止")

    question(slow_page).press("Escape")
    expect(last_exchange(slow_page).get_by_text("已停止")).to_be_visible()
    expect(question(slow_page)).to_have_value("下一个问题")
    question(slow_page).press("Enter")

    wait_answered(slow_page)
    expect(answer_text(slow_page)).to_have_text("下一个问题")
    expect(slow_page.locator(".exchange")).to_have_count(2)


def test_what_was_stopped_is_kept_as_it_is(slow_page: Page) -> None:
    ask(slow_page, LONG)
    _wait_longer(slow_page, 10)
    slow_page.keyboard.press("Escape")
    expect(last_exchange(slow_page).get_by_text("已停止")).to_be_visible()

    slow_page.reload()

    expect(answer_text(slow_page)).to_contain_text("一行一行地写")
    expect(last_exchange(slow_page).get_by_text("已停止")).to_be_visible()


def test_a_window_opened_meanwhile_shows_the_answer_once_it_has_ended(slow_page: Page) -> None:
    ask(slow_page, LONG)
    _wait_longer(slow_page, 10)
    other = slow_page.context.new_page()
    other.goto(slow_page.url)
    expect(last_exchange(other).get_by_text("还没有写完")).to_be_visible()

    slow_page.keyboard.press("Escape")

    expect(last_exchange(other).get_by_text("已停止")).to_be_visible()
    expect(answer_text(other)).to_contain_text("一行一行地写")


def test_a_reader_who_waits_sees_the_place_in_the_queue_and_a_full_queue_says_when(
    scripted_site: str, visit: Visit
) -> None:
    first, second, third, fourth = (visit(f"{scripted_site}/ask/") for _ in range(4))
    ask(first, LONG)
    _wait_longer(first, 0)

    ask(second, "排队的问题")
    expect(last_exchange(second).get_by_text("下一位就是您")).to_be_visible()
    ask(third, "第三个问题")
    expect(last_exchange(third).get_by_text("前面还有 1 位")).to_be_visible()
    ask(fourth, "太多了")
    expect(last_exchange(fourth).get_by_text("排队人数已满")).to_be_visible()
    again = last_exchange(fourth).locator("[data-again]")
    expect(again).to_have_attribute("aria-disabled", "true")
    expect(again).to_have_text("重试", timeout=120_000)
    first.keyboard.press("Escape")

    wait_answered(second)
    wait_answered(third)
    again.click()
    wait_answered(fourth)
    expect(answer_text(fourth)).to_have_text("太多了")


def test_who_stops_while_waiting_goes_on_with_the_same_conversation(scripted_site: str, visit: Visit) -> None:
    first, second = (visit(f"{scripted_site}/ask/") for _ in range(2))
    ask(first, LONG)
    _wait_longer(first, 0)
    ask(second, "排队的问题")
    expect(last_exchange(second).get_by_text("下一位就是您")).to_be_visible()
    address = second.url
    assert "?conversation=" in address

    second.keyboard.press("Escape")
    expect(last_exchange(second).get_by_text("还没有写出内容")).to_be_visible()
    first.keyboard.press("Escape")
    ask(second, "下一个问题")
    wait_answered(second)

    assert second.url == address
    second.reload()
    expect(second.locator(".question-text")).to_have_text(["排队的问题", "下一个问题"])


def test_an_error_keeps_what_was_written_and_another_try_answers(slow_page: Page) -> None:
    ask(slow_page, FAILS_ONCE)
    failed = last_exchange(slow_page).locator(".answer-error")
    expect(failed).to_contain_text("模型处理这个请求时出错，请重试")
    expect(answer_text(slow_page)).to_contain_text("写到一半")
    again = failed.get_by_role("button", name="重试", exact=True)

    again.click()

    wait_answered(slow_page)
    expect(answer_text(slow_page)).to_have_text("这次写完了。")
    expect(failed).to_be_hidden()


def test_a_lost_connection_loses_nothing_that_was_typed(slow_page: Page) -> None:
    slow_page.context.set_offline(True)
    ask(slow_page, "断网时的问题")
    failed = last_exchange(slow_page).locator(".answer-error")
    expect(failed).to_contain_text("连接不上服务器")

    failed.get_by_role("button", name="修改问题").click()

    expect(question(slow_page)).to_have_value("断网时的问题")
    expect(slow_page.locator(".exchange")).to_have_count(0)
    slow_page.context.set_offline(False)
    slow_page.reload()
    expect(question(slow_page)).to_have_value("断网时的问题")
    question(slow_page).press("Enter")
    expect(answer_text(slow_page)).to_have_text("断网时的问题")


def test_a_complete_answer_is_set_as_markdown_and_nothing_in_it_runs(slow_page: Page) -> None:
    ask(slow_page, MARKDOWN)
    wait_answered(slow_page)

    expect(answer_text(slow_page).locator("ol li")).to_have_text(["石桥", "横幅", "人物"])
    expect(answer_text(slow_page).locator("strong")).to_have_text("三样")
    expect(answer_text(slow_page).locator("script")).to_have_count(0)


def test_boxes_without_a_picture_stay_words(slow_page: Page) -> None:
    ask(slow_page, BOXES)
    wait_answered(slow_page)

    expect(last_exchange(slow_page).locator(".sight")).to_have_count(0)
    expect(answer_text(slow_page)).to_contain_text("[120,300,620,700]")


def test_reasoning_is_shown_while_it_grows_and_folded_when_the_answer_begins(slow_page: Page) -> None:
    slow_page.get_by_text("思考", exact=True).click()
    ask(slow_page, PONDERED)
    reasoning = last_exchange(slow_page).locator(".reasoning-text")
    expect(reasoning).to_be_visible()

    wait_answered(slow_page)

    expect(reasoning).to_be_hidden()
    expect(reasoning).to_have_text("先数人，再看横幅。")
    expect(answer_text(slow_page)).to_have_text("图中有三人。")


def test_enter_that_chooses_a_word_of_an_input_method_does_not_send(slow_page: Page) -> None:
    question(slow_page).fill("shiqiao")
    question(slow_page).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(slow_page.locator(".exchange")).to_have_count(0)

    question(slow_page).press("Shift+Enter")
    expect(question(slow_page)).to_have_value("shiqiao\n")
    expect(slow_page.locator(".exchange")).to_have_count(0)
