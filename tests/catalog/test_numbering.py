"""Patterns of numbers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exceptions import NumberPatternRefused
from catalog.numbering import EXAMPLE, RUNNING, SHEET, SHIPPED, read_number_pattern

VALUES = {"全宗号": "J012", "保管期限": "Y", "册号": "3", "张号": "7", "序号": "12", "年度": "1959"} | {
    "门类": "ZP",
    "组号": "5",
    "件号": "8",
}


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (EXAMPLE, "J012-Y-3-0007"),
        ("{全宗号}-{保管期限}-{册号:3}-{张号:3}", "J012-Y-003-007"),
        ("{全宗号}·{年度}·{序号}", "J012·1959·12"),
        ("ZP{序号:6}号", "ZP000012号"),
        ("{全宗号}-{门类}·{年度}-{保管期限}-{组号:4}-{件号:4}", "J012-ZP·1959-Y-0005-0008"),
    ],
)
def test_variants_are_written(pattern: str, number: str) -> None:
    assert read_number_pattern(pattern).write(VALUES) == number


@pytest.mark.parametrize("pattern", [pattern for pattern, _words in SHIPPED])
def test_the_shipped_patterns_can_be_used(pattern: str) -> None:
    assert read_number_pattern(pattern).write(VALUES).startswith("J012-")


def test_what_stands_around_the_counted_part_is_known() -> None:
    pattern = read_number_pattern(EXAMPLE + "-A")

    assert (pattern.counted, pattern.around(VALUES)) == (SHEET, ("J012-Y-3-", "-A"))
    assert read_number_pattern("{序号}").counted == RUNNING


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "字符"),
        ("x" * 101, "字符"),
        ("{全宗号}-{册号}", "张号"),
        ("{张号}{序号}", "要有一个"),
        ("{组号}-{件号}-{张号}", "要有一个"),
        ("{张号}{张号}", "要有一个"),
        ("{宗卷}{张号}", "宗卷"),
        ("{张号:0}", "位数"),
        ("{张号:99}", "位数"),
        ("{张号}{", "花括号"),
        ("{张号:x}", "花括号"),
        ("}{张号}", "花括号"),
        ("{张号}\n号", "花括号"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, words: str) -> None:
    with pytest.raises(NumberPatternRefused, match=re.escape(words)):
        read_number_pattern(pattern)


@settings(deadline=None)
@given(st.text("{}:张号序册1 a-", max_size=40))
def test_any_text_is_a_pattern_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        words = read_number_pattern(text).write(VALUES) + "。"
    except NumberPatternRefused as refused:
        words = str(refused)

    assert words.endswith("。")
