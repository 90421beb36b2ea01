"""The group of a record on the review page: split, joined and undone by one key each."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import Action, Collection, Image, PhotoGroup
from catalog.vocabulary import Verb
from tests.catalog.pages.review.calls import post
from tests.catalog.people import browser, cataloguer
from tests.factories import CollectionFactory, ImageFactory, PhotoGroupFactory, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


@pytest.fixture
def client(collection: Collection) -> Client:
    return browser(cataloguer(collection))


@pytest.fixture
def images(collection: Collection) -> list[Image]:
    """Four photographs, the first three of one group and the last of another."""
    groups = [PhotoGroupFactory(collection=collection, position=place) for place in (1, 2)]
    made = [
        ImageFactory(collection=collection, identifier=f"A-{number}", photo_group=groups[number > 3])
        for number in range(1, 5)
    ]
    return [drafted(image, title="石桥") for image in made]


def regroup(client: Client, image: Image, do: str) -> Any:
    return post(client, f"/review/records/{image.pk}/group/", {"do": do})


def group_of(image: Image) -> int | None:
    image.refresh_from_db()
    return image.photo_group_id


def test_a_record_and_all_after_it_become_a_group(client: Client, images: list[Image]) -> None:
    first = group_of(images[0])
    response = regroup(client, images[1], "split")

    assert response.status_code == 200
    assert response.json()["message"].startswith("从这一幅起另成一组")
    assert group_of(images[0]) == first
    assert group_of(images[1]) == group_of(images[2]) not in (None, first, group_of(images[3]))
    assert response.json()["record"]["photo_group"]["place"] == "第 1 幅，共 2 幅"
    assert Action.objects.filter(verb=Verb.PHOTO_GROUP_CHANGED).count() == 1


def test_the_next_group_comes_into_the_records_own(client: Client, images: list[Image]) -> None:
    response = regroup(client, images[0], "join")
    assert response.status_code == 200
    assert {group_of(image) for image in images} == {group_of(images[0])}
    assert response.json()["record"]["photo_group"]["place"] == "第 1 幅，共 4 幅"


def test_it_is_undone(client: Client, images: list[Image]) -> None:
    before = [group_of(image) for image in images]
    regroup(client, images[1], "split")
    response = regroup(client, images[1], "undo")
    assert response.json()["message"] == "已撤销对照片组的上一步改动。"
    assert [group_of(image) for image in images] == before


@pytest.mark.parametrize(("number", "do"), [(0, "split"), (3, "join"), (0, "undo")])
def test_what_cannot_be_done_is_said_with_the_record_as_it_is(
    client: Client, images: list[Image], number: int, do: str
) -> None:
    before = [group_of(image) for image in images]
    response = regroup(client, images[number], do)
    assert response.status_code == 409
    assert response.json()["error"]["message"]
    assert response.json()["record"]["id"] == images[number].pk
    assert [group_of(image) for image in images] == before


@pytest.mark.parametrize("do", ["split", "join"])
def test_a_record_in_no_group(client: Client, collection: Collection, do: str) -> None:
    image = drafted(ImageFactory(collection=collection), title="石桥")
    response = regroup(client, image, do)
    assert (response.status_code, response.json()["error"]["message"]) == (409, "这条记录不在照片组里。")


@pytest.mark.parametrize("body", [{}, {"do": "dissolve"}, {"do": 1}, []])
def test_nonsense_changes_nothing(client: Client, images: list[Image], body: object) -> None:
    assert post(client, f"/review/records/{images[0].pk}/group/", body).status_code == 400
    assert PhotoGroup.objects.count() == 2


def test_records_of_others_are_gone_for_them(images: list[Image]) -> None:
    stranger = browser(cataloguer(CollectionFactory()))
    assert regroup(stranger, images[1], "split").status_code == 404
    assert PhotoGroup.objects.count() == 2
