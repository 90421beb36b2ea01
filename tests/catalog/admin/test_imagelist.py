"""The list of images: its pages, and the numbers beside its filters."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Image
from catalog.records import entries
from catalog.records.annotations import mark_draft
from catalog.review import decisions
from catalog.vocabulary import Access
from tests.catalog.people import administrator, browser, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/image/"


@pytest.fixture
def collection() -> Collection:
    """A collection with records in many states."""
    made = CollectionFactory(slug="mine")
    for number in range(3):
        image = drafted(ImageFactory(collection=made, identifier=f"NR-D{number}"), people="赵四", title="桥")
        mark_draft(draft=image.annotations.get(field="people"), evidence="inference", flag="doubtful")
    described(ImageFactory(collection=made, identifier="NR-P", internal=True), title="石桥", date="1959年")
    accepted = drafted(ImageFactory(collection=made, identifier="NR-M"), description="机器写的桥")
    decisions.accept(annotation=accepted.annotations.get(), user=UserFactory())
    ImageFactory(collection=made, identifier="NR-R", access=Access.RESTRICTED)
    drafted(ImageFactory(identifier="NR-ELSEWHERE"), title="桥")
    return made


def page_of(user: User, query: str = "") -> str:
    return browser(user).get(f"{LIST}{query}").content.decode()


def choices(page: str) -> dict[str, int]:
    """Return where each choice of a filter leads to, and the number beside it."""
    found = re.findall(r'<a href="(\?[^"]*)">[^<]*\((\d+)\)</a>', page)
    return {unescape(address): int(number) for address, number in found}


def shown(page: str) -> int:
    return page.count('class="action-select"')


EVERYBODY: dict[str, Callable[[Collection], User]] = {
    "cataloguer": cataloguer,
    "reviewer": reviewer,
    "administrator": lambda _collection: administrator(),
}


@pytest.mark.parametrize(
    ("person", "query"),
    [("cataloguer", ""), ("cataloguer", "&q=桥&flag=doubtful"), ("reviewer", ""), ("administrator", "&source=draft")],
)
def test_each_number_is_what_its_filter_shows(collection: Collection, person: str, query: str) -> None:
    user = EVERYBODY[person](collection)
    counted = choices(page_of(user, f"?_facets=True{query}"))
    assert len(counted) >= 30
    for address, number in counted.items():
        assert shown(page_of(user, address)) == number, address


def test_a_decision_counts_at_once(collection: Collection) -> None:
    user = cataloguer(collection)
    before = choices(page_of(user, "?_facets=True"))["?_facets=True&flag=doubtful"]
    draft = collection.images.get(identifier="NR-D0").annotations.get(field="people")
    decisions.accept(annotation=draft, user=user)
    assert choices(page_of(user, "?_facets=True"))["?_facets=True&flag=doubtful"] == before - 1


def test_an_image_that_was_closed_is_not_counted_for_those_who_do_not_see_it(collection: Collection) -> None:
    user = cataloguer(collection)
    image = collection.images.get(identifier="NR-D0")
    entries.change_image(image=image, user=UserFactory(), changes={"access": Access.RESTRICTED})
    assert "NR-D0" not in page_of(user)
    assert choices(page_of(user, "?_facets=True"))["?_facets=True&flag=doubtful"] == 2
    assert choices(page_of(reviewer(collection), "?_facets=True"))["?_facets=True&flag=doubtful"] == 3


@pytest.mark.parametrize("query", ["?flag=nonsense", "?draft=x", "?collection=theirs", "?status__exact=x", "?dating=x"])
def test_a_choice_that_nobody_knows_shows_nothing(collection: Collection, query: str) -> None:
    page = page_of(cataloguer(collection), query)
    assert shown(page) == 0


def test_pages_go_on_in_the_order_of_numbers(collection: Collection) -> None:
    user = cataloguer(collection)
    ImageFactory.create_batch(60, collection=collection)
    numbers = list(collection.images.exclude(access=Access.RESTRICTED).order_by("identifier"))
    first, second = (re.findall(r'class="list-number">([^<]+)<', page_of(user, query)) for query in ("", "?p=2"))
    assert first + second == [str(image) for image in numbers]
    assert len(first) == 50


def test_each_row_has_a_cell_under_each_heading(collection: Collection) -> None:
    table = page_of(cataloguer(collection)).partition('id="result_list"')[2].partition("</table>")[0]
    head, *rows = table.split("<tr>")[1:]
    assert len(rows) == 5
    assert {len(re.findall("<t[hd]", row)) for row in rows} == {len(re.findall("<th ", head))}


def test_a_page_that_is_not_there_leads_back_to_the_list(collection: Collection) -> None:
    ImageFactory.create_batch(60, collection=collection)
    assert browser(cataloguer(collection)).get(f"{LIST}?p=99").status_code == 302


def test_the_way_to_a_record_keeps_the_filters(collection: Collection) -> None:
    image = collection.images.get(identifier="NR-D0")
    address = f"{LIST}{image.pk}/change/?_changelist_filters=flag%3Ddoubtful"
    assert f'href="{address}"' in page_of(cataloguer(collection), "?flag=doubtful")


def test_more_records_cost_no_more_queries_with_numbers_and_filters(collection: Collection) -> None:
    client = browser(cataloguer(collection))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST, {"_facets": "True", "flag": "doubtful"})
        return len(queries)

    before = cost()
    for number in range(3, 20):
        image = drafted(ImageFactory(collection=collection, identifier=f"NR-D{number}"), people="赵四")
        mark_draft(draft=image.annotations.get(), evidence="picture", flag="doubtful")
    assert cost() == before


class TestRecordsWithoutANumber:
    def file(self, collection: Collection, name: str) -> Image:
        image: Image = ImageFactory(collection=collection, identifier="")
        ImageFileFactory(image=image, original_name=name)
        return image

    def test_they_show_by_their_file(self, collection: Collection) -> None:
        described(self.file(collection, "盒1/IMG_0007.jpg"), title="石桥")
        page = page_of(cataloguer(collection))
        assert '<span class="list-number">盒1/IMG_0007.jpg</span>' in page
        assert 'aria-label="选择 盒1/IMG_0007.jpg 以执行操作"' in page
        assert '<span class="list-heading">石桥</span>' in page

    @pytest.mark.parametrize("words", ["img_0007", "0007.jpg", "盒1 IMG"])
    def test_they_are_found_by_it(self, collection: Collection, words: str) -> None:
        self.file(collection, "盒1/IMG_0007.jpg")
        self.file(collection, "盒1/OTHER_0008.jpg")
        page = page_of(cataloguer(collection), f"?q={words}")
        assert "IMG_0007.jpg" in page
        assert shown(page) == 1

    def test_the_public_search_does_not_know_files(self, collection: Collection) -> None:
        collection.is_public = True
        collection.save()
        image = self.file(collection, "张三身份证.jpg")
        assert Image.objects.search("身份证").count() == 0
        for address in (f"/images/{image.pk}/", "/search/?q=身份证"):
            assert "身份证.jpg" not in browser().get(address).content.decode()

    def test_more_of_them_cost_no_more_queries(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                client.get(LIST, {"q": "IMG"})
            return len(queries)

        self.file(collection, "IMG_0.jpg")
        before = cost()
        for number in range(1, 15):
            self.file(collection, f"IMG_{number}.jpg")
        assert cost() == before

    def test_lists_of_what_belongs_to_them_name_them_so(self, collection: Collection) -> None:
        drafted(self.file(collection, "IMG_0007.jpg"), title="桥")
        client = browser(cataloguer(collection))
        for model in ("annotation", "imagefile"):
            assert "IMG_0007.jpg" in client.get(f"/admin/catalog/{model}/").content.decode()
