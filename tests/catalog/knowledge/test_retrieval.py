"""What a knowledge base has to say: entries and accepted records, as far as the one who asks may see them."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from catalog.knowledge.retrieval import MOST_CHARACTERS, MOST_PASSAGES, retrieve
from catalog.models import Collection, KnowledgeBase
from inference.providers import Passage
from tests.catalog.people import cataloguer, reviewer
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    KnowledgeBaseFactory,
    KnowledgeEntryFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def ask(
    base: KnowledgeBase, question: str = "石桥", *, user: Any = None, images: Sequence[int] = (), before: str = ""
) -> list[Passage]:
    context = [before] if before else []
    return retrieve(base, question=question, context=context, image_ids=images, user=user or AnonymousUser())


def titles(passages: list[Passage]) -> list[str]:
    return [passage.title for passage in passages]


@pytest.fixture
def collection() -> Collection:
    collection: Collection = CollectionFactory(is_public=True)
    return collection


@pytest.fixture
def base(collection: Collection) -> KnowledgeBase:
    base: KnowledgeBase = KnowledgeBaseFactory(collection=collection)
    return base


def test_a_transcription_answers_over_the_ends_of_its_lines(base: KnowledgeBase, collection: Collection) -> None:
    image = ImageFactory(collection=collection, identifier="P-1")
    described(image, transcription="甲" * MOST_CHARACTERS + "重修岳\n阳楼" + "乙" * MOST_CHARACTERS)

    [passage] = ask(base, "岳阳")

    assert "岳 阳楼" in passage.text


def test_entries_and_records_are_ranked_together(base: KnowledgeBase, collection: Collection) -> None:
    KnowledgeEntryFactory(base=base, title="老街", text="老街长三里。")
    KnowledgeEntryFactory(base=base, title="桥志", text="东门石桥建于1912年，石匠张三所造。")
    image = described(ImageFactory(collection=collection, identifier="P-1"), title="石桥", place="东门")

    found = ask(base, "东门石桥建于哪年")

    assert titles(found) == ["桥志", "P-1 石桥"]
    assert found[0] == Passage("桥志", "东门石桥建于1912年，石匠张三所造。")
    assert found[1] == Passage("P-1 石桥", "题名：石桥；地点：东门", f"/images/{image.pk}/")


def test_of_records_only_those_count_that_the_one_who_asks_may_see(base: KnowledgeBase, collection: Collection) -> None:
    for access in ("opened", "internal", "restricted"):
        described(ImageFactory(collection=collection, identifier=access, **{access: True}), title="石桥")
    described(ImageFactory(public=True, identifier="elsewhere"), title="石桥")

    def seen(user: Any) -> set[str]:
        return {title.split()[0] for title in titles(ask(base, user=user))}

    assert seen(None) == {"opened"}
    assert seen(cataloguer(CollectionFactory())) == {"opened"}
    assert seen(cataloguer(collection)) == {"opened", "internal"}
    assert seen(reviewer(collection)) == {"opened", "internal", "restricted"}


def test_what_nobody_accepted_is_not_known(base: KnowledgeBase, collection: Collection) -> None:
    drafted(ImageFactory(collection=collection), description="石桥")

    assert ask(base, user=reviewer(collection)) == []


def test_a_base_without_collection_has_its_entries_only() -> None:
    base = KnowledgeBaseFactory()
    KnowledgeEntryFactory(base=base, title="桥志")
    KnowledgeEntryFactory(title="别的库")
    described(ImageFactory(public=True), title="石桥")

    assert titles(ask(base)) == ["桥志"]


def test_the_records_of_the_pictures_shown_come_first_in_their_order(
    base: KnowledgeBase, collection: Collection
) -> None:
    KnowledgeEntryFactory(base=base, title="桥志", text="石桥石桥石桥。")
    first, second = (
        described(ImageFactory(collection=collection, identifier=name), title="合影") for name in ("P-1", "P-2")
    )
    blank = ImageFactory(collection=collection)
    hidden = described(ImageFactory(collection=collection, internal=True), title="合影")
    elsewhere = described(title="石桥")

    found = ask(base, images=[second.pk, elsewhere.pk, hidden.pk, blank.pk, first.pk, second.pk])

    assert titles(found) == ["P-2 合影", "P-1 合影", "桥志"]


def test_what_a_picture_shows_helps_where_the_question_says_nothing(
    base: KnowledgeBase, collection: Collection
) -> None:
    image = described(ImageFactory(collection=collection), title="东门石桥")
    KnowledgeEntryFactory(base=base, title="桥志", text="东门石桥建于1912年。")

    assert "桥志" in titles(ask(base, "这是什么？", images=[image.pk]))


def test_what_was_asked_before_helps_where_the_question_says_nothing(base: KnowledgeBase) -> None:
    KnowledgeEntryFactory(base=base, title="桥志", text="东门石桥建于1912年。")

    assert titles(ask(base, "还有呢？", before="东门石桥")) == ["桥志"]


def test_an_entry_says_where_it_is_from() -> None:
    base = KnowledgeBaseFactory()
    KnowledgeEntryFactory(base=base, text="石桥。", source="《县志》")
    KnowledgeEntryFactory(base=base, text="石桥。", source="https://example.org/a")
    KnowledgeEntryFactory(base=base, text="石桥。", source="javascript:alert(1)")

    assert {(passage.text, passage.url) for passage in ask(base)} == {
        ("石桥。（出处：《县志》）", ""),
        ("石桥。", "https://example.org/a"),
        ("石桥。（出处：javascript:alert(1)）", ""),
    }


def test_however_much_is_known_little_is_said() -> None:
    base = KnowledgeBaseFactory()
    KnowledgeEntryFactory.create_batch(9, base=base, text="石桥" * 5000)

    found = ask(base)

    assert len(found) == MOST_PASSAGES
    assert all(len(passage.text) <= MOST_CHARACTERS + 2 for passage in found)


def test_the_model_is_spoken_to_in_chinese_whoever_asks(base: KnowledgeBase, collection: Collection) -> None:
    described(ImageFactory(collection=collection), title="石桥")
    with translation.override("en"):
        [passage] = ask(base)

    assert passage.text == "题名：石桥"


def test_how_many_queries_it_takes_does_not_depend_on_how_much_there_is(
    base: KnowledgeBase, collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = cataloguer(collection)
    image = described(ImageFactory(collection=collection), title="石桥")
    KnowledgeEntryFactory(base=base, text="石桥。")
    described(ImageFactory(collection=collection), title="石桥")
    # Pictures shown, entries and records read, the best of either fetched.
    with django_assert_max_num_queries(5):
        ask(base, images=[image.pk], user=user)
    KnowledgeEntryFactory.create_batch(20, base=base, text="石桥。")
    for _ in range(5):
        described(ImageFactory(collection=collection), title="石桥")

    with django_assert_max_num_queries(5):
        assert len(ask(base, images=[image.pk], user=user)) == MOST_PASSAGES


def test_what_is_left_open_in_a_record_is_no_knowledge(base: KnowledgeBase, collection: Collection) -> None:
    described(ImageFactory(collection=collection), title="石桥", people="待考", place="东门")

    [passage] = ask(base)

    assert passage.text == "题名：石桥；地点：东门"
