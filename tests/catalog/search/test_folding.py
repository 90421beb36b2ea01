"""Texts as they are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.folding import BREAK, FIELD_END, fold, in_digits, occurrences


def spelled(text: str) -> str:
    return fold(text).text.replace(BREAK, "_")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("開學典禮", "开学典礼"),
        ("１９５６年", "1956年"),
        ("Hello Ｗorld", "hello_world"),
        ("《红旗》报，第３版。", "红旗_报_第3版"),
        ("　龙泉　县\n水库  ", "龙泉_县_水库"),
        ("㈱大阪", "株_大阪"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("Cafe\u0301", "café"),
        ("龙\u200b泉\ufeff", "龙泉"),
        ("二〇〇八", "二〇〇八"),
        ("……", ""),
        ("", ""),
    ],
)
def test_width_case_script_and_punctuation_make_no_difference(text: str, folded: str) -> None:
    assert spelled(text) == folded


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("一九五六年", "1956年"),
        ("一九五六年五月一日摄", "1956年5月1日摄"),
        ("一九五六年十二月廿五日", "1956年12月25日"),
        ("二〇〇八年元月", "2008年1月"),
        ("二○○八年", "2008年"),
        ("1956年五月份", "1956年5月份"),
        ("民国二十六年", "1937年"),
        ("民國廿六年七月七日", "1937年7月7日"),
        ("民国26年秋", "1937年秋"),
        ("民国元年", "1912年"),
        ("五十年代末", "50年代末"),
        ("一九五六年三十一日", "1956年三十一日"),
    ],
)
def test_years_are_given_in_digits_beside(text: str, digits: str) -> None:
    assert in_digits(fold(text)).text == digits


@pytest.mark.parametrize("text", ["1956年5月", "十年代", "三五年", "一九五六", "第一车间", "一二三四五年", "民国"])
def test_what_is_no_year_in_figures_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert in_digits(folded) is folded


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("会议：開學典禮", "开学", ["開學"]),
        ("㈱大阪与株大", "株", ["㈱", "株"]),
        ("摄于民国二十六年夏", "1937年", ["民国二十六年"]),
        ("（１９５６）", "1956", ["１９５６"]),
        ("桥桥桥", "桥桥", ["桥桥"]),
    ],
)
def test_what_is_found_is_pointed_out_in_the_original(text: str, question: str, found: list[str]) -> None:
    folded = in_digits(fold(text))
    assert [text[start:end] for start, end in occurrences(folded, fold(question).text)] == found


@given(st.text(max_size=40))
def test_folding_again_changes_nothing_and_no_text_holds_the_end_of_a_field(text: str) -> None:
    folded = fold(text)
    assert fold(folded.text).text == folded.text
    assert FIELD_END not in folded.text
    assert not folded.text.startswith(BREAK)
    assert not folded.text.endswith(BREAK)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
