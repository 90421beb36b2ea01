"""Which files are one photograph, by a pattern that a person can write."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exceptions import NamePatternRefused
from catalog.naming import NO_PATTERN, Part, read_naming
from catalog.vocabulary import FileRole

FRONT, VERSO, NEGATIVE, PAGE = FileRole.FRONT, FileRole.VERSO, FileRole.NEGATIVE, FileRole.PAGE


@pytest.mark.parametrize(
    ("name", "role", "sequence", "shared"),
    [
        ("甲/001.jpg", FRONT, 1, "甲/001"),
        ("甲/001_v.jpg", VERSO, 1, "甲/001"),
        ("甲/001-Verso.TIF", VERSO, 1, "甲/001"),
        ("甲/001背.png", VERSO, 1, "甲/001"),
        ("甲/001_背.png", VERSO, 1, "甲/001"),
        ("甲/001背面.png", VERSO, 1, "甲/001"),
        ("甲/001_neg.tif", NEGATIVE, 1, "甲/001"),
        ("甲/001底片.tif", NEGATIVE, 1, "甲/001"),
        ("甲/001_p02.jpg", PAGE, 2, "甲/001"),
        ("甲/001第12页.jpg", PAGE, 12, "甲/001"),
        ("背.jpg", FRONT, 1, "./背"),
        ("_v.jpg", FRONT, 1, "./_v"),
        ("001_p00.jpg", FRONT, 1, "./001_p00"),
        ("001_p12345.jpg", FRONT, 1, "./001_p12345"),
        ("石板.jpg", FRONT, 1, "./石板"),
    ],
)
def test_the_usual_ways_of_naming_are_known(name: str, role: FileRole, sequence: int, shared: str) -> None:
    assert read_naming("").read(name) == Part(role, sequence, shared)


def test_a_collection_has_its_own_ways() -> None:
    naming = read_naming("verso: r-* | *(反)\n页：*之#号")

    assert naming.read("r-12.jpg") == Part(VERSO, 1, "./12")
    assert naming.read("12(反).jpg") == Part(VERSO, 1, "./12")
    assert naming.read("12之3号.jpg") == Part(PAGE, 3, "./12")
    assert naming.read("12_v.jpg").role == FRONT


def test_the_most_telling_way_is_tried_first() -> None:
    naming = read_naming("背面：*b\n底片：*_neg_b")

    assert naming.read("1_neg_b.jpg") == Part(NEGATIVE, 1, "./1")


def test_whoever_wants_no_joining_says_so() -> None:
    assert read_naming(NO_PATTERN).read("1_v.jpg") == Part(FRONT, 1, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*_v", "背面："),
        ("侧面：*_s", "侧面"),
        ("背面：", "冒号后面"),
        ("背面：_v", "有一个“*”"),
        ("背面：**_v", "有一个“*”"),
        ("背面：*", "每个文件"),
        ("背面：a/*", "斜线"),
        ("背面：*_#", "页码"),
        ("页：*_p", "#"),
        ("页：*#", "之后"),
        ("页：#_*", "之后"),
        ("页：*_1#", "分不清"),
        ("背面：" + "|".join(f"*_{n}x" for n in range(99)), "太多"),
        ("背面：*" + "x" * 1000, "太长"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(NamePatternRefused, match=re.escape(words)):
        read_naming(text)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_a_pattern_or_is_refused_in_a_sentence(text: str, name: str) -> None:
    try:
        words = f"第 {read_naming(text).read(name).sequence} 页。"
    except NamePatternRefused as refused:
        words = str(refused)

    assert words.endswith("。")


LITERALS = st.text("ab_-背(.", min_size=1, max_size=6)


@settings(deadline=None)
@given(LITERALS, LITERALS, st.text("xyz石桥", min_size=1, max_size=8), st.integers(1, 9999))
def test_what_is_written_by_a_pattern_is_read_by_it(before: str, after: str, shared: str, page: int) -> None:
    naming = read_naming(f"背面：{before}*{after}\n页：*{before}#{after}")

    pair = naming.read(f"{before}{shared}{after}.jpg"), naming.read(f"{shared}{before}{page}{after}.jpg")

    assert pair == (Part(VERSO, 1, f"./{shared}"), Part(PAGE, page, f"./{shared}"))


@settings(deadline=None)
@given(st.text("*#ab|：背面页\n", max_size=60), st.text("ab背/", max_size=400))
def test_reading_is_no_harder_for_long_names(text: str, name: str) -> None:
    try:
        read_naming(text).read(name)
    except NamePatternRefused:
        return
