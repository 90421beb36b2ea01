"""Prompts: a version is added, never changed, and what could never work is refused."""

import pytest
from django.core.exceptions import ValidationError

from catalog.drafting.prompts import add_prompt_version
from catalog.models import Prompt
from tests.factories import CollectionFactory, PromptVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_prompt_grows_by_versions_and_the_old_wording_stays() -> None:
    version = PromptVersionFactory(text="旧问题")

    newer = add_prompt_version(prompt=version.prompt, text="新问题", form="sentence", user=UserFactory())

    assert newer.number == 2
    assert Prompt.objects.get(pk=version.prompt_id).current == newer
    version.refresh_from_db()
    assert version.text == "旧问题"


def test_the_first_version_of_a_prompt_is_number_one() -> None:
    prompt = Prompt.objects.create(slug="new", name="新")

    assert add_prompt_version(prompt=prompt, text="问题", form="keywords").number == 1
    assert CollectionFactory(prompt=prompt).prompt.current.form == "keywords"


@pytest.mark.parametrize(
    ("form", "schema", "told"),
    [
        ("six_elements", [], "JSON 对象"),
        ("six_elements", "x", "JSON 对象"),
        ("six_elements", True, "JSON 对象"),
        ("six_elements", {"type": "array"}, "JSON 对象"),
        ("six_elements", {"type": "object", "properties": {}}, "JSON 对象"),
        ("six_elements", {"type": "object", "properties": {"标题": {"type": "string"}}}, "没有键“标题”"),
        ("feedback", {"type": "object", "properties": {"事由": {"type": "string"}}}, "没有键“事由”"),
        ("six_elements", {"type": "object", "properties": {"事由": {"type": "objec"}}}, "无法遵守"),
        ("six_elements", {"type": "object", "properties": {"事由": {"$ref": "#/$defs/a"}}}, "无法遵守"),
        ("six_elements", {"type": "object", "properties": {"事由": {"multipleOf": 1e9}}}, "无法遵守"),
        ("sentence", {"type": "string"}, "请留空"),
    ],
)
def test_a_schema_that_no_answer_could_follow_or_be_read_by_is_refused(form: str, schema: object, told: str) -> None:
    prompt = Prompt.objects.create(slug="new", name="新")

    with pytest.raises(ValidationError) as refused:
        add_prompt_version(prompt=prompt, text="问题", form=form, schema=schema)

    assert told in refused.value.message_dict["schema"][0]
    assert prompt.current is None


@pytest.mark.parametrize("tokens", [0, -1, 8193, 999_999_999])
def test_answers_have_at_least_one_token_and_not_too_many(tokens: int) -> None:
    with pytest.raises(ValidationError) as refused:
        add_prompt_version(prompt=Prompt(), text="问题", form="keywords", max_new_tokens=tokens)

    assert list(refused.value.message_dict) == ["max_new_tokens"]


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        add_prompt_version(prompt=Prompt(), text="问题", form="poem")

    assert list(refused.value.message_dict) == ["form"]


@pytest.mark.parametrize("slug", ["six-elements", "feedback", "sentence", "transcription"])
def test_what_is_shipped_would_be_taken_again(slug: str) -> None:
    prompt = Prompt.objects.get(slug=slug)
    shipped = prompt.current
    assert shipped is not None

    again = add_prompt_version(
        prompt=prompt, text=shipped.text, form=shipped.form, schema=shipped.schema, max_new_tokens=8192
    )

    assert again.schema == shipped.schema
