"""The pages on which groups of look-alikes are merged and taken apart."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from catalog.models import Collection, Image, NearGroup
from catalog.records import near_duplicates
from catalog.vocabulary import Access
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, PhotoGroupFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/neargroup/"


def alike(collection: Collection, number: int = 2) -> NearGroup:
    images = [ImageFactory(collection=collection) for _ in range(number)]
    for image in images:
        ImageFileFactory(image=image)
    return near_duplicates.put_together(images=[image.pk for image in images], user=None)


def split(user: User | None, group: NearGroup, **data: Any) -> Any:
    return browser(user).post(f"{LIST}{group.pk}/split/", data, follow=True)


def test_the_page_takes_images_out_and_says_so() -> None:
    group = alike(CollectionFactory(), 3)
    first = group.images.order_by("pk")[0]

    response = split(cataloguer(group.collection), group, images=[first.pk], way="out")

    assert "已移出 1 幅图像" in response.content.decode()
    assert group.images.count() == 2


def test_the_rest_of_a_group_of_two_is_no_group_and_one_comes_back_to_the_list() -> None:
    group = alike(CollectionFactory())

    response = split(cataloguer(group.collection), group, images=[group.images.all()[0].pk], way="out")

    assert response.redirect_chain[-1][0] == LIST
    assert not NearGroup.objects.exists()


def test_nothing_chosen_and_nonsense_are_answered_in_words() -> None:
    group = alike(CollectionFactory())
    user = cataloguer(group.collection)

    assert "请先勾选" in split(user, group, way="out").content.decode()
    assert "请重新勾选" in split(user, group, images=["x"], way="out").content.decode()
    assert "请重新勾选" in split(user, group, images=[ImageFactory().pk], way="own").content.decode()
    assert group.images.count() == 2


def test_four_steps_to_the_door() -> None:
    group = alike(CollectionFactory())
    page = f"{LIST}{group.pk}/change/"

    assert browser().get(page).status_code == 302
    assert browser(stranger()).get(page).status_code in (403, 404)
    assert browser(cataloguer(CollectionFactory())).get(page).status_code == 404
    assert browser(cataloguer(group.collection)).get(page).status_code == 200
    assert browser(cataloguer(CollectionFactory())).post(f"{LIST}{group.pk}/split/").status_code == 404
    assert browser(cataloguer(group.collection)).get(f"{LIST}{group.pk}/split/").status_code == 405


def test_restricted_images_are_shown_to_reviewers_only() -> None:
    group = alike(CollectionFactory(), 3)
    Image.objects.filter(pk=group.images.all()[0].pk).update(
        access=Access.RESTRICTED, disclosure="unexamined", identifier="GEHEIM-1"
    )

    page = f"{LIST}{group.pk}/change/"

    assert "GEHEIM-1" not in browser(cataloguer(group.collection)).get(page).content.decode()
    assert "GEHEIM-1" in browser(reviewer(group.collection)).get(page).content.decode()


def test_the_list_merges_groups_of_one_collection_and_refuses_others() -> None:
    collection = CollectionFactory()
    first, second, elsewhere = alike(collection), alike(collection), alike(CollectionFactory())

    def merge(*chosen: NearGroup) -> str:
        data = {"action": "merge", "_selected_action": [group.pk for group in chosen]}
        return browser(administrator()).post(LIST, data, follow=True).content.decode()

    assert "同一馆藏" in merge(first, elsewhere)
    assert "已合并到" in merge(first, second)
    assert first.images.count() == 4


def test_images_are_put_together_in_their_list() -> None:
    collection = CollectionFactory()
    images = [ImageFactory(collection=collection) for _ in range(2)]

    data = {"action": "put_together", "_selected_action": [image.pk for image in images]}
    page = browser(cataloguer(collection)).post("/admin/catalog/image/", data, follow=True).content.decode()

    assert "已归为" in page
    assert NearGroup.objects.get().images.count() == 2


def test_the_list_takes_as_many_queries_for_ten_groups_as_for_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    collection = CollectionFactory()
    client = browser(cataloguer(collection))
    alike(collection)
    with django_assert_max_num_queries(40) as before:
        assert client.get(LIST).status_code == 200
    for _ in range(9):
        alike(collection)

    with django_assert_max_num_queries(len(before)):
        client.get(LIST)


class TestPhotoGroups:
    """The record's page shows what its group of photographs says; the collection's page offers patterns of numbers."""

    def test_the_caption_stands_on_the_record_s_page(self) -> None:
        group = PhotoGroupFactory(title="建校十周年", place="礼堂", number="1", state="confirmed")
        image = ImageFactory(collection=group.collection, photo_group=group, identifier="A-1")
        ImageFactory(collection=group.collection, photo_group=group, identifier="A-2")

        page = browser(cataloguer(group.collection)).get(f"/admin/catalog/image/{image.pk}/change/").content.decode()
        for words in ("组合照片说明", "建校十周年", "礼堂", "A-1 — A-2", f"/review/groups/{group.pk}/"):
            assert words in page

    def test_patterns_are_offered_and_what_is_chosen_is_kept(self) -> None:
        collection = CollectionFactory()
        client = browser(reviewer(collection))
        page = client.get(f"/admin/catalog/collection/{collection.pk}/change/").content.decode()
        assert 'list="number_pattern-patterns"' in page
        assert "{全宗号}-{门类}·{年度}-{保管期限}-{组号:4}-{件号:4}" in page
