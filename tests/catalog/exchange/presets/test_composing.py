"""文字说明 composed by a template: what it writes, what it leaves out, and which templates are refused."""

import pytest

from catalog.exceptions import PresetRefused
from catalog.exchange.presets.composing import DEFAULT, read_template


def composed(template: str, **values: str) -> str:
    return read_template(template).compose(lambda field: values.get(field, ""))


def test_the_usual_template_writes_what_is_there_as_one_sentence() -> None:
    values = {
        "date": "1959年5月",
        "place": "云溪镇石桥",
        "people": "张三、李四。",
        "event": "石桥通车",
        "background": "解放后建成。",
    }
    assert composed(DEFAULT, **values) == "1959年5月，云溪镇石桥，张三、李四，石桥通车。背景：解放后建成。"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"event": "石桥通车"}, "石桥通车。"),
        ({"date": "1959年"}, "1959年。"),
        ({"background": "解放后建成"}, "背景：解放后建成。"),
        ({"event": "通车\n典礼", "place": "待考"}, "通车 典礼。"),
        ({"place": "待考"}, ""),
    ],
)
def test_what_is_missing_leaves_no_punctuation_behind(values: dict[str, str], text: str) -> None:
    assert composed(DEFAULT, **values) == text


def test_names_outside_square_brackets_are_written_whatever_is_there() -> None:
    assert composed("事由：{事由}[；地点：{地点}]", event="通车") == "事由：通车。"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("通车典礼", "没有著录项"),
        ("{天气}", "{天气} 不是著录项"),
        ("[{事由}", "方括号要成对"),
        ("[[{事由}]]", "方括号要成对"),
        ("{事由", "花括号要成对"),
        ("{事由}{地点", "花括号要成对"),
        ("{事由}" * 200, "最多 500 个字"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused_with_what_to_do(template: str, said: str) -> None:
    with pytest.raises(PresetRefused, match=said.replace("{", r"\{")):
        read_template(template)
