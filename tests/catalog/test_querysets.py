"""The catalogue's queries."""

from datetime import date
from typing import Any

import pytest

from catalog.models import Collection, Image, ImageFile
from tests.factories import (
    AnnotationFactory,
    CollectionFactory,
    DocumentFactory,
    ImageFactory,
    ImageFileFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def test_public_images_are_the_open_ones_of_public_collections() -> None:
    shown = ImageFactory(public=True)
    ImageFactory(public=True, internal=True)
    ImageFactory()

    assert list(Image.objects.public()) == [shown]


def test_search_finds_a_single_chinese_character_in_any_accepted_field() -> None:
    bridge = described(title="清水河石桥")
    boat = described(description="桥下的帆船")
    described(title="宝塔")

    assert set(Image.objects.search("桥")) == {bridge, boat}


def test_search_wants_every_word() -> None:
    wanted = described(title="石桥", place="清水镇")
    described(title="石桥", place="山口")

    assert list(Image.objects.search("石桥 清水")) == [wanted]


def test_search_finds_no_drafts() -> None:
    drafted(description="石桥")

    assert not Image.objects.search("石桥").exists()


@pytest.mark.parametrize("text", ["%", "_", "\\"])
def test_search_takes_wildcards_for_what_they_are(text: str) -> None:
    wanted = described(title=f"a{text}b")
    described(title="石桥")

    assert list(Image.objects.search(text)) == [wanted]


def test_images_are_found_by_a_date_range_they_touch() -> None:
    decade = described(date="1950年代")
    year = described(date="1962年")
    described(title="没有日期")

    assert list(Image.objects.dated_within(date(1959, 1, 1), date(1960, 1, 1))) == [decade]
    assert set(Image.objects.dated_within(start=date(1959, 1, 1))) == {decade, year}
    assert list(Image.objects.dated_within(end=date(1959, 1, 1))) == [decade]


def test_a_date_that_is_open_to_a_side_is_found_on_that_side_whenever() -> None:
    before, after = described(date="1949年以前"), described(date="1966年以后")
    described(date="解放前")

    assert list(Image.objects.dated_within(end=date(1800, 1, 1))) == [before]
    assert list(Image.objects.dated_within(start=date(2020, 1, 1))) == [after]
    assert list(Image.objects.dated_within(date(1949, 12, 31), date(1949, 12, 31))) == [before]
    assert not Image.objects.dated_within(date(1950, 1, 1), date(1965, 12, 31)).exists()


def test_images_are_told_apart_by_whether_their_date_was_understood() -> None:
    read, unread = described(date="1949年以前"), described(date="解放前")
    without = {described(date="不详"), described(title="石桥")}

    assert list(Image.objects.with_dating("read")) == [read]
    assert list(Image.objects.with_dating("unread")) == [unread]
    assert set(Image.objects.with_dating("none")) == without


def test_documents_are_no_scans_and_nothing_to_be_read() -> None:
    page = ImageFileFactory(role="page")
    DocumentFactory(image=page.image)
    alone = DocumentFactory()

    assert list(ImageFile.objects.scans()) == [page]
    assert list(ImageFile.objects.unread("fake", "1")) == [page]
    assert list(Image.objects.with_scans()) == [page.image]
    assert list(Image.objects.unread("fake", "1")) == [page.image]
    assert alone.image.front is None


def test_an_image_lacks_a_field_that_has_neither_a_value_nor_a_draft() -> None:
    bare = ImageFactory()
    rejected = AnnotationFactory(rejected=True).image
    half = described(event="合影")
    drafted(description="石桥")
    described(description="石桥")

    assert set(Image.objects.lacking(["description"])) == {bare, rejected, half}
    assert half in Image.objects.lacking(["event", "date"])
    assert half not in Image.objects.lacking(["event"])


def test_rejected_images_are_those_whose_last_word_was_a_rejection() -> None:
    rejected = AnnotationFactory(rejected=True).image
    redrafted = AnnotationFactory(rejected=True).image
    AnnotationFactory(image=redrafted)
    ImageFactory()

    assert list(Image.objects.last_rejected(["description"])) == [rejected]


def test_a_collection_counts_its_images() -> None:
    collection = CollectionFactory()
    ImageFactory(collection=collection, internal=True)
    drafted(ImageFactory(collection=collection), title="a", description="b")
    described(ImageFactory(collection=collection), title="a")
    described(ImageFactory(collection=collection), title="a", people="待考")

    counted = Collection.objects.with_counts().get()

    names = ("image_count", "to_review_count", "to_research_count", "described_count")
    assert [getattr(counted, name) for name in names] == [4, 1, 1, 1]


def test_annotations_come_with_their_provenance_in_a_constant_number_of_queries(django_assert_num_queries: Any) -> None:
    collection = CollectionFactory()

    def read() -> None:
        # The images, their files, their annotations with run, version, prompt and people.
        with django_assert_num_queries(3):
            for image in collection.images.with_files().with_annotations():
                assert image.front is None
                for item in image.current_annotations:
                    assert str(item.run.prompt_version)

    drafted(ImageFactory(collection=collection), title="a")
    read()
    for number in range(5):
        drafted(ImageFactory(collection=collection), title=f"{number}", description="b")
    read()
