"""Asking about pictures, with the demo model: what comes in, what is answered, where it is in the picture."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.gestures import (
    answer_text,
    ask,
    attachments,
    drag_over,
    drop,
    last_exchange,
    paste,
    question,
    status,
    wait_answered,
    wait_uploaded,
)

ADVICE = "检测到TIFF格式,建议转为JPEG以提升识别精度(可点击此处一键转换)"
Files = dict[str, Path]


def test_a_scan_is_dragged_in_and_asked_about(ask_page: Page, scan_files: Files) -> None:
    zone = ask_page.get_by_text("松开即可添加图片")
    expect(zone).to_be_hidden()
    drag_over(ask_page, ("石桥.jpg", b""))
    expect(zone).to_be_visible()
    drop(ask_page, scan_files["石桥.jpg"])
    expect(zone).to_be_hidden()
    wait_uploaded(ask_page)

    ask(ask_page, "画面里有几个人？")

    expect(answer_text(ask_page)).to_contain_text("三人")
    wait_answered(ask_page)
    expect(last_exchange(ask_page).locator(".ai-label")).to_have_text("AI 生成")
    expect(last_exchange(ask_page).locator(".answer-figures")).to_contain_text(re.compile(r"\d+ 词元 · \d+\.\d 秒"))
    expect(last_exchange(ask_page).get_by_role("img", name="石桥.jpg")).to_be_visible()
    expect(attachments(ask_page)).to_have_count(0)
    expect(question(ask_page)).to_have_value("")
    expect(question(ask_page)).to_be_focused()
    expect(status(ask_page)).to_contain_text("回答完毕（AI 生成）")


def test_a_conversation_goes_on_about_the_same_picture_and_survives_a_reload(ask_page: Page, scan_files: Files) -> None:
    drop(ask_page, scan_files["石桥.jpg"])
    wait_uploaded(ask_page)
    ask(ask_page, "画面里有几个人？")
    wait_answered(ask_page)

    ask(ask_page, "这是哪一年拍的？")
    wait_answered(ask_page)
    expect(answer_text(ask_page)).to_contain_text("1959")
    ask_page.reload()

    expect(ask_page.locator(".question-text")).to_have_text(["画面里有几个人？", "这是哪一年拍的？"])
    expect(ask_page.locator(".answer-text").last).to_contain_text("1959")
    ask(ask_page, "这张照片是什么色调？")
    wait_answered(ask_page)
    expect(answer_text(ask_page)).to_contain_text("黑白")
    ask_page.get_by_role("link", name="新对话").click()
    expect(ask_page.locator(".exchange")).to_have_count(0)
    expect(ask_page.get_by_role("button", name="画面里有几个人？")).to_be_visible()


def test_what_the_answer_points_at_is_framed_and_lights_up_with_its_mention(ask_page: Page, scan_files: Files) -> None:
    drop(ask_page, scan_files["石桥.jpg"])
    wait_uploaded(ask_page)

    ask(ask_page, "石桥在哪里？")

    frame = last_exchange(ask_page).get_by_role("button", name="图上的位置 1")
    mention = answer_text(ask_page).get_by_role("button", name="位置 1")
    expect(frame).to_be_visible()
    expect(answer_text(ask_page)).not_to_contain_text("[")
    ask_page.wait_for_function("() => document.querySelector('.sight img').naturalWidth > 0")
    picture, box = (place.bounding_box() for place in (last_exchange(ask_page).locator(".sight img"), frame))
    assert picture
    assert box
    middle = (box["x"] + box["width"] / 2 - picture["x"]) / picture["width"]
    assert 0.4 < middle < 0.75, "the bridge stands right of the middle"
    mention.hover()
    expect(frame).to_have_class(re.compile("linked"))
    frame.focus()
    expect(mention).to_have_class(re.compile("linked"))
    mention.press("Enter")
    expect(frame).to_be_focused()


@pytest.mark.parametrize("converts", [True, False], ids=["converted", "as it is"])
def test_a_tiff_may_be_converted_at_a_click_and_is_asked_about_either_way(
    ask_page: Page, scan_files: Files, converts: bool
) -> None:
    drop(ask_page, scan_files["石桥.tif"])
    advice = ask_page.get_by_role("button", name=ADVICE)
    expect(advice).to_be_visible()
    expect(attachments(ask_page)).to_contain_text("可以直接发送")
    if converts:
        advice.press("Enter")
        expect(advice).to_be_hidden()
        expect(attachments(ask_page)).to_contain_text("已转换为 JPEG")

    ask(ask_page, "画面里有几个人？")

    expect(answer_text(ask_page)).to_contain_text("三人")
    expect(last_exchange(ask_page).get_by_role("img", name="石桥.tif")).to_be_visible()


def test_a_file_whose_first_page_is_of_no_use_waits_for_another_and_so_does_the_question(
    ask_page: Page, scan: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / "小样在前.tif"
    scan.resize((90, 60)).save(path, save_all=True, append_images=[scan])
    drop(ask_page, path)
    advice = ask_page.get_by_role("button", name=ADVICE)
    expect(advice).to_be_visible()

    ask(ask_page, "画面里有几个人？")
    expect(ask_page.locator("#ask-hint")).to_contain_text("转好后就会发送")
    expect(ask_page.locator(".exchange")).to_have_count(0)
    expect(advice).to_be_focused()
    ask_page.get_by_role("spinbutton", name="第几页（共 2 页）").fill("2")
    advice.press("Enter")

    expect(answer_text(ask_page)).to_contain_text("三人")


def test_the_page_of_a_file_is_chosen_and_may_be_chosen_again(ask_page: Page, scan_files: Files) -> None:
    drop(ask_page, scan_files["相册.tif"])
    ask_page.get_by_role("button", name=ADVICE).click()
    wait_uploaded(ask_page)
    number = ask_page.get_by_role("spinbutton", name="第几页（共 2 页）")
    number.fill("2")
    ask_page.get_by_role("button", name="换到这一页").click()
    wait_uploaded(ask_page)
    expect(number).to_have_value("2")

    ask(ask_page, "画面里有几个人？")

    expect(answer_text(ask_page)).to_contain_text("三人")


def test_a_picture_is_pasted(ask_page: Page, scan_files: Files) -> None:
    paste(ask_page, ("image.png", scan_files["石桥.jpg"].read_bytes()))
    wait_uploaded(ask_page)

    ask_page.get_by_role("button", name="画面里有几个人？").click()

    expect(answer_text(ask_page)).to_contain_text("三人")


def test_several_pictures_are_chosen_and_one_of_them_is_removed(ask_page: Page, scan_files: Files) -> None:
    with ask_page.expect_file_chooser() as chooser:
        ask_page.get_by_role("button", name="图片", exact=True).click()
    assert chooser.value.is_multiple()
    chooser.value.set_files([scan_files["石桥.jpg"], scan_files["石桥.tif"]])
    expect(attachments(ask_page)).to_have_count(2)
    expect(ask_page.get_by_role("button", name=ADVICE)).to_be_visible()

    ask_page.get_by_role("button", name="移除 石桥.tif").click()

    expect(attachments(ask_page)).to_have_count(1)
    expect(ask_page.get_by_role("button", name="移除 石桥.jpg")).to_be_focused()
    ask(ask_page, "画面里有几个人？")
    expect(answer_text(ask_page)).to_contain_text("三人")


def test_the_label_goes_with_what_is_copied_by_button_and_by_hand(
    demo_site: str, visit: Visit, scan_files: Files
) -> None:
    page = visit(f"{demo_site}/ask/", permissions=["clipboard-read", "clipboard-write"])
    drop(page, scan_files["石桥.jpg"])
    wait_uploaded(page)
    ask(page, "画面里有几个人？")
    wait_answered(page)

    last_exchange(page).get_by_role("button", name="复制").click()

    expect(last_exchange(page).get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "图中有三人。\n（AI 生成）"
    answer_text(page).click(click_count=3)
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()").rstrip().endswith("\n（AI 生成）")


def test_the_model_thinks_first_where_it_is_told_to(ask_page: Page, scan_files: Files) -> None:
    drop(ask_page, scan_files["石桥.jpg"])
    wait_uploaded(ask_page)
    ask_page.get_by_role("switch", name="思考").press("Space")

    ask(ask_page, "画面里有几个人？")
    wait_answered(ask_page)

    thought = last_exchange(ask_page).get_by_text("思考过程")
    expect(last_exchange(ask_page).locator(".reasoning-text")).to_be_hidden()
    thought.click()
    expect(last_exchange(ask_page).locator(".reasoning-text")).to_contain_text("石桥")
