"""The sample collection is shown to the public, and its records say that nobody has examined them."""

import pytest
from django.contrib.auth import get_user_model

from catalog.models import Image
from catalog.review.disclosure.withdrawing import withdraw
from demo.opening import BASIS, FIRST, SECOND, open_samples
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described

pytestmark = pytest.mark.django_db


def test_its_records_are_opened_once_by_accounts_that_nobody_can_use() -> None:
    collection = CollectionFactory(slug="demo", public=True)
    described(ImageFactory(collection=collection, internal=True), title="石桥", notes="电话13812345678")
    ImageFactory(collection=collection, internal=True)
    ImageFactory(internal=True)
    assert open_samples("demo") == 2
    assert open_samples("demo") == 0
    assert Image.objects.public().count() == 2
    found = Image.objects.public()[0]
    assert found.disclosure_basis == BASIS
    names = {found.disclosure_first_examiner.username, found.disclosure_second_examiner.username}
    assert names == {FIRST, SECOND}
    for account in get_user_model().objects.filter(username__in=names):
        assert not account.is_active
        assert not account.has_usable_password()


def test_what_somebody_has_closed_stays_closed() -> None:
    collection = CollectionFactory(slug="demo", public=True)
    first, _second = ImageFactory.create_batch(2, collection=collection, internal=True)
    open_samples("demo")
    withdraw(images=collection.images.filter(pk=first.pk), user=UserFactory(), reason="不合适")
    assert open_samples("demo") == 0
    assert Image.objects.public().count() == 1
