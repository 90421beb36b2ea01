"""Forms of dates, and texts that are longer than a system takes."""

from datetime import date

import pytest

from catalog.exchange.presets.definitions import DateForm
from catalog.exchange.presets.shaping import dated, day_of, shortened


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("1956年5月1日", DateForm.COMPACT, "19560501"),
        ("1956-05", DateForm.COMPACT, "195605"),
        ("一九五六年", DateForm.COMPACT, "1956"),
        ("1956年5月", DateForm.PADDED, "19560500"),
        ("1956年", DateForm.PADDED, "19560000"),
        ("1956年1月1日", DateForm.PADDED, "19560101"),
        ("1956年12月31日", DateForm.ISO, "1956-12-31"),
        ("1956年5月1日至3日", DateForm.COMPACT, "19560501-19560503"),
        ("1956年5月1日至3日", DateForm.ISO, "1956-05-01/1956-05-03"),
        ("1956年", DateForm.DAY, "1956-01-01/1956-12-31"),
        ("1956年5月", DateForm.SLASHED, "1956/05"),
        ("1956年5月1日", DateForm.DOTTED, "1956.05.01"),
        ("1958-1962", DateForm.YEAR, "1958-1962"),
        ("[1945年8月15日]", DateForm.COMPACT, "[19450815]"),
        ("约1960年", DateForm.COMPACT, "[1958-1962]"),
        ("1949年以前", DateForm.ISO, "../1949"),
        ("1949年以前", DateForm.COMPACT, "1949年以前"),
        ("抗战时期", DateForm.COMPACT, "抗战时期"),
        ("待考", DateForm.COMPACT, "待考"),
        ("", DateForm.COMPACT, ""),
        ("1956年5月1日", DateForm.AS_WRITTEN, "1956年5月1日"),
    ],
)
def test_a_date_is_written_in_the_form_and_no_more_of_it_than_is_known(text: str, form: DateForm, written: str) -> None:
    assert dated(text, form) == written


def test_an_end_of_a_range_is_a_whole_day() -> None:
    assert day_of(date(1956, 1, 1), DateForm.DAY) == "1956-01-01"
    assert day_of(date(1956, 1, 1), DateForm.COMPACT) == "19560101"
    assert day_of(date(1956, 1, 1), DateForm.YEAR) == "1956"
    assert day_of(None, DateForm.DAY) == ""


@pytest.mark.parametrize(
    ("text", "longest", "kept", "written"),
    [
        ("石桥通车", 0, "", "石桥通车"),
        ("石桥通车", 4, "", "石桥通车"),
        ("石桥通车典礼", 5, "", "石桥通……"),
        ("石桥通车", 1, "", "石"),
        ("石桥通车典礼在镇上举行", 12, "【AI】。", "石桥通车典……【AI】。"),
        ("石桥", 20, "【AI】。", "石桥【AI】。"),
        ("石桥通车典礼", 6, "【AI 标识】", "【AI 标识"),
    ],
)
def test_a_text_is_shortened_and_what_has_to_be_kept_is_not(text: str, longest: int, kept: str, written: str) -> None:
    assert shortened(text, longest, kept=kept) == written
    assert not longest or len(shortened(text, longest, kept=kept)) <= longest
