"""Keys by name: what is kept of them, and when they are in force."""

import pytest
from django.db import IntegrityError, transaction

from inference.models import ApiKey, Scope
from inference.models.api_keys import PREFIX
from tests.factories import UserFactory
from tests.inference.keys import issued

pytestmark = pytest.mark.django_db


def test_a_key_is_found_by_itself_and_nothing_in_the_table_gives_it_away() -> None:
    key, token = issued(Scope.ASK)

    assert ApiKey.objects.find(token) == key
    row = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert token not in row
    assert token.removeprefix(PREFIX)[7:] not in row


def test_it_can_be_told_by_its_beginning() -> None:
    key, token = issued(Scope.ASK)

    assert key.beginning
    assert token.startswith(key.beginning)
    assert token.startswith(PREFIX)
    assert len(token) - len(key.beginning) > 32


def test_no_two_keys_are_alike() -> None:
    assert len({issued(Scope.ASK)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("token", ["", PREFIX, f"{PREFIX}wrong", f"{PREFIX}\x00", f"{PREFIX}钥匙", f"{PREFIX}\ud800"])
def test_what_is_no_key_finds_none(token: str) -> None:
    issued(Scope.ASK)

    assert ApiKey.objects.find(token) is None


def test_a_key_cannot_be_found_by_its_fingerprint() -> None:
    key, _token = issued(Scope.ASK)

    assert ApiKey.objects.find(key.digest) is None


def test_one_that_is_switched_off_is_not_found_until_it_is_switched_on_again() -> None:
    key, token = issued(Scope.ASK, active=False)
    assert ApiKey.objects.find(token) is None

    ApiKey.objects.filter(pk=key.pk).update(active=True)
    assert ApiKey.objects.find(token) == key


def test_one_whose_owner_may_not_sign_in_is_not_found() -> None:
    _key, token = issued(Scope.READ, owner=UserFactory(is_active=False))

    assert ApiKey.objects.find(token) is None


def test_it_goes_with_its_owner() -> None:
    owner = UserFactory()
    issued(Scope.READ, owner=owner)

    owner.delete()

    assert not ApiKey.objects.exists()


def test_a_name_is_given_once() -> None:
    issued(Scope.ASK, name="小程序")

    with pytest.raises(IntegrityError), transaction.atomic():
        issued(Scope.ASK, name="小程序")


def test_it_is_good_for_its_scopes_only() -> None:
    key, _token = issued(Scope.ASK, Scope.READ)

    assert [scope for scope in Scope if key.allows(scope)] == [Scope.ASK, Scope.READ]


def test_a_successor_takes_its_place() -> None:
    key, token = issued(Scope.ASK, rate_per_minute=5)

    successor = ApiKey.objects.replace(key)

    assert successor is not None
    assert successor != token
    assert ApiKey.objects.find(token) is None
    found = ApiKey.objects.find(successor)
    assert found == key
    assert found.rate_per_minute == 5
    assert successor.startswith(found.beginning)


def test_of_two_people_who_replace_a_key_at_once_one_gets_a_successor() -> None:
    key, _token = issued(Scope.ASK)
    same = ApiKey.objects.get(pk=key.pk)
    successor = ApiKey.objects.replace(key)

    assert ApiKey.objects.replace(same) is None
    assert successor is not None
    assert ApiKey.objects.find(successor) == key
