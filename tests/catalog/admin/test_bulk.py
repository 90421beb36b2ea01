"""Changes of many records, begun in the admin's list."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import BulkChange, Collection, Image
from catalog.vocabulary import Flag
from tests.catalog.bulk import work
from tests.catalog.people import browser, cataloguer, reviewer, stranger
from tests.catalog.review.bulk.test_changes import marked
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/image/"


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


@pytest.fixture
def user(collection: Collection) -> User:
    return reviewer(collection)


@pytest.fixture
def client(user: User) -> Client:
    return browser(user)


def act(client: Client, action: str, images: list[Image], query: str = "", **given: Any) -> Any:
    """Choose an action for some rows of the list."""
    return client.post(LIST + query, {"action": action, ACTION_CHECKBOX_NAME: [image.pk for image in images], **given})


def test_accepting_leads_to_the_preview_of_the_drafts_that_the_filters_show(
    client: Client, collection: Collection
) -> None:
    image = marked(drafted(ImageFactory(collection=collection), title="石桥"), "place", "清水镇", Flag.DOUBTFUL)

    answer = act(client, "accept_shown", [image], "?draft=title")

    change = BulkChange.objects.get()
    assert answer.url == f"/review/bulk/{change.pk}/"
    assert (change.kind, change.fields) == ("accept", 1)
    assert change.selection == "待审著录项：题名；编目工作台里选的 1 条"
    client.post(answer.url, {"action": "start"})
    work()
    image.refresh_from_db()
    assert (image.title, image.place) == ("石桥", "")


def test_two_filters_are_one_draft_s(client: Client, collection: Collection) -> None:
    image = marked(drafted(ImageFactory(collection=collection), title="石桥"), "place", "清水镇", Flag.DOUBTFUL)

    act(client, "accept_shown", [image], "?draft=place&flag=doubtful")
    act(client, "accept_shown", [image], "?draft=title&flag=doubtful")

    assert list(BulkChange.objects.order_by("pk").values_list("fields", flat=True)) == [1, 0]


def test_all_that_the_list_shows_are_taken_and_nothing_of_others(client: Client, collection: Collection) -> None:
    images = [drafted(ImageFactory(collection=collection), title="石桥") for _ in range(60)]
    drafted(title="宝塔")

    act(client, "accept_shown", images[:1], "?status__exact=to_review", select_across="1")

    assert BulkChange.objects.get().records == 60


@pytest.mark.parametrize(
    ("action", "kind", "given"),
    [
        ("reject_shown", "reject", {"reason": "过于笼统"}),
        ("set_field", "set", {"set_field": "tone", "set_value": "黑白", "set_mode": "keep"}),
        (
            "replace_words",
            "replace",
            {"find": "青", "replacement": "清", "replace_in": ["drafts"], "replace_fields": ["title"]},
        ),
    ],
)
def test_the_others_ask_first(
    client: Client, collection: Collection, action: str, kind: str, given: dict[str, Any]
) -> None:
    image = drafted(ImageFactory(collection=collection), title="青水河石桥")

    asked = act(client, action, [image])
    refused = act(client, action, [image], begin="1")
    answer = act(client, action, [image], begin="1", **given)

    assert (asked.status_code, refused.status_code) == (200, 200)
    assert f'value="{image.pk}"' in asked.content.decode()
    assert "errorlist" in refused.content.decode()
    change = BulkChange.objects.get()
    assert (answer.url, change.kind, change.fields) == (f"/review/bulk/{change.pk}/", kind, 1)


def test_a_filter_value_that_nobody_knows_changes_nothing(client: Client, collection: Collection) -> None:
    image = drafted(ImageFactory(collection=collection), title="石桥")

    act(client, "accept_shown", [image], "?draft=no-such")

    assert not BulkChange.objects.filter(records__gt=0).exists()


def test_what_is_not_one_s_own_is_not_reached(collection: Collection) -> None:
    image = drafted(ImageFactory(collection=collection), title="石桥")

    for client, status in ((browser(), 302), (browser(stranger()), 403)):
        assert act(client, "accept_shown", [image]).status_code == status
    act(browser(reviewer(CollectionFactory())), "accept_shown", [image])
    # Cataloguers are not offered it.
    act(browser(cataloguer(collection)), "accept_shown", [image])

    assert not BulkChange.objects.filter(records__gt=0).exists()


def test_a_record_without_drafts_is_told(client: Client, collection: Collection) -> None:
    image = described(ImageFactory(collection=collection), title="石桥")

    answer = act(client, "accept_shown", [image])

    assert "没有符合筛选条件的待审草稿" in client.get(answer.url).content.decode()
