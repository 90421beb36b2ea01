"""The public pages: who sees what, and what a page shows."""

from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.vocabulary import Field
from tests.catalog.people import browser, cataloguer, reviewer, stranger
from tests.factories import (
    AnnotationFactory,
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return str(response.content.decode())


class TestHome:
    def test_it_shows_public_collections_with_how_many_images_are_open(self) -> None:
        collection = CollectionFactory(public=True, title="县城旧影")
        ImageFactory.create_batch(3, collection=collection)
        ImageFactory(collection=collection, internal=True)
        shown = text_of(browser().get("/"))
        assert "县城旧影" in shown
        assert "3 幅" in shown

    def test_a_collection_that_is_not_public_is_shown_to_its_members_only(self) -> None:
        collection = CollectionFactory(title="未公开的馆藏")
        assert "未公开的馆藏" not in text_of(browser().get("/"))
        assert "未公开的馆藏" not in text_of(browser(stranger()).get("/"))
        assert "未公开的馆藏" in text_of(browser(cataloguer(collection)).get("/"))

    def test_it_shows_at_most_three_covers_and_no_closed_ones(self) -> None:
        collection = CollectionFactory(public=True)
        closed = ImageFileFactory(image=ImageFactory(collection=collection, internal=True, identifier="A"))
        files = [ImageFileFactory(image=ImageFactory(collection=collection, identifier=f"B{n}")) for n in range(4)]
        shown = text_of(browser().get("/"))
        assert f"/media/{closed.pk}/" not in shown
        assert [f"/media/{file.pk}/thumbnail/" in shown for file in files] == [True, True, True, False]

    def test_without_collections_it_says_so(self) -> None:
        assert "还没有公开的馆藏" in text_of(browser().get("/"))

    def test_more_collections_cost_no_more_queries(self, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        for _more in range(3):
            collection = CollectionFactory(public=True)
            ImageFileFactory.create_batch(2, image__collection=collection)
            # How many collections, the collections, their numbers of images, which are their covers, the covers, the
            # covers' files, and how many images there are in all.
            with django_assert_max_num_queries(7):
                browser().get("/")


class TestCollection:
    @pytest.mark.parametrize(
        ("public", "statuses"),
        [(True, [200, 200, 200, 200]), (False, [404, 404, 404, 200])],
    )
    def test_what_is_not_public_does_not_exist_for_others(self, public: bool, statuses: list[int]) -> None:
        collection = CollectionFactory(is_public=public)
        people = [None, UserFactory(), cataloguer(CollectionFactory()), cataloguer(collection)]
        address = collection.get_absolute_url()
        assert [browser(person).get(address).status_code for person in people] == statuses

    def test_it_shows_open_images_with_their_accepted_titles(self) -> None:
        collection = CollectionFactory(public=True)
        described(ImageFactory(collection=collection), title="石桥边")
        drafted(ImageFactory(collection=collection), description="草稿里的话")
        described(ImageFactory(collection=collection, internal=True), title="内部照片")
        shown = text_of(browser().get(collection.get_absolute_url()))
        assert "石桥边" in shown
        assert "草稿里的话" not in shown
        assert "内部照片" not in shown

    def test_words_and_dates_narrow_it_down(self) -> None:
        collection = CollectionFactory(public=True)
        described(ImageFactory(collection=collection), title="石桥", date="1958年")
        described(ImageFactory(collection=collection), title="帆船", date="1972年")
        page = browser().get(collection.get_absolute_url(), {"date_from": "1970", "date_to": "1979"})
        assert "帆船" in text_of(page)
        assert "石桥" not in text_of(page)

    def test_a_filter_that_finds_nothing_offers_the_way_back(self) -> None:
        collection = CollectionFactory(public=True)
        ImageFactory(collection=collection)
        shown = text_of(browser().get(collection.get_absolute_url(), {"q": "没有的词"}))
        assert "没有符合条件的照片" in shown
        assert f'href="{collection.get_absolute_url()}"' in shown

    def test_long_collections_come_in_pages_that_keep_the_filter(self) -> None:
        collection = CollectionFactory(public=True)
        ImageFactory.create_batch(50, collection=collection)
        first = text_of(browser().get(collection.get_absolute_url(), {"q": "P-"}))
        assert "?q=P-&amp;page=2" in first
        second = text_of(browser().get(collection.get_absolute_url(), {"q": "P-", "page": "2"}))
        assert second.count('class="print"') == 2

    def test_more_images_cost_no_more_queries(self, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        collection = CollectionFactory(public=True)
        for _more in range(3):
            for image in ImageFactory.create_batch(3, collection=collection):
                ImageFileFactory(image=image)
                described(image, title="题名")
            # The collection, how many images, the images, their files, their annotations.
            with django_assert_max_num_queries(5):
                browser().get(collection.get_absolute_url())


class TestImage:
    @pytest.mark.parametrize(
        ("public", "access", "statuses"),
        [
            (True, "opened", [200, 200, 200, 200, 200]),
            (True, "internal", [404, 404, 404, 200, 200]),
            (True, "restricted", [404, 404, 404, 404, 200]),
            (False, "opened", [404, 404, 404, 200, 200]),
        ],
    )
    def test_what_may_not_be_seen_does_not_exist(self, public: bool, access: str, statuses: list[int]) -> None:
        image = ImageFactory(collection__is_public=public, **{access: True})
        people = [
            None,
            UserFactory(),
            reviewer(CollectionFactory()),
            cataloguer(image.collection),
            reviewer(image.collection),
        ]
        address = image.get_absolute_url()
        assert [browser(person).get(address).status_code for person in people] == statuses

    def test_the_pages_of_a_document_are_shown_and_the_document_is_no_picture(self) -> None:
        first = ImageFileFactory(image=ImageFactory(public=True), role="page")
        second = ImageFileFactory(image=first.image, role="page", sequence=2)
        document = DocumentFactory(image=first.image)
        shown = text_of(browser().get(first.image.get_absolute_url()))
        assert f"/media/{first.pk}/screen/" in shown
        assert f"/media/{second.pk}/screen/" in shown
        assert f"/media/{document.pk}/" not in shown

    def test_it_shows_accepted_values_and_never_a_draft(self) -> None:
        image = described(title="石桥", place="云溪镇")
        drafted(image, description="草稿里的话")
        for person in (None, cataloguer(image.collection)):
            shown = text_of(browser(person).get(image.get_absolute_url()))
            assert "云溪镇" in shown
            assert "草稿里的话" not in shown

    def test_a_value_left_empty_on_purpose_is_not_shown(self) -> None:
        image = described(title="石桥", notes="")
        assert str(Field.NOTES.label) not in text_of(browser().get(image.get_absolute_url()))

    def test_a_field_that_is_still_to_be_found_out_is_shown_as_such(self) -> None:
        image = described(title="石桥", people="待考", notes="不详")
        shown = text_of(browser().get(image.get_absolute_url()))
        assert '<p class="left-open">待考</p>' in shown
        assert "<p>不详</p>" in shown

    def test_a_title_that_is_still_to_be_found_out_heads_nothing(self) -> None:
        image = described(title="待考", description="桥头有三个人")
        shown = text_of(browser().get(image.get_absolute_url()))
        assert f'<h1 id="record-title">{image.identifier}</h1>' in shown
        assert '<p class="left-open">待考</p>' in shown
        listed = text_of(browser().get(image.collection.get_absolute_url()))
        assert "桥头有三个人" in listed
        assert "待考" not in listed

    def test_words_of_the_model_carry_the_label_and_words_of_a_person_none(self) -> None:
        from catalog.review import decisions

        image = drafted(ImageFactory(public=True), description="桥头有三个人")
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())
        described(image, place="云溪镇")
        shown = text_of(browser().get(image.get_absolute_url()))
        assert shown.count('<span class="ai-label">AI 生成 · 人工审核</span>') == 1
        assert shown.index("桥头有三个人") < shown.index('class="ai-label"') < shown.index("云溪镇")

    def test_it_leads_to_the_images_before_and_after_that_may_be_seen(self) -> None:
        collection = CollectionFactory(public=True)
        first, _closed, third, fourth = (
            ImageFactory(collection=collection, identifier=f"A{n}", internal=n == 2) for n in (1, 2, 3, 4)
        )
        shown = text_of(browser().get(third.get_absolute_url()))
        assert f'href="{first.get_absolute_url()}" rel="prev"' in shown
        assert f'href="{fourth.get_absolute_url()}" rel="next"' in shown

    def test_images_without_a_number_have_neighbours_too(self) -> None:
        collection = CollectionFactory(public=True)
        first, second = (ImageFactory(collection=collection, identifier="") for _one in range(2))
        assert f'href="{second.get_absolute_url()}" rel="next"' in text_of(browser().get(first.get_absolute_url()))

    def test_an_image_whose_scan_is_missing_says_so(self) -> None:
        image = ImageFactory(public=True)
        assert "没有图像文件" in text_of(browser().get(image.get_absolute_url()))

    def test_only_who_may_review_is_led_to_the_workbench(self) -> None:
        image = ImageFactory(public=True)
        address = reverse("admin:catalog_image_change", args=[image.pk])
        assert address not in text_of(browser(stranger()).get(image.get_absolute_url()))
        assert address in text_of(browser(cataloguer(image.collection)).get(image.get_absolute_url()))

    def test_what_a_person_wrote_is_no_markup(self) -> None:
        image = described(title="<script>alert(1)</script>", notes='"><img src=x>')
        shown = text_of(browser().get(image.get_absolute_url()))
        assert "<script>alert" not in shown
        assert "<img src=x>" not in shown

    def test_a_rejected_or_superseded_value_is_not_shown(self) -> None:
        image = described(title="旧题名")
        described(image, title="新题名")
        AnnotationFactory(image=image, field=Field.PLACE, value="退回的地点", rejected=True)
        shown = text_of(browser().get(image.get_absolute_url()))
        assert "旧题名" not in shown
        assert "退回的地点" not in shown


@pytest.mark.parametrize(
    ("kind", "words"), [("archive", "1 幅照片"), ("teaching", "1 张图纸"), ("exhibit", "1 件展品")]
)
def test_images_are_called_by_what_their_collection_is_kept_for(kind: str, words: str) -> None:
    collection = CollectionFactory(kind=kind, public=True)
    image = ImageFileFactory(image=ImageFactory(collection=collection)).image

    shown = text_of(browser().get(collection.get_absolute_url()))

    assert words in shown
    assert f"馆内{words[-2:]}" in shown
    assert f"这{words[2:]}还没有著录" in text_of(browser().get(image.get_absolute_url()))
