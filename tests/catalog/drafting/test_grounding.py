"""What a value rests on is decided from the answer's own word, and checked against what is known."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.drafting.answers import ParsedAnswer, parse_answer
from catalog.drafting.facts import Fact, Facts
from catalog.drafting.grounding import with_evidence
from catalog.exceptions import Unparseable
from catalog.vocabulary import Evidence, Flag, OutputForm

KNOWN = Facts(
    record=(Fact("时间", "1959年10月", "date"), Fact("资料说明", "历任校长：王大明、李文。摄于石桥镇。")),
    writing=(Fact("背面文字", "張三 攝於一九六〇年", "transcription"),),
)


def judged(field: str, value: str, claim: Evidence | None = None, facts: Facts = KNOWN) -> tuple[str, str]:
    """Return the evidence and the flag of one value."""
    claims = {} if claim is None else {field: claim}
    parsed = with_evidence(ParsedAnswer({field: value}, evidence=claims), facts)
    return parsed.evidence[field], parsed.flags.get(field, Flag.NONE)


@pytest.mark.parametrize("claim", [None, *Evidence])
@pytest.mark.parametrize("value", ["待考", "", "不详"])
def test_what_is_not_known_rests_on_nothing(value: str, claim: Evidence | None) -> None:
    assert judged("place", value, claim) == ("", "")


@pytest.mark.parametrize("claim", [None, *Evidence])
def test_a_name_that_stands_nowhere_is_doubtful_whatever_the_answer_says(claim: Evidence | None) -> None:
    evidence, flag = judged("people", "赵四", claim)

    assert flag == "doubtful"
    assert evidence == ("inscription" if claim is Evidence.INSCRIPTION else "inference")


def test_one_invented_name_among_known_ones_is_enough() -> None:
    assert judged("people", "王大明、赵四")[1] == "doubtful"


def test_a_name_written_in_traditional_characters_is_the_same_name() -> None:
    assert judged("people", "张三") == ("inscription", "")


def test_a_name_on_record_is_no_invention() -> None:
    assert judged("people", "王大明、李文", Evidence.PICTURE) == ("record", "")


def test_a_name_in_a_sentence_is_looked_for_as_well() -> None:
    assert judged("description", "赵四同志在石桥前")[1] == "doubtful"
    assert judged("description", "王大明校长在石桥前") == ("picture", "")


def test_people_without_names_are_seen_in_the_picture() -> None:
    assert judged("people", "三人，姓名待考") == ("picture", "")
    assert judged("people", "无人") == ("picture", "")


def test_what_is_said_to_be_on_record_must_stand_there() -> None:
    assert judged("date", "1959年", Evidence.RECORD) == ("record", "")
    assert judged("place", "杭州", Evidence.RECORD) == ("inference", "doubtful")


def test_what_is_said_to_be_written_must_have_been_read() -> None:
    assert judged("date", "1960年", Evidence.INSCRIPTION) == ("inscription", "")
    assert judged("place", "杭州", Evidence.INSCRIPTION) == ("inscription", "doubtful")


def test_where_nothing_was_read_yet_the_answer_is_believed() -> None:
    assert judged("place", "杭州", Evidence.INSCRIPTION, Facts()) == ("inscription", "")


def test_a_short_value_that_stands_in_a_text_rests_on_that_text() -> None:
    assert judged("date", "1960年", Evidence.PICTURE) == ("inscription", "")
    assert judged("place", "石桥镇", Evidence.INFERENCE) == ("record", "")


def test_another_year_than_the_one_written_there_is_doubtful() -> None:
    assert judged("date", "1972年", Evidence.PICTURE) == ("picture", "doubtful")
    assert judged("description", "1972年，三人在石桥前")[1] == "doubtful"


def test_an_inference_stays_one() -> None:
    assert judged("event", "庆祝丰收", Evidence.INFERENCE) == ("inference", "")


def test_without_a_word_about_evidence_a_value_is_seen_in_the_picture() -> None:
    assert judged("background", "石桥") == ("picture", "")


def test_a_transcription_is_an_inscription_and_a_remark_is_about_the_picture() -> None:
    assert judged("transcription", "热烈庆祝") == ("inscription", "")
    assert judged("notes", "问题：\n1. 左视图缺中心线") == ("picture", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "毛泽东与周恩来在天安门合影"),
        ("description", "邓小平视察工厂"),
        ("title", "王进喜在大庆油田"),
        ("event", "王进喜跳入泥浆池"),
        ("background", "张建国院士的实验室"),
        ("keywords", "石桥、王进喜"),
        ("notes", "问题：\n1. 张建国院士题字写错"),
    ],
)
def test_an_invented_name_is_doubtful_in_whatever_field_it_stands(field: str, value: str) -> None:
    assert judged(field, value) == ("inference", "doubtful")


def test_an_event_of_a_year_on_record_is_not_on_record_itself() -> None:
    claim = "1959年苏联专家来厂指导炼钢"
    told = Facts(record=(*KNOWN.record, Fact("事由", "苏联专家来厂指导炼钢", "event")))

    assert judged("event", claim, Evidence.RECORD) == ("inference", "doubtful")
    assert judged("event", claim, Evidence.RECORD, told) == ("record", "")


def test_an_event_of_a_year_written_there_must_be_written_there_itself() -> None:
    assert judged("event", "1960年国庆游行", Evidence.INSCRIPTION) == ("inscription", "doubtful")
    assert judged("event", "1960年张三摄", Evidence.INSCRIPTION) == ("inscription", "")


def test_a_name_is_known_by_the_words_around_it() -> None:
    facts = Facts(record=(Fact("馆藏", "王进喜工作照"), Fact("资料说明", "李明德捐赠")))

    assert judged("description", "王进喜在钻井平台", facts=facts)[1] == ""
    assert judged("people", "李明", facts=facts)[1] == "doubtful"


@pytest.mark.parametrize(
    ("value", "record", "flag"),
    [
        ("张教授在讲台上", "共3张照片", "doubtful"),
        ("张教授在讲台上", "张校长题字", "doubtful"),
        ("张教授在讲台上", "张教授授课", ""),
        ("张教授在讲台上", "張大明教授授课", ""),
    ],
)
def test_a_surname_counts_together_with_its_form_of_address(value: str, record: str, flag: str) -> None:
    assert judged("description", value, facts=Facts(record=(Fact("资料说明", record),)))[1] == flag


def test_the_number_of_a_sheet_is_no_evidence_of_a_year() -> None:
    facts = Facts(record=(Fact("张号", "1959", is_number=True), Fact("照片号", "J12-1962-003", is_number=True)))

    assert judged("date", "1959年", Evidence.RECORD, facts) == ("inference", "doubtful")
    assert judged("date", "1962年", Evidence.PICTURE, facts) == ("picture", "")


def test_a_long_sentence_with_an_invented_name_is_marked_as_both_and_values_stay_as_they_are() -> None:
    parsed = ParsedAnswer({"description": "赵四同志" * 9}, {"description": Flag.OVERLONG})

    checked = with_evidence(parsed, KNOWN)

    assert (checked.values, checked.flags) == (parsed.values, {"description": Flag.OVERLONG_DOUBTFUL})


@given(
    form=st.sampled_from(OutputForm.values),
    text=st.text(max_size=120)
    | st.recursive(
        st.text(max_size=8) | st.none() | st.booleans() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["人物", "依据", "内容", "问题", "优点", "时间"]), inner, max_size=4)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value, ensure_ascii=False)),
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_model_writes_is_read_with_evidence_or_refused(form: str, text: str) -> None:
    try:
        parsed = with_evidence(parse_answer(form, text), KNOWN)
    except Unparseable:
        return
    assert set(parsed.values) == set(parsed.evidence) == {field.value for field in OutputForm(form).fields}
    assert all(kind in Evidence for kind in parsed.evidence.values())
