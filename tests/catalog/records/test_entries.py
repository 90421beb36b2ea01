"""Administrative changes write their own columns and nothing else."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Action, Image
from catalog.records import entries
from catalog.review import decisions
from catalog.vocabulary import Access, Verb
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described

pytestmark = pytest.mark.django_db


def test_a_form_opened_long_ago_does_not_put_back_old_values() -> None:
    image = ImageFactory()
    stale = Image.objects.get(pk=image.pk)
    decisions.set_value(image=image, field="title", value="石桥", user=UserFactory())

    entries.change_image(image=stale, user=UserFactory(), changes={"access": Access.RESTRICTED})

    image.refresh_from_db()
    assert (image.title, image.access) == ("石桥", Access.RESTRICTED)


def test_a_change_is_logged_with_before_and_after_and_no_change_is_not() -> None:
    image = ImageFactory(volume="1")
    user = UserFactory()

    entries.change_image(image=image, user=user, changes={"volume": "2", "sheet": ""})
    entries.change_image(image=image, user=user, changes={"volume": "2"})

    entry = Action.objects.get(verb=Verb.IMAGE_CHANGED)
    assert entry.details == {"before": {"volume": "1"}, "after": {"volume": "2"}}


def test_described_columns_are_not_administrative() -> None:
    with pytest.raises(ValueError, match="title"):
        entries.change_image(image=ImageFactory(), user=None, changes={"title": "石桥"})


def test_an_identifier_in_use_is_refused_in_words() -> None:
    image = ImageFactory(identifier="P-1")

    with pytest.raises(ValidationError, match="照片号"):
        entries.change_image(image=ImageFactory(collection=image.collection), user=None, changes={"identifier": "P-1"})


def test_a_collection_is_created_once() -> None:
    collection = entries.create_collection(slug="demo", title="示例", is_public=True)

    assert Action.objects.get().collection == collection
    with pytest.raises(ValidationError):
        entries.create_collection(slug="demo", title="又一个")


class TestManyImagesAtOnce:
    def test_what_differs_is_written_and_logged_for_each(self) -> None:
        user, collection = UserFactory(), CollectionFactory()
        first, second = (ImageFactory(collection=collection, volume=volume) for volume in ("", "3"))

        changed = entries.change_images(images=Image.objects.all(), user=user, changes={"volume": "3"})

        first.refresh_from_db()
        assert (changed, first.volume) == (1, "3")
        entry = Action.objects.get(verb=Verb.IMAGE_CHANGED)
        assert (entry.image, entry.user, entry.collection) == (first, user, collection)
        assert (entry.label, entry.details) == (str(first), {"before": {"volume": ""}, "after": {"volume": "3"}})
        assert second.updated_at == Image.objects.get(pk=second.pk).updated_at

    def test_accepted_values_stay(self) -> None:
        image = described(title="石桥")

        entries.change_images(images=Image.objects.all(), user=None, changes={"volume": "3"})

        image.refresh_from_db()
        assert (image.title, image.volume) == ("石桥", "3")

    def test_they_are_written_some_hundred_at_a_time(self) -> None:
        collection = CollectionFactory()
        images = [Image(collection=collection, identifier=f"B-{number}") for number in range(450)]
        Image.objects.bulk_create(images)

        with CaptureQueriesContext(connection) as queries:
            assert entries.change_images(images=Image.objects.all(), user=None, changes={"volume": "3"}) == 450

        # The keys; then three times the beginning, the rows, the change, their entries (SQLite takes these in two
        # statements) and the end.
        assert len(queries) <= 19
        assert set(Image.objects.values_list("volume", flat=True)) == {"3"}

    @pytest.mark.parametrize("column", ["identifier", "access", "title"])
    def test_what_images_cannot_share_is_refused(self, column: str) -> None:
        with pytest.raises(ValueError, match=column):
            entries.change_images(images=Image.objects.all(), user=None, changes={column: "x"})

    def test_what_no_record_can_hold_changes_nothing(self) -> None:
        image = ImageFactory(volume="1")

        with pytest.raises(ValidationError):
            entries.change_images(images=Image.objects.all(), user=None, changes={"volume": "x" * 41})

        image.refresh_from_db()
        assert image.volume == "1"
        assert not Action.objects.exists()
