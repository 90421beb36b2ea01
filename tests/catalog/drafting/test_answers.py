"""ParsedAnswer answers: every output form, as models really write it."""

import pytest

from catalog.drafting.answers import counted_length, parse_answer
from catalog.exceptions import AnswerRefused, Unparseable


def test_a_sentence_becomes_the_description() -> None:
    reading = parse_answer("sentence", " 石桥上有三个人。\n")

    assert reading.values == {"description": "石桥上有三个人。"}
    assert reading.flags == {}


def test_a_sentence_of_twenty_characters_is_not_over_long_for_its_full_stop() -> None:
    text = "一" * 20 + "。"

    assert counted_length(text) == 20
    assert parse_answer("sentence", text).flags == {}


def test_an_over_long_sentence_is_kept_whole_and_marked() -> None:
    reading = parse_answer("sentence", "长" * 21)

    assert reading.values == {"description": "长" * 21}
    assert reading.flags == {"description": "overlong"}


SIX = '{"事由": "合影", "时间": "1959年", "地点": "待考", "人物": "三人", "背景": "石桥", "摄影者": "待考"}'
SIX_VALUES = {
    "event": "合影",
    "date": "1959年",
    "place": "待考",
    "people": "三人",
    "background": "石桥",
    "photographer": "待考",
}


@pytest.mark.parametrize("text", [SIX, f"```json\n{SIX}\n```", f"好的,如下:\n{SIX}\n以上。", f"{{不是}} {SIX}"])
def test_six_elements_are_found_wherever_the_json_stands(text: str) -> None:
    assert parse_answer("six_elements", text).values == SIX_VALUES


def test_an_element_that_is_left_out_or_empty_is_to_be_found_out() -> None:
    values = parse_answer("six_elements", '{"事由": "合影", "时间": "", "地点": null, "多余": "x"}').values

    assert values == {**dict.fromkeys(SIX_VALUES, "待考"), "event": "合影"}


def test_a_list_or_a_number_in_an_element_becomes_text() -> None:
    values = parse_answer("six_elements", '{"人物": ["张三", "李四"], "时间": 1959, "地点": {"a": 1}}').values

    assert (values["people"], values["date"], values["place"]) == ("张三、李四", "1959", "待考")


@pytest.mark.parametrize(
    "text", ["", "石桥上有三个人", '{"事由": "合影", "时间"', '{"event": "x"}', "[1, 2]", "{" * 5000]
)
def test_what_is_no_json_of_six_elements_is_refused(text: str) -> None:
    with pytest.raises(Unparseable):
        parse_answer("six_elements", text)


@pytest.mark.parametrize("text", ["石桥、行人、石桥", "石桥,行人\uff0c石桥", "关键词:石桥\uff1b行人。", "石桥\n行人\n"])
def test_keywords_are_separated_cleaned_and_kept_once(text: str) -> None:
    assert parse_answer("keywords", text).values == {"keywords": "石桥、行人"}


@pytest.mark.parametrize("form", ["sentence", "keywords", "transcription"])
@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_answer_is_refused(form: str, text: str) -> None:
    with pytest.raises(Unparseable):
        parse_answer(form, text)


@pytest.mark.parametrize("text", ["无文字", "无文字。", " “无文字” "])
def test_no_text_in_the_picture_is_proposed_to_be_deliberately_empty(text: str) -> None:
    assert parse_answer("transcription", text).values == {"transcription": ""}


def test_a_transcription_keeps_its_lines() -> None:
    assert parse_answer("transcription", "热烈庆祝\n一九五九年").values == {"transcription": "热烈庆祝\n一九五九年"}


def test_a_title_loses_its_label_quotes_and_full_stop() -> None:
    for text in ["题名：石桥前合影。", "“石桥前合影”", " 石桥前\n合影 "]:
        assert parse_answer("title", text).values["title"].replace(" ", "") == "石桥前合影"


def test_free_words_keep_their_paragraphs() -> None:
    assert parse_answer("free", "第一段。\n\n第二段。").values == {"description": "第一段。\n\n第二段。"}


def test_what_is_said_about_a_drawing_becomes_a_numbered_remark() -> None:
    reading = parse_answer("feedback", '{"优点": ["线型清楚"], "问题": ["左视图缺中心线", "未注尺寸"], "改正建议": []}')

    assert reading.values == {"notes": "优点：\n1. 线型清楚\n问题：\n1. 左视图缺中心线\n2. 未注尺寸"}


@pytest.mark.parametrize("text", ["画得不错", '{"优点": [], "问题": [""], "改正建议": null}', "[]"])
def test_a_remark_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Unparseable):
        parse_answer("feedback", text)


@pytest.mark.parametrize(
    "text",
    [
        '{"事由": "合影", "时间": "1959年", "依据": {"事由": "画面", "时间": "题字", "地点": "不知道", "人物": 3}}',
        '{"事由": {"内容": "合影", "依据": "画面"}, "时间": {"内容": "1959年", "依据": "题字"}}',
    ],
)
def test_the_evidence_is_read_wherever_the_answer_names_it(text: str) -> None:
    reading = parse_answer("six_elements", text)

    assert (reading.values["event"], reading.values["date"]) == ("合影", "1959年")
    assert reading.evidence == {"event": "picture", "date": "inscription"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("sentence", "演示模型只认识示例老照片。"),
        ("free", "抱歉，这张图片太模糊，我无法看清内容。请上传更清晰的图片。"),
        ("title", "题名：《无法识别》"),
        ("keywords", "关键词：无法识别、看不清"),
        ("transcription", "字迹模糊，无法辨认。"),
        ("six_elements", "I'm sorry, but I can't identify people in images."),
        ("six_elements", '{"事由": "看不清", "人物": {"内容": "无法辨认", "依据": "画面"}, "时间": "待考"}'),
        ("feedback", '{"优点": [], "问题": ["看不清图片"], "改正建议": "无法评价"}'),
    ],
)
def test_a_refusal_is_an_answer_without_a_value(form: str, text: str) -> None:
    with pytest.raises(AnswerRefused):
        parse_answer(form, text)


@pytest.mark.parametrize(
    ("form", "text", "field"),
    [
        ("sentence", "看不清面容的人群", "description"),
        ("title", "看不见的战线", "title"),
        ("free", "抱歉，我无法识别人物身份，但可以看到三人站在石桥前。", "description"),
        ("transcription", "对不起，此处不能停车", "transcription"),
        ("feedback", '{"问题": ["右下角的线条看不清"]}', "notes"),
    ],
)
def test_a_description_with_words_of_refusal_is_kept(form: str, text: str, field: str) -> None:
    assert list(parse_answer(form, text).values) == [field]


def test_a_refused_element_is_to_be_found_out_and_the_others_stand() -> None:
    values = parse_answer("six_elements", '{"事由": "合影", "人物": "无法识别人物身份", "地点": "看不清"}').values

    assert values == {**dict.fromkeys(SIX_VALUES, "待考"), "event": "合影"}


def test_elements_that_are_all_to_be_found_out_are_no_refusal() -> None:
    assert set(parse_answer("six_elements", '{"事由": "待考", "人物": ""}').values.values()) == {"待考"}


def test_a_refused_keyword_is_left_out_and_the_others_stand() -> None:
    assert parse_answer("keywords", "石桥、无法识别、行人").values == {"keywords": "石桥、行人"}
