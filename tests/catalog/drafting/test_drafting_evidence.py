"""Drafting with what is known: facts go into the question, schemas into the engine, and evidence beside the values."""

import json

import pytest

from catalog.models import Collection, Prompt, Run
from catalog.vocabulary import Flag, OutputForm
from inference.types import Request, TextPart
from tests.catalog.drafts import SIX_ANSWER, draft, drafts_of, first_image
from tests.catalog.fakes import FakeDescriber, answer_of
from tests.factories import PromptVersionFactory, described

pytestmark = pytest.mark.django_db

LONG, LONGER, SHORT = "长" * 25, "更" * 30, "三人在石桥前"


def words_of(request: Request) -> list[str]:
    """Return the words of each turn."""
    return ["".join(part.text for part in message.parts if isinstance(part, TextPart)) for message in request.messages]


def shipped(slug: str) -> "Prompt":
    return Prompt.objects.get(slug=slug)


def test_facts_stand_before_the_question_where_the_version_wants_them(collection: Collection) -> None:
    described(first_image(collection), title="石桥前合影")
    describer = FakeDescriber(default=SIX_ANSWER)

    draft(collection, PromptVersionFactory(six_elements=True, with_facts=True), describer)

    (words,) = words_of(describer.history[0])
    told, _, asked = words.partition("\n\n")
    assert asked == "请按六要素著录。"
    assert "题名：「石桥前合影」" in told
    run = Run.objects.order_by("pk").first()
    assert run is not None
    assert run.parameters["facts"] == told


def test_a_version_without_facts_asks_word_for_word(collection: Collection) -> None:
    described(first_image(collection), title="石桥前合影")
    describer = FakeDescriber()

    draft(collection, PromptVersionFactory(), describer)

    assert {words_of(request)[0] for request in describer.history} == {"请描述这张照片。"}


def test_a_schema_is_given_to_the_engine(collection: Collection) -> None:
    version = shipped("six-elements").current
    assert version is not None
    describer = FakeDescriber(default=SIX_ANSWER)

    draft(collection, version, describer)

    schema = describer.history[0].json_schema
    assert schema is not None
    assert json.loads(schema) == version.schema
    assert (version.number, version.with_facts) == (2, True)


@pytest.mark.parametrize("form", OutputForm.values)
def test_every_form_is_shipped_as_a_prompt(form: str) -> None:
    assert any(prompt.current.form == form for prompt in Prompt.objects.all() if prompt.current)


def test_each_value_is_kept_with_its_evidence_and_an_invented_name_with_a_doubt(collection: Collection) -> None:
    answer = json.loads(SIX_ANSWER) | {"人物": "赵四、王大明"}
    answer["依据"] = {"事由": "画面", "时间": "题字", "地点": "推测", "人物": "题字", "背景": "画面", "摄影者": "推测"}
    describer = FakeDescriber(default=json.dumps(answer, ensure_ascii=False))

    draft(collection, PromptVersionFactory(six_elements=True), describer)

    found = {item.field: (item.evidence, item.flag) for item in first_image(collection).annotations.all()}
    assert found == {
        "event": ("picture", ""),
        "date": ("inscription", ""),
        "place": ("", ""),
        "people": ("inscription", "doubtful"),
        "background": ("picture", ""),
        "photographer": ("", ""),
    }


def test_names_in_the_collections_notes_are_on_record(collection: Collection) -> None:
    collection.notes = "常见人物：王大明、赵四。"
    collection.save()
    answer = json.loads(SIX_ANSWER) | {"人物": "赵四、王大明"}

    draft(collection, PromptVersionFactory(six_elements=True), FakeDescriber(default=json.dumps(answer)))

    people = first_image(collection).annotations.get(field="people")
    assert (people.evidence, people.flag) == ("record", "")


class TestTooLong:
    def test_a_shorter_sentence_is_asked_for_once(self, collection: Collection) -> None:
        describer = FakeDescriber([LONG], default=SHORT)

        draft(collection, PromptVersionFactory(), describer, limit=1)

        image = first_image(collection)
        value = image.annotations.get()
        assert (value.value, value.flag) == (SHORT, "")
        asked = words_of(describer.history[1])
        assert asked[1] == LONG
        assert "25个字" in asked[2]
        assert "20字以内" in asked[2]
        first, second = image.runs.order_by("pk")
        assert (first.raw_text, second.raw_text) == (LONG, SHORT)
        assert value.run == second

    def test_twice_too_long_the_shorter_one_is_kept_whole_and_marked(self, collection: Collection) -> None:
        describer = FakeDescriber([LONG, LONGER])

        draft(collection, PromptVersionFactory(), describer, limit=1)

        value = first_image(collection).annotations.get()
        assert (value.value, value.flag) == (LONG, "overlong")
        assert value.run is not None
        assert value.run.raw_text == LONG
        assert len(describer.history) == 2

    def test_an_unreadable_second_answer_leaves_the_first(self, collection: Collection) -> None:
        describer = FakeDescriber([LONG, ""])

        result = draft(collection, PromptVersionFactory(), describer, limit=1)

        assert (result.done, result.failed) == (1, 0)
        assert drafts_of(first_image(collection)) == {"description": LONG}

    def test_a_first_answer_cut_off_is_not_marked_so_once_the_second_is_whole(self, collection: Collection) -> None:
        describer = FakeDescriber([answer_of(LONG, "length"), SHORT])

        draft(collection, PromptVersionFactory(), describer, limit=1)

        assert first_image(collection).annotations.get().flag == ""

    def test_other_forms_may_be_as_long_as_they_like(self, collection: Collection) -> None:
        describer = FakeDescriber(default=LONG)

        draft(collection, PromptVersionFactory(free=True), describer, limit=1)

        assert len(describer.history) == 1
        assert drafts_of(first_image(collection)) == {"description": LONG}


def test_what_is_said_about_a_drawing_waits_as_a_remark(collection: Collection) -> None:
    answer = '{"优点": [], "问题": ["左视图缺中心线"], "改正建议": ["补画中心线"]}'

    draft(collection, PromptVersionFactory(feedback=True), FakeDescriber(default=answer), limit=1)

    assert drafts_of(first_image(collection)) == {"notes": "问题：\n1. 左视图缺中心线\n改正建议：\n1. 补画中心线"}


def test_an_answer_cut_short_is_marked_beside_the_doubt_about_its_names(collection: Collection) -> None:
    cut = answer_of("赵四同志和李大力同志在石桥前合影", finish_reason="length")

    draft(collection, PromptVersionFactory(form=OutputForm.FREE, prompt__slug="free"), FakeDescriber([cut]))

    image = first_image(collection)
    assert image.annotations.drafts().get().flag == Flag.TRUNCATED_DOUBTFUL
