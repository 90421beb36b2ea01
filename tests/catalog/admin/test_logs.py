"""操作记录: read in words, filtered, and taken away by auditors and administrators."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.models import Action, Collection
from catalog.records import log_chain
from catalog.review import decisions
from catalog.vocabulary import Verb
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, sent
from tests.factories import ActionFactory, CollectionFactory, ImageFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_action_changelist")
EXPORT = reverse("admin:catalog_action_export")


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(title="县城旧影", slug="county")


@pytest.fixture
def wang(collection: Collection) -> User:
    user = cataloguer(collection)
    user.last_name, user.first_name = "王", "芳"
    user.save()
    return user


@pytest.fixture
def entry(collection: Collection, wang: User) -> Action:
    image = drafted(ImageFactory(collection=collection, identifier="2024-017"), title="石桥")
    decisions.accept(annotation=image.annotations.get(), user=wang)
    return Action.objects.get()


def shown(user: User, **query: Any) -> str:
    return browser(user).get(LIST, query).content.decode()


def table(user: User, **query: Any) -> list[dict[str, str]]:
    text = sent(browser(user).get(EXPORT, query)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class TestReading:
    def test_the_list_is_of_sentences(self, entry: Action, wang: User) -> None:
        page = shown(wang)
        assert "王芳采用了 2024-017 的“题名”草稿" in page
        assert "annotation" not in page[page.index("result_list") : page.index("</tbody>")]

    def test_the_page_of_an_entry_says_who_where_and_its_link_of_the_chain(self, entry: Action, wang: User) -> None:
        address = reverse("admin:catalog_action_change", args=[entry.pk])
        page = browser(wang).get(address).content.decode()
        assert f"王芳（{wang.username}）" in page
        assert "还没有接入" in page
        log_chain.extend(Action.objects.all())
        assert (
            Action.objects.select_related("digest").get().digest.digest in browser(wang).get(address).content.decode()
        )

    def test_it_costs_the_same_however_much_is_shown(
        self, entry: Action, collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        client = browser(auditor(collection))
        client.get(LIST)
        for more in (0, 20):
            for _number in range(more):
                ActionFactory(collection=collection, verb=Verb.COLLECTION_CREATED)
            # Session, user, roles, whether it may be exported, what the filters offer, dates, the count, the rows.
            with django_assert_max_num_queries(13):
                client.get(LIST)


class TestFiltering:
    def test_by_what_was_done_and_where(self, entry: Action, collection: Collection) -> None:
        ActionFactory(collection=collection, verb=Verb.COLLECTION_CHANGED, label="县城旧影")
        user = auditor(collection)
        for query in ({"verb__exact": "draft_accepted"}, {"q": "2024-017"}):
            page = shown(user, **query)
            assert "采用了" in page
            assert "修改了馆藏" not in page
        assert "采用了" in shown(user, collection="county")

    def test_an_auditor_filters_by_any_person_and_a_member_by_themselves(
        self, entry: Action, wang: User, collection: Collection
    ) -> None:
        assert "采用了" in shown(auditor(collection), person=wang.pk)
        assert "采用了" in shown(wang, person=wang.pk)
        colleague = cataloguer(collection)
        assert "采用了" in shown(colleague)
        page = shown(colleague, person=wang.pk)
        assert "采用了" not in page
        assert "我自己" in page

    @pytest.mark.parametrize("person", ["x", "\x00", "9" * 40, "-1"])
    def test_a_person_that_there_is_not(self, entry: Action, collection: Collection, person: str) -> None:
        assert "采用了" not in shown(auditor(collection), person=person)


class TestTakingAway:
    def test_an_auditor_takes_the_log_of_their_collections_with_the_chain(
        self, entry: Action, collection: Collection, wang: User
    ) -> None:
        ActionFactory(collection=CollectionFactory())
        log_chain.extend(Action.objects.all())
        (row,) = table(auditor(collection))
        assert row["说明"] == "王芳采用了 2024-017 的“题名”草稿"
        assert (row["账户"], row["馆藏"], row["动作"]) == (wang.username, "县城旧影", "采用草稿")
        link = Action.objects.select_related("digest").get(pk=entry.pk).digest
        assert (row["链中次序"], row["摘要"]) == (str(link.position), link.digest)

    def test_the_filters_hold_for_the_table(self, entry: Action, collection: Collection) -> None:
        ActionFactory(collection=collection, verb=Verb.COLLECTION_CHANGED)
        (row,) = table(administrator_only(), verb__exact="draft_accepted")
        assert row["编号"] == str(entry.pk)

    def test_taking_it_away_is_logged_and_not_part_of_it(self, entry: Action) -> None:
        user = administrator_only()
        assert len(table(user)) == 1
        logged = Action.objects.get(verb=Verb.LOG_EXPORTED)
        assert (logged.user, logged.details["entries"]) == (user, 1)

    def test_a_member_is_neither_offered_it_nor_given_it(self, entry: Action, wang: User) -> None:
        assert EXPORT not in shown(wang)
        assert browser(wang).get(EXPORT).status_code == 403
        assert EXPORT in shown(administrator_only())

    def test_a_filter_that_makes_no_sense_leads_back_to_the_list(self, entry: Action) -> None:
        response = browser(administrator_only()).get(EXPORT, {"created_at__gte": "never"})
        assert (response.status_code, response["Location"]) == (302, f"{LIST}?e=1")

    def test_words_that_a_spreadsheet_would_compute_are_defused(self, collection: Collection) -> None:
        ActionFactory(collection=collection, label="=1+1", user=UserFactory(last_name="=2"))
        (row,) = table(administrator_only())
        assert not row["对象"].startswith("=")
        assert not row["姓名"].startswith("=")

    def test_more_than_a_chunk_comes_complete_and_in_order(self, collection: Collection) -> None:
        Action.objects.bulk_create(
            Action(verb=Verb.COLLECTION_CHANGED, collection=collection, label=str(number)) for number in range(2100)
        )
        rows = table(administrator_only())
        assert [row["对象"] for row in rows] == [str(number) for number in range(2100)]
