"""A year is all of a date, and only a part of any other value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.evidence.agreement import compare_whole, is_supported
from catalog.evidence.claims import Verdict
from catalog.vocabulary import Field


@pytest.mark.parametrize(
    ("field", "value", "text", "verdict"),
    [
        ("date", "1959年", "摄于1959年", Verdict.AGREES),
        ("date", "1959年春", "摄于1959年", Verdict.AGREES),
        ("event", "1959年苏联专家来厂指导炼钢", "1959年", Verdict.ABSENT),
        ("event", "1959年苏联专家来厂", "一九五九年，苏联专家来厂", Verdict.AGREES),
        ("event", "民国三十八年开国大典", "1949年10月1日开国大典", Verdict.AGREES),
        ("event", "乾隆六年重修", "清乾隆六年重修碑记", Verdict.AGREES),
        ("event", "乾隆六年重修", "1741年", Verdict.ABSENT),
        ("event", "１９５９．１０．１国庆", "1959年10月1日国庆", Verdict.AGREES),
        ("event", "1958年国庆", "1959年国庆", Verdict.CONTRADICTED),
        ("event", "国庆", "1959年国庆", Verdict.AGREES),
        ("title", "1959年", "1959年国庆", Verdict.AGREES),
        ("place", "1959年建成的石桥", "1959年", Verdict.ABSENT),
        ("event", "待考", "1959年", Verdict.NOTHING_CLAIMED),
    ],
)
def test_a_value_is_compared_with_all_that_it_says(field: str, value: str, text: str, verdict: Verdict) -> None:
    assert compare_whole(field, value, text) is verdict
    assert is_supported(field, value, text) is (verdict is Verdict.AGREES)


@given(st.sampled_from(Field.values), st.text("一九五年月日民国1959.春石桥、 ", max_size=12), st.text(max_size=20))
def test_no_text_breaks_the_comparison(field: str, value: str, text: str) -> None:
    assert compare_whole(field, value, text) in Verdict
