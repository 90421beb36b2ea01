"""The page on which a prompt is tried: who may, what it shows with and without scripts, and that bad input is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Annotation, Image, Prompt, PromptVersion, Run
from catalog.vocabulary import Access
from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.catalog.people import administrator, browser, cataloguer, stranger
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptFactory,
    PromptVersionFactory,
    UserFactory,
)
from tests.inference.scripted import ScriptedModel

pytestmark = pytest.mark.django_db

ANSWER = "/admin/catalog/prompt/trial/answer/"


@pytest.fixture(autouse=True)
def service() -> Iterator[Service]:
    """A scripted model in this process's place: it echoes the question."""
    scripted = Service(Engine(lambda: ScriptedModel(), queue_limit=3), model_name="scripted")
    before = use_service(scripted)
    scripted.start()
    scripted.wait_ready(30)
    yield scripted
    use_service(before)
    scripted.stop(30)


@pytest.fixture
def image() -> Image:
    image: Image = ImageFileFactory().image
    return image


@pytest.fixture
def prompt() -> Prompt:
    """A prompt with two wordings."""
    prompt: Prompt = PromptFactory()
    PromptVersionFactory(prompt=prompt, number=1, text="旧的问法")
    PromptVersionFactory(prompt=prompt, number=2, text="新的问法")
    return prompt


def page_of(prompt: Prompt) -> str:
    return reverse("admin:catalog_prompt_trial", args=[prompt.pk])


def form(prompt: Prompt, *images: Image, **changes: Any) -> dict[str, Any]:
    """Return a filled-in form with both versions."""
    new, old = prompt.versions.order_by("-number")
    return {
        "images": [image.pk for image in images],
        "left-version": new.pk,
        "right-version": old.pk,
        "left-text": "",
        "right-text": "",
        **changes,
    }


class TestAccess:
    def test_members_try_prompts_and_nobody_else(self, image: Image, prompt: Prompt) -> None:
        version = prompt.current
        assert version is not None
        data = {"image": image.pk, "version": version.pk, "text": ""}
        people = [None, UserFactory(), stranger(), cataloguer(image.collection), administrator()]

        pages = [browser(person).get(page_of(prompt)).status_code for person in people]
        cells = [browser(person).post(ANSWER, data).status_code for person in people]

        assert pages == [302, 302, 403, 200, 200]
        assert cells == [302, 302, 403, 200, 200]

    @pytest.mark.parametrize("access", [Access.INTERNAL, Access.RESTRICTED])
    def test_images_that_the_user_may_not_see_are_not_shown_to_the_model(
        self, prompt: Prompt, service: Service, access: str
    ) -> None:
        mine = CollectionFactory()
        other = ImageFileFactory(
            image=ImageFactory(collection=mine if access == Access.RESTRICTED else CollectionFactory(), access=access)
        ).image
        client = browser(cataloguer(mine))

        whole = client.post(page_of(prompt), form(prompt, other))
        cell = client.post(ANSWER, {"image": other.pk, "version": prompt.versions.first().pk})  # type: ignore[union-attr]

        assert (whole.status_code, cell.status_code) == (400, 400)
        assert "请重新勾选" in whole.content.decode()
        assert service.figures().prompt_tokens == 0


def test_without_scripts_the_page_comes_back_with_all_answers(image: Image, prompt: Prompt) -> None:
    second = ImageFileFactory(image=ImageFactory(collection=image.collection)).image

    response = browser(cataloguer(image.collection)).post(page_of(prompt), form(prompt, image, second))

    words = response.content.decode()
    assert response.status_code == 200
    assert (words.count("<dd>新的问法</dd>"), words.count("<dd>旧的问法</dd>")) == (2, 2)
    assert words.count("输入 7 词元，输出 4 词元") == 4
    assert f'value="{image.pk}" checked' in words
    assert not Run.objects.exists()
    assert not Annotation.objects.exists()


def test_one_answer_is_fetched_by_itself(image: Image, prompt: Prompt) -> None:
    version = prompt.current
    assert version is not None

    response = browser(cataloguer(image.collection)).post(
        ANSWER, {"image": image.pk, "version": version.pk, "text": "改过的问法"}
    )

    words = response.content.decode()
    assert "<dd>改过的问法</dd>" in words
    assert "AI 生成" in words
    assert "<html" not in words
    assert PromptVersion.objects.filter(text="改过的问法").count() == 0


def test_the_right_side_may_be_left_empty(image: Image, prompt: Prompt) -> None:
    data = form(prompt, image, **{"right-version": ""})

    words = browser(cataloguer(image.collection)).post(page_of(prompt), data).content.decode()

    assert words.count('class="trial-answer"') == 1 + 1  # the other one is the template for scripts


def test_what_the_model_writes_is_no_markup(image: Image, prompt: Prompt) -> None:
    version = prompt.current
    assert version is not None
    data = {"image": image.pk, "version": version.pk, "text": "<script>alert(1)</script>"}

    assert b"<script>" not in browser(cataloguer(image.collection)).post(ANSWER, data).content


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"images": []}, "请先勾选图像"),
        ({"images": ["x"]}, "请重新勾选"),
        ({"images": ["9" * 40]}, "请重新勾选"),
        ({"left-version": ""}, "errorlist"),
        ({"left-version": "9" * 40}, "errorlist"),
        ({"left-version": "x"}, "errorlist"),
        ({"left-text": "长" * 9000}, "errorlist"),
        ({"left-text": "\x00"}, "errorlist"),
    ],
)
def test_bad_input_is_told_and_nothing_is_asked(
    image: Image, prompt: Prompt, service: Service, changes: dict[str, Any], told: str
) -> None:
    response = browser(cataloguer(image.collection)).post(page_of(prompt), form(prompt, image) | changes)

    assert response.status_code == 400
    assert told in response.content.decode()
    assert service.figures().prompt_tokens == 0


def test_seven_images_are_too_many(prompt: Prompt) -> None:
    collection = CollectionFactory()
    images = [ImageFactory(collection=collection) for _ in range(7)]

    response = browser(cataloguer(collection)).post(page_of(prompt), form(prompt, *images))

    assert (response.status_code, "一次最多试 6 幅" in response.content.decode()) == (400, True)


@pytest.mark.parametrize("data", [{}, {"image": "x", "version": "y"}, {"image": "9" * 40}, {"text": "\x00"}])
def test_a_cell_that_makes_no_sense_is_refused_in_words(image: Image, data: dict[str, str]) -> None:
    response = browser(cataloguer(image.collection)).post(ANSWER, data)

    assert (response.status_code, "请刷新页面" in response.content.decode()) == (400, True)


def test_a_model_that_is_not_there_is_told_in_the_cell(image: Image, prompt: Prompt, service: Service) -> None:
    service.stop(30)
    version = prompt.current
    assert version is not None

    response = browser(cataloguer(image.collection)).post(ANSWER, {"image": image.pk, "version": version.pk})

    assert response.status_code == 200
    assert 'class="trial-error" role="alert"' in response.content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [("collection=nothing", 404), ("before=x", 200), ("before=" + "9" * 60, 200), ("before=²", 200), ("before=0", 200)],
)
def test_strange_addresses_are_no_accident(image: Image, prompt: Prompt, query: str, status: int) -> None:
    client = browser(cataloguer(image.collection))

    assert client.get(f"{page_of(prompt)}?{query}").status_code == status


def test_older_images_are_on_the_next_page(prompt: Prompt) -> None:
    collection = CollectionFactory()
    images = [ImageFactory(collection=collection, identifier=f"N-{number:02d}") for number in range(26)]
    client = browser(cataloguer(collection))

    first = client.get(page_of(prompt)).content.decode()
    second = client.get(page_of(prompt), {"before": images[2].pk}).content.decode()

    assert ("N-25" in first, "N-01" in first, f"before={images[2].pk}" in first) == (True, False, True)
    assert ("N-25" in second, "N-01" in second) == (False, True)


def test_the_page_costs_the_same_with_one_image_as_with_ten(prompt: Prompt) -> None:
    collection = CollectionFactory()
    client = browser(cataloguer(collection))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(prompt))
        return len(queries)

    ImageFileFactory(image=ImageFactory(collection=collection))
    one = cost()
    for _ in range(9):
        ImageFileFactory(image=ImageFactory(collection=collection))

    assert cost() == one


def test_the_prompts_page_and_list_lead_to_it(image: Image, prompt: Prompt) -> None:
    client = browser(cataloguer(image.collection))

    for address in ("/admin/catalog/prompt/", f"/admin/catalog/prompt/{prompt.pk}/change/"):
        assert page_of(prompt) in client.get(address).content.decode()


def test_a_prompt_that_is_not_there_is_not_found(image: Image) -> None:
    assert browser(cataloguer(image.collection)).get("/admin/catalog/prompt/999999/trial/").status_code == 404
