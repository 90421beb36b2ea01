"""Pictures that do not fit: too large, too small, broken. The scripted site takes one megabyte, three as a file."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.gestures import answer_text, ask, attachments, drop, last_exchange, question, wait_uploaded


def test_a_picture_over_the_limit_is_shrunk_upright_before_it_is_sent(
    slow_page: Page, heavy_jpeg: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "大图.jpg"
    path.write_bytes(heavy_jpeg)

    with slow_page.expect_request("**/ask/images/") as upload:
        drop(slow_page, path)
    wait_uploaded(slow_page)

    note = attachments(slow_page).locator(".attachment-note")
    expect(note).to_have_text(re.compile(r"^图片 \d\.\d MB，已缩小为 \d+×\d+（\d\.\d MB）后上传$"))
    width, height = map(int, re.findall(r"(\d+)×(\d+)", note.inner_text())[0])
    assert width < height, "its EXIF says that it stands"
    assert int(upload.value.all_headers()["content-length"]) <= 2**20 + 2000
    ask(slow_page, "看得见吗")
    expect(answer_text(slow_page)).to_have_text("看得见吗")
    expect(last_exchange(slow_page).get_by_role("img", name="大图.jpg")).to_be_visible()


def test_a_large_file_that_the_browser_cannot_decode_says_what_to_do(slow_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "大图.tif"
    Image.effect_noise((2400, 1600), 80).save(path)
    assert path.stat().st_size > 3 * 2**20

    drop(slow_page, path)

    expect(attachments(slow_page)).to_contain_text("超过 3 MB 的上限")
    expect(attachments(slow_page)).to_contain_text("另存为 JPEG")
    expect(attachments(slow_page).get_by_role("button", name="重试")).to_be_hidden()


def test_what_the_server_refuses_is_told_in_its_words_and_holds_the_question_back(
    slow_page: Page, tmp_path: Path
) -> None:
    small, broken = tmp_path / "小图.jpg", tmp_path / "坏图.jpg"
    Image.new("RGB", (320, 240), "teal").save(small)
    broken.write_bytes(b"no picture at all")

    drop(slow_page, small, broken)

    expect(attachments(slow_page).first).to_contain_text("图片尺寸太小,请上传分辨率不低于640x480的JPEG文件")
    expect(attachments(slow_page).last).to_contain_text("无法解码这张图片")
    for refused in attachments(slow_page).all():
        expect(refused.get_by_role("button", name="重试")).to_be_hidden()
    ask(slow_page, "能看吗")
    expect(slow_page.locator("#ask-hint")).to_contain_text("请移除后再发送")
    for name in ("小图.jpg", "坏图.jpg"):
        slow_page.get_by_role("button", name=f"移除 {name}").click()
    # Without its pictures it may be another question: it goes when it is sent.
    expect(slow_page.locator(".exchange")).to_have_count(0)
    expect(question(slow_page)).to_have_value("能看吗")
    question(slow_page).press("Enter")
    expect(answer_text(slow_page)).to_have_text("能看吗")
