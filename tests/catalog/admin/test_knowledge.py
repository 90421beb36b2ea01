"""Knowledge bases in the workbench: who writes them, who publishes them."""

from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.models import Action, Collection, KnowledgeBase, KnowledgeEntry
from catalog.vocabulary import Verb
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, KnowledgeBaseFactory, KnowledgeEntryFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def address(model: str, action: str, *parts: int) -> str:
    return reverse(f"admin:catalog_{model}_{action}", args=parts)


@pytest.fixture
def collection() -> Collection:
    collection: Collection = CollectionFactory()
    return collection


def base_form(collection: Collection | None, **changes: Any) -> dict[str, Any]:
    chosen = collection.pk if collection else ""
    return {"title": "县城掌故", "slug": "county", "collection": chosen, "notes": ""} | changes


def changed_form(base: KnowledgeBase, **changes: Any) -> dict[str, Any]:
    seen = {"initial-title": base.title, "initial-notes": base.notes, "initial-is_public": base.is_public}
    shown = {"title": base.title, "notes": base.notes}
    return seen | shown | ({"is_public": "on"} if base.is_public else {}) | changes


@pytest.mark.parametrize("model", ["knowledgebase", "knowledgeentry"])
def test_the_lists_are_for_members(model: str, collection: Collection) -> None:
    people = [None, stranger(), cataloguer(collection), administrator()]

    assert [browser(person).get(address(model, "changelist")).status_code for person in people] == [302, 403, 200, 200]


def test_a_cataloguer_writes_the_bases_of_the_own_collections(collection: Collection) -> None:
    user = cataloguer(collection)

    assert browser(user).post(address("knowledgebase", "add"), base_form(collection)).status_code == 302
    base = KnowledgeBase.objects.get()
    entry = {"base": base.pk, "title": "石桥", "text": "石桥建于1912年。", "source": ""}
    assert browser(user).post(address("knowledgeentry", "add"), entry).status_code == 302

    assert (base.slug, base.collection, base.is_public) == ("county", collection, False)
    assert KnowledgeEntry.objects.get().text == "石桥建于1912年。"
    logged = Action.objects.filter(verb=Verb.KNOWLEDGE_CHANGED).order_by("pk")
    assert [(action.user, action.collection_id, action.details["change"]) for action in logged] == [
        (user, collection.pk, "saved")
    ] * 2


@pytest.mark.parametrize("whose", ["another collection's", "no collection's"])
def test_a_cataloguer_writes_no_others(whose: str, collection: Collection) -> None:
    chosen = CollectionFactory() if whose == "another collection's" else None
    response = browser(cataloguer(collection)).post(address("knowledgebase", "add"), base_form(chosen))

    assert response.status_code == 200
    assert not KnowledgeBase.objects.exists()


def test_whoever_works_on_all_collections_writes_bases_of_none() -> None:
    assert browser(cataloguer(None)).post(address("knowledgebase", "add"), base_form(None)).status_code == 302
    assert KnowledgeBase.objects.get().collection is None


def test_publishing_is_for_reviewers(collection: Collection) -> None:
    base = KnowledgeBaseFactory(collection=collection)
    elsewhere = MembershipFactory(reviewer=True, user=cataloguer(collection)).user
    for person in (cataloguer(collection), elsewhere):
        form = changed_form(base, is_public="on")
        response = browser(person).post(address("knowledgebase", "change", base.pk), form)
        assert "须由这份馆藏的审核员来做" in response.content.decode()
        base.refresh_from_db()
        assert not base.is_public

    form = changed_form(base, is_public="on")
    assert browser(reviewer(collection)).post(address("knowledgebase", "change", base.pk), form).status_code == 302
    base.refresh_from_db()
    assert base.is_public


def test_a_cataloguer_changes_what_is_public_already(collection: Collection) -> None:
    base = KnowledgeBaseFactory(collection=collection, is_public=True)
    path = address("knowledgebase", "change", base.pk)

    assert browser(cataloguer(collection)).post(path, changed_form(base, title="新的名称")).status_code == 302
    base.refresh_from_db()
    assert (base.title, base.is_public) == ("新的名称", True)


def test_bases_and_entries_of_others_do_not_exist(collection: Collection) -> None:
    entry = KnowledgeEntryFactory(base=KnowledgeBaseFactory(collection=CollectionFactory(), is_public=True))
    client = browser(cataloguer(collection))

    for model, row in (("knowledgebase", entry.base), ("knowledgeentry", entry)):
        assert client.get(address(model, "change", row.pk)).status_code == 302
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 302
        assert str(row) not in client.get(address(model, "changelist")).content.decode()
    form = {"base": entry.base_id, "title": "插入", "text": "插入", "source": ""}
    assert client.post(address("knowledgeentry", "add"), form).status_code == 200
    assert KnowledgeEntry.objects.get() == entry


def test_deleting_is_in_the_log(collection: Collection) -> None:
    entry = KnowledgeEntryFactory(base=KnowledgeBaseFactory(collection=collection))
    other = KnowledgeEntryFactory(base=entry.base)
    client = browser(cataloguer(collection))

    assert client.post(address("knowledgeentry", "delete", entry.pk), {"post": "yes"}).status_code == 302
    selected = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    assert client.post(address("knowledgeentry", "changelist"), selected).status_code == 302
    assert client.post(address("knowledgebase", "delete", entry.base_id), {"post": "yes"}).status_code == 302

    assert not KnowledgeBase.objects.exists()
    logged = Action.objects.filter(verb=Verb.KNOWLEDGE_CHANGED)
    assert [action.details["change"] for action in logged] == ["deleted"] * 3


def test_an_entry_that_a_colleague_changed_meanwhile_is_not_overwritten(collection: Collection) -> None:
    entry = KnowledgeEntryFactory(base=KnowledgeBaseFactory(collection=collection), text="旧")
    opened = {f"initial-{name}": getattr(entry, name) for name in ("title", "text", "source")}
    opened |= {"initial-base": entry.base_id, "base": entry.base_id, "title": entry.title, "source": "", "text": "我的"}
    KnowledgeEntry.objects.filter(pk=entry.pk).update(text="同事的")

    response = browser(cataloguer(collection)).post(address("knowledgeentry", "change", entry.pk), opened)

    assert "这一项刚刚被别人改过" in response.content.decode()
    entry.refresh_from_db()
    assert entry.text == "同事的"


@pytest.mark.parametrize("model", ["knowledgebase", "knowledgeentry"])
def test_a_list_costs_as_many_queries_with_many_rows(
    model: str, collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(cataloguer(collection))

    def fill(number: int) -> None:
        for base in KnowledgeBaseFactory.create_batch(number, collection=collection):
            KnowledgeEntryFactory.create_batch(2, base=base)

    fill(1)
    with django_assert_max_num_queries(20) as first:
        client.get(address(model, "changelist"))
    fill(5)
    with django_assert_max_num_queries(len(first)):
        client.get(address(model, "changelist"))
