"""The page 历史 of a record: who may see it, what it says, and how a text is put back."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.models import Annotation, Image
from catalog.review import decisions
from catalog.vocabulary import State
from tests.catalog.people import administrator_only, browser, cataloguer, reviewer, stranger
from tests.factories import AnnotationFactory, ImageFactory, RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    """A title that was drafted and edited, then written anew; a place that was rejected."""
    image = drafted(ImageFactory(), title="石桥一座", place="云溪")
    user = UserFactory(username="wangfang")
    title, place = image.annotations.get(field="title"), image.annotations.get(field="place")
    decisions.edit_and_accept(annotation=title, user=user, value="石桥两座")
    decisions.reject(annotation=place, user=user, reason="地点不对")
    return described(image, title="云溪石桥", user=user)


def page_of(image: Image) -> str:
    return reverse("admin:catalog_image_history", args=[image.pk])


def restore(image: Image) -> str:
    return reverse("admin:catalog_image_restore", args=[image.pk])


def row(image: Image, value: str) -> Annotation:
    return image.annotations.get(value=value)


def test_it_says_who_which_model_when_and_what_was_changed(image: Image) -> None:
    page = browser(cataloguer(image.collection)).get(page_of(image)).content.decode()
    version = row(image, "石桥两座").run.prompt_version  # type: ignore[union-attr]  # drafted
    for words in ("wangfang", "fake", str(version), "退回原因：地点不对", "AI 生成 · 人工审核"):
        assert words in page, words
    assert "<del>一</del><ins>两</ins>" in page


def test_what_it_costs_does_not_grow_with_what_there_is(
    image: Image, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(cataloguer(image.collection))
    client.get(page_of(image))
    for more in (0, 15):
        for _number in range(more):
            AnnotationFactory(image=image, rejected=True, run=RunFactory(image=image))
        # Session, user, roles, the image with its collection, its scans and current texts, its texts; the page's frame.
        with django_assert_max_num_queries(13):
            client.get(page_of(image))


def test_two_texts_are_compared(image: Image) -> None:
    query = {"one": row(image, "石桥两座").pk, "other": row(image, "云溪石桥").pk}
    page = browser(cataloguer(image.collection)).get(page_of(image), query).content.decode()
    assert "的两段内容" in page
    assert "<ins>云溪</ins>石桥<del>两座</del>" in page


@pytest.mark.parametrize("query", [{"one": "1"}, {"one": "x", "other": "\x00"}, {"one": "9" * 40, "other": "1"}])
def test_a_comparison_that_makes_no_sense_is_answered_with_how_to_ask(image: Image, query: dict[str, str]) -> None:
    response = browser(cataloguer(image.collection)).get(page_of(image), query)
    assert response.status_code == 200
    assert "两段不同的内容" in response.content.decode()


def test_a_text_is_put_back(image: Image) -> None:
    sent = {"annotation": row(image, "石桥两座").pk, "seen": row(image, "云溪石桥").pk}
    response = browser(cataloguer(image.collection)).post(restore(image), sent, follow=True)
    assert "已恢复“题名”" in response.content.decode()
    image.refresh_from_db()
    assert image.title == "石桥两座"


def test_where_a_colleague_was_faster_nothing_is_put_back(image: Image) -> None:
    sent = {"annotation": row(image, "石桥两座").pk, "seen": row(image, "云溪石桥").pk}
    described(image, title="廊桥")
    response = browser(cataloguer(image.collection)).post(restore(image), sent, follow=True)
    assert "题名" in " ".join(str(message) for message in response.context["messages"])
    image.refresh_from_db()
    assert image.title == "廊桥"


@pytest.mark.parametrize("sent", [{}, {"annotation": "x"}, {"annotation": "999999"}, {"annotation": "9" * 40}])
def test_what_is_not_there_is_not_put_back(image: Image, sent: dict[str, str]) -> None:
    response = browser(cataloguer(image.collection)).post(restore(image), sent, follow=True)
    assert "没有找到要恢复的内容" in response.content.decode()


def test_a_text_of_another_record_is_not_put_back(image: Image) -> None:
    other = AnnotationFactory(rejected=True)
    browser(cataloguer(image.collection)).post(restore(image), {"annotation": other.pk, "seen": ""})
    other.refresh_from_db()
    assert other.state == State.REJECTED
    assert not image.annotations.filter(value=other.value).exists()


def test_who_sees_and_does_not_decide_is_offered_nothing(image: Image) -> None:
    page = browser(administrator_only()).get(page_of(image)).content.decode()
    assert "石桥两座" in page
    assert "恢复这段内容" not in page


def test_a_restricted_record_has_a_history_for_reviewers_only() -> None:
    image = described(ImageFactory(restricted=True), title="秘密")
    people = [stranger(), cataloguer(image.collection), reviewer(image.collection)]
    assert [browser(person).get(page_of(image)).status_code for person in people] == [403, 404, 200]


def test_a_record_of_which_there_is_nothing_to_say(image: Image) -> None:
    empty = ImageFactory(collection=image.collection)
    assert "还没有著录过" in browser(cataloguer(image.collection)).get(page_of(empty)).content.decode()
