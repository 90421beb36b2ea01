"""Accounts are made in one step, changed, switched off, and never leave the house without an administrator."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from catalog.accounts import accounts
from catalog.accounts.roles import held_by
from catalog.exceptions import LastAdministrator
from catalog.models import Action
from catalog.vocabulary import Role, Verb
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return UserFactory(administrator=True)


def made(boss: User, **changes: Any) -> User:
    values = {"username": "wang", "last_name": "王", "first_name": "芳", **changes}
    return accounts.create_account(values=values, password="云溪1959!", roles={(Role.CATALOGUER, None)}, by=boss)


def test_an_account_is_made_with_its_roles_and_opens_the_workbench(boss: User) -> None:
    account = made(boss)
    assert authenticate(HttpRequest(), username="wang", password="云溪1959!") == account
    assert (account.is_staff, account.is_superuser) == (True, False)
    assert held_by(account) == {(Role.CATALOGUER, None)}
    told = Action.objects.order_by("pk").values_list("verb", "user", "label")
    assert list(told) == [(Verb.ACCOUNT_CREATED, boss.pk, "wang"), (Verb.ROLE_GIVEN, boss.pk, "wang")]


def test_without_a_role_nobody_enters_the_workbench(boss: User) -> None:
    account = accounts.create_account(values={"username": "gast"}, password="云溪1959!", roles=(), by=boss)
    assert not account.is_staff
    accounts.change_account(account=account, changes={}, by=boss, roles={(Role.AUDITOR, None)})
    account.refresh_from_db()
    assert account.is_staff


def test_a_name_that_is_taken_makes_nothing(boss: User) -> None:
    made(boss)
    with pytest.raises(ValidationError):
        made(boss)
    assert User.objects.filter(username="wang").count() == 1
    assert Action.objects.filter(verb=Verb.ACCOUNT_CREATED).count() == 1


def test_a_change_is_logged_with_what_there_was(boss: User) -> None:
    account = made(boss)
    accounts.change_account(account=account, changes={"last_name": "王", "is_active": False}, by=boss)
    account.refresh_from_db()
    assert not account.is_active
    assert held_by(account) == {(Role.CATALOGUER, None)}
    entry = Action.objects.get(verb=Verb.ACCOUNT_CHANGED)
    assert (entry.details["before"], entry.details["after"]) == ({"is_active": True}, {"is_active": False})


def test_what_is_the_same_is_not_logged(boss: User) -> None:
    account = made(boss)
    accounts.change_account(account=account, changes={"last_name": "王"}, by=boss)
    assert not Action.objects.filter(verb=Verb.ACCOUNT_CHANGED).exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}])
def test_the_last_administrator_stays_one(boss: User, change: dict[str, bool]) -> None:
    UserFactory(administrator=True, is_active=False)
    with pytest.raises(LastAdministrator):
        accounts.change_account(account=boss, changes=change, by=boss)
    boss.refresh_from_db()
    assert (boss.is_active, boss.is_superuser) == (True, True)

    UserFactory(administrator=True)
    accounts.change_account(account=boss, changes=change, by=boss)
    boss.refresh_from_db()
    assert {name: getattr(boss, name) for name in change} == change


def test_somebody_who_is_no_administrator_any_more_keeps_their_roles(boss: User) -> None:
    UserFactory(administrator=True)
    MembershipFactory(user=boss, everywhere=True, reviewer=True)
    accounts.change_account(account=boss, changes={"is_superuser": False}, by=boss)
    boss.refresh_from_db()
    assert (boss.is_staff, held_by(boss)) == (True, {(Role.REVIEWER, None)})


def test_a_new_password_is_logged_and_not_written_down(boss: User) -> None:
    account = made(boss)
    accounts.set_password(account=account, password="石桥1959!", by=boss)
    assert authenticate(HttpRequest(), username="wang", password="石桥1959!") == account
    entry = Action.objects.get(verb=Verb.ACCOUNT_CHANGED)
    assert entry.details == {"account": account.pk, "password": True}
