"""Conflicts that tables bring, on the review page: shown with all three texts, settled by a person."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from catalog.models import Action, Conflict, Image, TableImport
from catalog.records.conflicts import Clash, raise_conflicts
from catalog.vocabulary import ConflictState, Verb
from tests.catalog.pages.review.calls import decide, post, take_next
from tests.catalog.people import browser, cataloguer
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return described(ImageFactory(volume="1"), title="同事改的")


@pytest.fixture
def user(image: Image) -> User:
    return cataloguer(image.collection)


@pytest.fixture
def client(user: User) -> Client:
    return browser(user)


def conflict(image: Image, user: User, field: str = "title", **more: Any) -> Conflict:
    clash = Clash(field, **{"base": "旧题名", "theirs": "同事改的", "mine": "表格改的", **more})
    table = TableImport.objects.create(user=user, file_name="目录.csv")
    return raise_conflicts(image=image, clashes=[clash], user=user, table=table, origin="表格“目录.csv”第 2 行")[0]


def test_a_record_tells_of_its_conflicts_with_all_three_texts(image: Image, user: User, client: Client) -> None:
    found = conflict(image, user)
    (told,) = client.get(f"/review/records/{image.pk}/").json()["record"]["conflicts"]
    assert told == {
        "id": found.pk,
        "label": "题名",
        "origin": f"表格“目录.csv”第 2 行，{user} 带来",
        "begun": "旧题名",
        "now": "同事改的",
        "mine": "表格改的",
    }


def test_a_queue_of_conflicts_has_the_records_without_drafts_too(image: Image, user: User, client: Client) -> None:
    drafted(ImageFactory(collection=image.collection), title="草稿")
    conflict(image, user)
    assert take_next(client)["id"] != image.pk
    assert take_next(client, "?conflict=1")["id"] == image.pk
    assert "1 处冲突" in client.get("/review/").content.decode()


def test_what_was_brought_goes_into_the_record_and_is_undone_by_a_key(image: Image, user: User, client: Client) -> None:
    found, began = conflict(image, user), timezone.now()
    answer = decide(client, image, "settle", conflict=found.pk, take=True, seen="同事改的", keep=True)
    assert answer.status_code == 200
    assert answer.json()["record"]["conflicts"] == []
    image.refresh_from_db()
    found.refresh_from_db()
    assert (image.title, found.state, found.settled_by) == ("表格改的", ConflictState.TAKEN, user)
    assert Action.objects.filter(verb=Verb.CONFLICT_SETTLED, details__conflict=found.pk).count() == 1

    post(client, "/review/undo-step/", {"since": began.isoformat()})
    image.refresh_from_db()
    found.refresh_from_db()
    assert (image.title, found.state) == ("同事改的", ConflictState.OPEN)


def test_what_the_record_says_stays(image: Image, user: User, client: Client) -> None:
    found = conflict(image, user)
    assert decide(client, image, "settle", conflict=found.pk, take=False, seen="同事改的").status_code == 200
    image.refresh_from_db()
    found.refresh_from_db()
    assert (image.title, found.state) == ("同事改的", ConflictState.KEPT)


def test_a_column_of_the_record_is_settled_by_its_own_writer(image: Image, user: User, client: Client) -> None:
    found = conflict(image, user, "volume", base="0", theirs="1", mine="2")
    assert decide(client, image, "settle", conflict=found.pk, take=True, seen="1").status_code == 200
    image.refresh_from_db()
    assert image.volume == "2"
    assert Action.objects.filter(verb=Verb.IMAGE_CHANGED, details__conflict=found.pk).exists()


@pytest.mark.parametrize("field", ["title", "volume"])
def test_who_saw_something_else_is_shown_the_record_again(image: Image, user: User, client: Client, field: str) -> None:
    found = conflict(image, user, field)
    answer = decide(client, image, "settle", conflict=found.pk, take=True, seen="早先的")
    assert answer.status_code == 409
    assert answer.json()["record"]["conflicts"][0]["id"] == found.pk
    found.refresh_from_db()
    assert found.state == ConflictState.OPEN


def test_a_conflict_is_settled_once(image: Image, user: User, client: Client) -> None:
    found = conflict(image, user)
    decide(client, image, "settle", conflict=found.pk, take=False, seen="同事改的")
    answer = decide(client, image, "settle", conflict=found.pk, take=True, seen="同事改的")
    assert answer.status_code == 409
    assert "已经处理过" in answer.json()["error"]["message"]


def test_a_number_in_use_is_refused_in_words(image: Image, user: User, client: Client) -> None:
    ImageFactory(collection=image.collection, identifier="X-1")
    found = conflict(image, user, "identifier", base="", theirs=image.identifier, mine="X-1")
    answer = decide(client, image, "settle", conflict=found.pk, take=True, seen=image.identifier)
    assert answer.status_code == 409
    assert "照片号" in answer.json()["error"]["message"]


@pytest.mark.parametrize("given", [{"conflict": 10**6, "take": True}, {"take": True}, {"conflict": 1, "take": "yes"}])
def test_other_calls_are_not_understood(image: Image, client: Client, given: dict[str, Any]) -> None:
    assert decide(client, image, "settle", **given).status_code == 400


def test_conflicts_of_other_collections_are_nobody_s_business(user: User, client: Client) -> None:
    other = described(ImageFactory(collection=CollectionFactory()), title="同事改的")
    conflict(other, user)
    assert take_next(client, "?conflict=1") is None
    assert "1 处冲突" not in client.get("/review/").content.decode()
