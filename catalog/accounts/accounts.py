"""Accounts: made with their roles in one step, changed, switched off. None is ever deleted."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction

from catalog.accounts.roles import Held, held_by, set_roles
from catalog.exceptions import LastAdministrator
from catalog.models import Collection
from catalog.records.action_log import record
from catalog.vocabulary import Role, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COLUMNS = ("username", "last_name", "first_name", "email", "is_active", "is_superuser")
"""What an account is described by; whether it may enter the workbench follows from its roles."""
EVERY_ROLE_AT_WORK: frozenset[Held] = frozenset({(Role.CATALOGUER, None), (Role.REVIEWER, None)})
"""What somebody who does everything in a small house holds beside being administrator."""


@transaction.atomic
def create_account(*, values: Mapping[str, Any], password: str, roles: Iterable[Held], by: "User | None") -> "User":
    """Make an account that can be used at once.

    Args:
        values: columns (`COLUMNS`) and what they hold.
        password: its password.
        roles: what it is to hold.
        by: who makes it; None for the command line.

    Returns:
        The account.

    Raises:
        ValidationError: a column holds what it may not, such as a name that is taken.
    """
    wanted = set(roles)
    account: User = get_user_model()(**values)
    account.is_staff = account.is_superuser or bool(wanted)
    account.set_password(password)
    account.full_clean()
    account.save()
    details: dict[str, Any] = {"account": account.pk, "administrator": account.is_superuser}
    record(verb=Verb.ACCOUNT_CREATED, user=by, label=account.get_username(), **details)
    set_roles(account=account, wanted=wanted, by=by)
    return account


@transaction.atomic
def change_account(
    *, account: "User", changes: Mapping[str, Any], by: "User | None", roles: Iterable[Held] | None = None
) -> None:
    """Change an account, its roles too.

    Args:
        account: which.
        changes: columns (`COLUMNS`) and what they are to hold.
        by: who changes it; None for the command line.
        roles: what it is to hold from now on; None to leave that alone.

    Raises:
        LastAdministrator: nobody would be left who can keep accounts; nothing was changed.
        ValidationError: a column would hold what it may not.
    """
    locked: User = get_user_model().objects.select_for_update().get(pk=account.pk)
    before = {name: getattr(locked, name) for name, value in changes.items() if getattr(locked, name) != value}
    kept_accounts = locked.is_active and locked.is_superuser
    for name in before:
        setattr(locked, name, changes[name])
    if kept_accounts:
        _require_administrator(locked)
    wanted = held_by(locked) if roles is None else set(roles)
    locked.is_staff = locked.is_superuser or bool(wanted) or (roles is None and locked.is_staff)
    locked.full_clean(exclude=["password"])
    locked.save(update_fields=[*before, "is_staff"])
    if before:
        details: dict[str, Any] = {
            "account": locked.pk,
            "before": before,
            "after": {name: changes[name] for name in before},
        }
        record(verb=Verb.ACCOUNT_CHANGED, user=by, label=locked.get_username(), **details)
    set_roles(account=locked, wanted=wanted, by=by)


@transaction.atomic
def give_role(*, account: "User", role: Role, collection: Collection | None, by: "User") -> None:
    """Give an account one role more; nothing changes where it holds the role already.

    Args:
        account: whose.
        role: which.
        collection: where; None for all collections.
        by: who gives it.
    """
    locked: User = get_user_model().objects.select_for_update().get(pk=account.pk)
    change_account(account=locked, changes={}, by=by, roles=held_by(locked) | {_held(role, collection)})


@transaction.atomic
def take_role(*, account: "User", role: Role, collection: Collection | None, by: "User") -> None:
    """Take one role from an account; nothing changes where it does not hold it.

    Args:
        account: whose.
        role: which.
        collection: where; None for the role in all collections.
        by: who takes it.
    """
    locked: User = get_user_model().objects.select_for_update().get(pk=account.pk)
    change_account(account=locked, changes={}, by=by, roles=held_by(locked) - {_held(role, collection)})


@transaction.atomic
def set_password(*, account: "User", password: str, by: "User | None") -> None:
    """Give an account a new password; whoever is signed in to it has to sign in again.

    Args:
        account: which.
        password: the new one.
        by: who sets it; None for the command line.
    """
    account.set_password(password)
    account.save(update_fields=["password"])
    record(verb=Verb.ACCOUNT_CHANGED, user=by, label=account.get_username(), account=account.pk, password=True)


def create_first_administrator(username: str, password: str) -> "User":
    """Make the account that a new installation begins with: it does everything, as in a small house.

    Args:
        username: its name.
        password: its password.

    Returns:
        The account.

    Raises:
        ValidationError: the name is taken or none.
    """
    values = {"username": username, "is_superuser": True}
    return create_account(values=values, password=password, roles=EVERY_ROLE_AT_WORK, by=None)


def is_last_administrator(account: "User") -> bool:
    """Tell whether it is the one account that can keep accounts.

    Args:
        account: which.
    """
    others = get_user_model().objects.filter(is_active=True, is_superuser=True).exclude(pk=account.pk)
    return bool(account.is_active and account.is_superuser) and not others.exists()


def _held(role: Role, collection: Collection | None) -> Held:
    return role, None if collection is None else collection.pk


def _require_administrator(changed: "User") -> None:
    if changed.is_active and changed.is_superuser:
        return
    # All of them are locked: two administrators who switch each other off at once take turns.
    keepers = get_user_model().objects.select_for_update().filter(is_active=True, is_superuser=True)
    if not [keeper for keeper in keepers.order_by("pk") if keeper.pk != changed.pk]:
        raise LastAdministrator
