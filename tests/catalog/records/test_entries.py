"""Administrative changes write their own columns and nothing else."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Action, Image
from catalog.records import entries
from catalog.review import decisions
from catalog.vocabulary import Access, Verb
from tests.factories import ImageFactory, UserFactory

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
