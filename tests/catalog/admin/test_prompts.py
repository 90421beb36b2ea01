"""Prompts in the admin: a new wording begins with the current one, and an old one is never changed."""

import pytest

from catalog.models import Prompt, PromptVersion
from tests.catalog.people import administrator, browser, cataloguer
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/catalog/promptversion/add/"


@pytest.fixture
def prompt() -> Prompt:
    return Prompt.objects.get(slug="six-elements")


def test_a_new_wording_begins_with_the_current_one(prompt: Prompt) -> None:
    current = prompt.current
    assert current is not None

    form = browser(administrator()).get(ADD, {"prompt": prompt.pk}).context["adminform"].form

    assert form.initial["text"] == current.text
    assert (form.initial["form"], form.initial["with_facts"], form.initial["schema"]) == (
        "six_elements",
        True,
        current.schema,
    )


@pytest.mark.parametrize("key", ["", "x", "999999", "9" * 40, "²"])
def test_a_prompt_that_is_not_there_is_begun_with_nothing(key: str) -> None:
    assert browser(administrator()).get(ADD, {"prompt": key}).status_code == 200


def test_what_was_begun_so_is_saved_as_the_next_version(prompt: Prompt) -> None:
    data = {"prompt": prompt.pk, "text": "新的问法", "form": "six_elements", "schema": "null", "max_new_tokens": 300}

    response = browser(administrator()).post(ADD, data)

    assert response.status_code == 302
    version = prompt.current
    assert version is not None
    assert (version.number, version.text, version.with_facts, version.max_new_tokens) == (3, "新的问法", False, 300)
    assert PromptVersion.objects.get(prompt=prompt, number=2).text != "新的问法"


def test_members_read_prompts_and_administrators_add_wordings(prompt: Prompt) -> None:
    member = browser(cataloguer(CollectionFactory()))
    page = f"/admin/catalog/prompt/{prompt.pk}/change/"

    assert "增加新版本" not in member.get(page).content.decode()
    assert member.get(ADD).status_code == 403
    assert f"{ADD}?prompt={prompt.pk}" in browser(administrator()).get(page).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("schema", "[]", "JSON 对象"),
        ("schema", '"x"', "JSON 对象"),
        ("schema", "{}", "JSON 对象"),
        ("schema", '{"type": "object", "properties": {"标题": {"type": "string"}}}', "没有键“标题”"),
        ("schema", '{"type": "object", "properties": {"事由": {"type": "objec"}}}', "无法遵守"),
        ("schema", '{"type": "object", "properties": {"事由": {"$ref": "#/$defs/a"}}}', "无法遵守"),
        ("max_new_tokens", "0", "1 到 8192"),
        ("max_new_tokens", "999999999", "1 到 8192"),
    ],
)
def test_a_wording_that_could_never_work_is_refused_beside_its_field(
    prompt: Prompt, field: str, value: str, told: str
) -> None:
    data = {"prompt": prompt.pk, "text": "新的问法", "form": "six_elements", "schema": "null", "max_new_tokens": 300}

    response = browser(administrator()).post(ADD, data | {field: value})

    assert response.status_code == 200
    (error,) = response.context["adminform"].form.errors[field]
    assert told in error
    assert prompt.versions.count() == 2
