"""What is offered for a date text that is not understood."""

import pytest

from catalog.dates import understood_part, with_date, written


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1956年国庆前夕", "1956年"),
        ("重阳登高，一九五六年十月", "1956年10月"),
        ("1956年10月1日至", "1956年10月1日"),
        ("光绪三十四年十二月", "1908年"),
        ("农历1956年八月十五", "1956年"),
        ("1956年农历八月十五", "1956年"),
        ("石桥落成于1958至1960年间，未署名", "1958年至1960年"),
    ],
)
def test_the_longest_part_that_can_be_read_is_offered_beside_the_words(text: str, part: str) -> None:
    found = understood_part(text)

    assert found is not None
    assert written(found) == part
    assert with_date(text) == f"{text}［{part}］"


@pytest.mark.parametrize("text", ["解放前", "国庆十周年", "56年10月", "x" * 300])
def test_where_nothing_can_be_read_nothing_is_offered(text: str) -> None:
    assert understood_part(text) is None
    assert with_date(text) == ""


@pytest.mark.parametrize("text", ["1956年（应为1957年）", "民国三十八年（1948）"])
def test_of_two_dates_that_contradict_each_other_none_is_offered_as_the_right_one(text: str) -> None:
    assert with_date(text) == ""
