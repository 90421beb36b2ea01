"""The page on which photographs get their numbers."""

import re

import pytest

from catalog.models import Collection, Image
from catalog.vocabulary import Access
from tests.catalog.people import auditor, browser, cataloguer, stranger
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(number_pattern="A-{序号:3}")


def page_of(collection: Collection) -> str:
    return f"/admin/catalog/collection/{collection.pk}/numbers/"


def test_four_steps_to_the_door(collection: Collection) -> None:
    page = page_of(collection)

    assert browser().get(page).status_code == 302
    assert browser(stranger()).get(page).status_code in (403, 404)
    assert browser(cataloguer(CollectionFactory())).get(page).status_code == 404
    assert browser(cataloguer(collection)).get(page).status_code == 200


def test_what_is_shown_is_what_is_given(collection: Collection) -> None:
    ImageFactory(collection=collection, identifier="")
    client = browser(cataloguer(collection))
    shown = client.get(page_of(collection)).content.decode()
    seen = re.search('name="seen" value="([0-9a-f]+)"', shown)
    assert "A-001" in shown
    assert seen is not None

    done = client.post(page_of(collection), {"seen": seen[1]}, follow=True).content.decode()

    assert "已给 1 幅" in done
    assert Image.objects.get().identifier == "A-001"
    assert "都有照片号了" in done


def test_what_was_not_looked_at_is_not_given(collection: Collection) -> None:
    ImageFactory(collection=collection, identifier="")

    page = browser(cataloguer(collection)).post(page_of(collection), {}, follow=True).content.decode()

    assert "请重新预览" in page
    assert Image.objects.get().identifier == ""


def test_restricted_images_and_a_missing_pattern(collection: Collection) -> None:
    ImageFactory(collection=collection, identifier="", access=Access.RESTRICTED)

    assert "都有照片号了" in browser(cataloguer(collection)).get(page_of(collection)).content.decode()
    bare = CollectionFactory()
    assert "还没有编号规则" in browser(cataloguer(bare)).get(page_of(bare)).content.decode()


def test_the_collections_page_leads_there(collection: Collection) -> None:
    page = browser(cataloguer(collection)).get(f"/admin/catalog/collection/{collection.pk}/change/").content.decode()

    assert page_of(collection) in page


def test_the_page_says_in_which_order_it_numbers(collection: Collection) -> None:
    for name in ("盒1/10.jpg", "盒1/2.jpg"):
        ImageFileFactory(image=ImageFactory(collection=collection, identifier="", volume="三"), original_name=name)

    page = browser(cataloguer(collection)).get(page_of(collection)).content.decode()

    assert "按册号、文件夹、文件名的顺序编号" in page
    assert page.index("盒1/2.jpg") < page.index("盒1/10.jpg")
    assert "<td>三</td>" in page


class TestChoosingACollection:
    ADDRESS = "/admin/catalog/collection/numbering/"

    def test_four_steps_to_the_door(self, collection: Collection) -> None:
        assert browser().get(self.ADDRESS).status_code == 302
        assert browser(stranger()).get(self.ADDRESS).status_code == 403
        assert browser(auditor(collection)).get(self.ADDRESS).status_code == 403
        assert browser(cataloguer(collection)).get(self.ADDRESS).status_code == 302

    def test_where_there_is_one_it_leads_there(self, collection: Collection) -> None:
        assert browser(cataloguer(collection)).get(self.ADDRESS).headers["Location"] == page_of(collection)

    def test_of_several_each_tells_its_pattern_and_how_many_have_no_number(self, collection: Collection) -> None:
        other = CollectionFactory(title="没有规则的馆藏")
        ImageFactory.create_batch(2, collection=collection, identifier="")
        page = browser(cataloguer(None)).get(self.ADDRESS).content.decode()
        assert page_of(collection) in page
        assert page_of(other) in page
        assert "<code>A-{序号:3}</code>" in page
        assert "<td>2</td>" in page
        assert "还没有" in page
