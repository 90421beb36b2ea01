"""Roles are given and taken one by one, and the log says what somebody was beside it."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.accounts import roles
from catalog.models import Action, Collection, Membership
from catalog.vocabulary import Role, Verb
from tests.factories import CollectionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> User:
    return UserFactory(username="wang")


@pytest.fixture
def boss() -> User:
    return UserFactory(administrator=True)


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def entries() -> list[tuple[str, str, int | None, list[str]]]:
    rows = Action.objects.order_by("pk")
    return [(row.verb, row.details["role"], row.collection_id, row.details["beside"]) for row in rows]


def test_one_person_holds_several_roles_and_each_is_logged(account: User, boss: User, collection: Collection) -> None:
    wanted = {(Role.CATALOGUER, collection.pk), (Role.REVIEWER, collection.pk), (Role.AUDITOR, None)}

    roles.set_roles(account=account, wanted=wanted, by=boss)

    assert roles.held_by(account) == wanted
    assert entries() == [
        (Verb.ROLE_GIVEN, "auditor", None, []),
        (Verb.ROLE_GIVEN, "cataloguer", collection.pk, ["auditor"]),
        (Verb.ROLE_GIVEN, "reviewer", collection.pk, ["auditor", "cataloguer"]),
    ]
    assert set(Action.objects.values_list("user", "label")) == {(boss.pk, "wang")}


def test_what_is_held_already_is_neither_given_nor_logged_again(
    account: User, boss: User, collection: Collection
) -> None:
    MembershipFactory(user=account, collection=collection)
    kept = account.memberships.get().pk

    roles.set_roles(account=account, wanted=roles.held_by(account), by=boss)
    roles.give(account=account, role=Role.CATALOGUER, collection=collection, by=boss)

    assert account.memberships.get().pk == kept
    assert entries() == []


def test_a_role_that_is_taken_is_logged_with_what_is_left(account: User, boss: User, collection: Collection) -> None:
    MembershipFactory(user=account, collection=collection)
    MembershipFactory(user=account, everywhere=True, reviewer=True)

    roles.set_roles(account=account, wanted={(Role.REVIEWER, None)}, by=boss)

    assert roles.held_by(account) == {(Role.REVIEWER, None)}
    assert entries() == [(Verb.ROLE_TAKEN, "cataloguer", collection.pk, ["reviewer"])]


def test_an_administrator_s_role_says_that_they_are_one(boss: User) -> None:
    roles.give(account=boss, role=Role.REVIEWER, collection=None, by=boss)
    assert entries() == [(Verb.ROLE_GIVEN, "reviewer", None, ["administrator"])]


def test_roles_of_a_collection_that_goes_are_taken(boss: User, collection: Collection) -> None:
    MembershipFactory(collection=collection)
    MembershipFactory(collection=collection, reviewer=True)
    elsewhere = MembershipFactory()

    roles.take_all_in(collection=collection, by=boss)

    assert list(Membership.objects.all()) == [elsewhere]
    assert [verb for verb, *_rest in entries()] == [Verb.ROLE_TAKEN] * 2


def test_a_role_that_there_is_not_is_refused(account: User) -> None:
    with pytest.raises(ValidationError):
        Membership(user=account, role="boss").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(user=account, role="boss")
