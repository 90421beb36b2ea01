"""Terms are completed from what the catalogue has, and a new spelling of one that is there is pointed out."""

from typing import Any

import pytest

from catalog.models import Collection, Image
from catalog.review import terms
from catalog.review.terms import Term, completions, looked_at
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def record(collection: Collection, **values: str) -> Image:
    return described(ImageFactory(collection=collection), **values)


def complete(name: str, typed: str, collection: Collection, restricted: Any = ()) -> list[str]:
    return completions(name=name, typed=typed, collections=[collection.pk], restricted=restricted)


def look(name: str, text: str, collection: Collection) -> list[Term]:
    return looked_at(name=name, text=text, collections=[collection.pk], restricted=[])


def test_what_begins_so_comes_first_and_the_frequent_before_the_rare(collection: Collection) -> None:
    for people in ("张三丰、李四", "张三丰", "张三", "老张三"):
        record(collection, people=people)

    assert complete("people", "张", collection) == ["张三丰", "张三", "老张三"]


def test_traditional_and_full_width_letters_find_the_same(collection: Collection) -> None:
    record(collection, place="廣東省ＡＢ厂")
    assert complete("place", "广东", collection) == ["廣東省ＡＢ厂"]
    assert complete("place", "ab", collection) == ["廣東省ＡＢ厂"]


def test_an_event_is_one_term_however_it_is_written(collection: Collection) -> None:
    record(collection, event="开学典礼，全校师生参加")
    assert complete("event", "开学", collection) == ["开学典礼，全校师生参加"]


def test_terms_of_restricted_records_are_for_those_who_may_see_these(collection: Collection) -> None:
    described(ImageFactory(collection=collection, restricted=True), people="王密")
    assert complete("people", "王", collection) == []
    assert complete("people", "王", collection, restricted=[collection.pk]) == ["王密"]


def test_terms_of_other_collections_are_not_told(collection: Collection) -> None:
    record(CollectionFactory(), people="张三")
    assert complete("people", "张", collection) == []


def test_a_new_term_is_known_as_new_and_a_near_one_is_named(collection: Collection) -> None:
    record(collection, people="欧阳修文、张三")
    assert look("people", "张三、欧阳修闻、钱七", collection) == [
        Term("张三", True),
        Term("欧阳修闻", False, ("欧阳修文",)),
        Term("钱七", False),
    ]


@pytest.mark.parametrize(("text", "near"), [("張三", ("张三",)), ("张四", ()), ("张·三", ("张三",))])
def test_of_a_short_name_only_another_script_is_near(collection: Collection, text: str, near: tuple[str, ...]) -> None:
    """A letter of two is half the name: 张四 is somebody else."""
    record(collection, people="张三")
    assert look("people", text, collection) == [Term(text, False, near)]


def test_what_is_left_open_is_no_term(collection: Collection) -> None:
    record(collection, people="待考")
    assert complete("people", "待", collection) == []
    assert look("people", "待考、张三", collection) == [Term("张三", False)]


def test_what_was_just_accepted_is_known_at_once(collection: Collection) -> None:
    record(collection, people="张三")
    assert complete("people", "李", collection) == []
    image = record(collection, people="李四")
    terms.learn(image=image, values=[("people", "李四")])
    assert complete("people", "李", collection) == ["李四"]


def test_reading_them_takes_as_many_queries_as_there_are_thousands(
    collection: Collection, django_assert_num_queries: Any
) -> None:
    record(collection, people="张三")
    with django_assert_num_queries(1):
        complete("people", "张", collection)
    with django_assert_num_queries(0):
        complete("people", "三", collection)
