"""The page of quality: whose sums are whose, what it says, and its table."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.models import Collection
from catalog.review import decisions
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, sent, stranger
from tests.factories import AnnotationFactory, CollectionFactory, ImageFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db

PAGE = reverse("catalog:quality")
TABLE = reverse("catalog:quality-table")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(title="县城旧影", slug="county")


def decided(collection: Collection, user: User | None = None, *, reject: bool = False, reason: str = "") -> None:
    draft = drafted(ImageFactory(collection=collection), title="石桥").annotations.get()
    user = user or UserFactory()
    if reject:
        decisions.reject(annotation=draft, user=user, reason=reason)
    else:
        decisions.accept(annotation=draft, user=user)


def shown(user: User | None, **query: Any) -> str:
    return browser(user).get(PAGE, query).content.decode()


def table(user: User, **query: Any) -> list[dict[str, str]]:
    text = sent(browser(user).get(TABLE, query)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_who_works_on_nothing_and_audits_nothing_has_no_page(collection: Collection) -> None:
    for address in (PAGE, TABLE):
        people = [None, UserFactory(), stranger(), cataloguer(collection), auditor(collection), administrator_only()]
        assert [browser(person).get(address).status_code for person in people] == [302, 403, 403, 200, 200, 200]


def test_each_sees_the_sums_of_their_collections(collection: Collection) -> None:
    other = CollectionFactory(title="别的馆藏", slug="other")
    decided(collection)
    decided(other)
    decided(other, reject=True)
    for user in (cataloguer(collection), auditor(collection)):
        sums = table(user)[0]
        assert (sums["已判定"], sums["采用"], sums["退回"]) == ("1", "1", "0")
        assert "别的馆藏" not in shown(user)
        # One that is not theirs is as good as none.
        assert table(user, collection="other")[0] == sums
    assert table(administrator_only())[0]["已判定"] == "3"
    assert table(administrator_only(), collection="other")[0]["已判定"] == "2"


def test_a_persons_own_figures_are_for_that_person_and_others_see_the_sum(collection: Collection) -> None:
    one, other = cataloguer(collection), cataloguer(collection)
    decided(collection, one)
    decided(collection, other, reject=True)
    assert [table(user, of="mine")[0]["采用率 %"] for user in (one, other)] == ["100.0", "0.0"]
    assert table(one)[0]["采用率 %"] == "50.0"
    page = shown(one)
    assert other.username not in page
    assert str(other.pk) not in {row["名称"] for row in table(one)}


def test_it_says_shares_and_reasons_with_bars_and_no_script_in_them(collection: Collection) -> None:
    decided(collection)
    decided(collection, reject=True, reason="地点不对<script>")
    page = shown(cataloguer(collection))
    assert "50.0 %" in page
    assert "地点不对&lt;script&gt;" in page
    assert '<rect class="accepted" x="0.0" y="0" width="500.0" height="10" />' in page
    assert "style=" not in page[page.index("<main") : page.index("</main")]
    reasons = [row for row in table(cataloguer(collection)) if row["按"] == "退回原因"]
    assert [(row["名称"], row["退回"]) for row in reasons] == [("地点不对<script>", "1")]


def test_where_there_is_too_little_no_minutes_are_claimed(collection: Collection) -> None:
    decided(collection)
    assert "数据还不够，不作估计" in shown(cataloguer(collection))


def test_before_anything_was_decided_it_says_so(collection: Collection) -> None:
    assert "还没有判定过的草稿" in shown(cataloguer(collection))


@pytest.mark.parametrize("query", [{"collection": "\x00"}, {"of": "everybody"}, {"collection": "x" * 3000}])
def test_what_makes_no_sense_is_answered_with_the_sum(collection: Collection, query: dict[str, str]) -> None:
    decided(collection)
    assert table(cataloguer(collection), **query)[0]["已判定"] == "1"


def test_it_is_read_and_nothing_else(collection: Collection) -> None:
    assert browser(cataloguer(collection)).post(PAGE).status_code == 405


def test_once_counted_it_costs_the_same_however_much_there_is(
    collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(cataloguer(collection))
    client.get(PAGE)
    for more in (0, 12):
        for _number in range(more):
            AnnotationFactory(image=ImageFactory(collection=collection), accepted=True)
        cache.clear()
        client.get(PAGE)
        # Session, user, collections, their titles and the prompts; whether anything was decided since.
        with django_assert_max_num_queries(6):
            client.get(PAGE)
