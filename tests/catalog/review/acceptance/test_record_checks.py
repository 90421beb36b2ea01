"""What the machine sees of every record: its number, its scans, and whether they belong together."""

from typing import Any

import pytest

from catalog.audit_words import RecordFault
from catalog.models import Collection, Image
from catalog.review.acceptance.record_checks import faults_of, numbered_twice
from catalog.vocabulary import Fixity
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def faults(collection: Collection, image: Image) -> list[RecordFault]:
    return faults_of(collection, [Image.objects.with_files().get(pk=image.pk)]).get(image.pk, [])


def scanned(collection: Collection, identifier: str = "Y-01-0012", name: str = "Y-01-0012.jpg", **more: Any) -> Image:
    image = ImageFactory(collection=collection, identifier=identifier, volume="01")
    ImageFileFactory(image=image, original_name=name, **{"fixity": Fixity.INTACT} | more)
    return image


@pytest.mark.parametrize("name", ["Y-01-0012.jpg", "y_01_0012 正面.tif", "Ｙ－01－0012_v.jpg", "扫描/Y010012.jpg"])
def test_a_record_whose_files_carry_its_number_is_in_order(collection: Collection, name: str) -> None:
    assert faults(collection, scanned(collection, name=name)) == []


def test_without_a_number_there_is_nothing_to_hold_names_against(collection: Collection) -> None:
    assert faults(collection, scanned(collection, identifier="")) == [RecordFault.NO_NUMBER]


def test_a_name_of_another_number_is_told(collection: Collection) -> None:
    assert faults(collection, scanned(collection, name="Y-01-0013.jpg")) == [RecordFault.NAME_DIFFERS]


def test_a_record_without_a_scan_is_told(collection: Collection) -> None:
    assert faults(collection, ImageFactory(collection=collection)) == [RecordFault.NO_SCAN]


@pytest.mark.parametrize("fixity", [Fixity.DAMAGED, Fixity.REPLACED, Fixity.MISSING, Fixity.UNREADABLE])
def test_a_scan_that_is_not_what_came_in_is_told(collection: Collection, fixity: str) -> None:
    assert faults(collection, scanned(collection, fixity=fixity)) == [RecordFault.DAMAGED]


def test_a_scan_that_was_never_read_again_is_told_as_such(collection: Collection) -> None:
    assert faults(collection, scanned(collection, fixity=Fixity.UNKNOWN)) == [RecordFault.UNVERIFIED]


@pytest.mark.parametrize(
    ("pattern", "is_off"),
    [
        ("{保管期限}-{册号}-{张号:4}", False),
        ("Y-{册号}-{张号:4}", False),
        ("Y-{册号}-{张号:5}", True),
        ("X-{册号}-{张号:4}", True),
        ("Y-{年度}-{张号:4}", True),
        ("", False),
    ],
)
def test_a_number_is_held_against_the_collections_pattern(collection: Collection, pattern: str, is_off: bool) -> None:
    collection.number_pattern, collection.retention_period = pattern, "permanent"
    assert faults(collection, scanned(collection)) == ([RecordFault.OFF_PATTERN] if is_off else [])


def test_the_volume_in_a_number_is_the_records_own(collection: Collection) -> None:
    collection.number_pattern = "Y-{册号}-{张号:4}"
    image = scanned(collection)
    Image.objects.filter(pk=image.pk).update(volume="2")
    assert faults(collection, image) == [RecordFault.OFF_PATTERN]


def test_numbers_that_differ_by_width_case_or_blanks_alone_are_the_same(collection: Collection) -> None:
    alike = {ImageFactory(collection=collection, identifier=text).pk for text in ("Y-1", "y-1", "Ｙ-1", "Y - 1")}
    ImageFactory(collection=collection, identifier="Y-2")
    ImageFactory(identifier="Y-2")
    ImageFactory.create_batch(2, collection=collection, identifier="")

    assert numbered_twice(collection) == alike
