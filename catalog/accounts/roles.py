"""Roles: given and taken, one by one, each with an entry in the log that says which others the person holds beside it.

In a small house one person is administrator, cataloguer and reviewer at once; whoever inspects it reads so in the log.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from catalog.models import Collection, Membership
from catalog.records.action_log import record
from catalog.vocabulary import Role, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Held = tuple[Role, int | None]
"""A role, and the key of the collection in which it holds; None for all of them."""

ADMINISTRATOR = "administrator"
"""What the log calls Django's superuser, beside the names of roles."""


def held_by(account: "User") -> set[Held]:
    """Return the roles of an account."""
    return {(Role(role), collection) for role, collection in account.memberships.values_list("role", "collection")}


@transaction.atomic
def set_roles(*, account: "User", wanted: Iterable[Held], by: "User | None") -> None:
    """Have an account hold some roles and no others.

    Args:
        account: whose.
        wanted: the roles.
        by: who gives and takes; None for the command line.
    """
    # Of two administrators who change the same account at once, one waits.
    account = get_user_model().objects.select_for_update().get(pk=account.pk)
    chosen, held = set(wanted), held_by(account)
    for role, collection in sorted(held - chosen, key=_in_order):
        _take(account, role, collection, by)
    for role, collection in sorted(chosen - held, key=_in_order):
        _give(account, role, collection, by)


@transaction.atomic
def give(*, account: "User", role: Role, collection: Collection | None, by: "User | None") -> None:
    """Give an account one role more; nothing changes where it holds the role already.

    Args:
        account: whose.
        role: which.
        collection: where; None for all collections.
        by: who gives it; None for the command line.
    """
    place = collection.pk if collection is not None else None
    set_roles(account=account, wanted=held_by(account) | {(role, place)}, by=by)


@transaction.atomic
def take_all_in(*, collection: Collection, by: "User") -> None:
    """Take the roles of everybody in a collection that is about to go.

    Args:
        collection: which.
        by: who has it go.
    """
    for row in list(Membership.objects.filter(collection=collection).select_related("user")):
        _take(row.user, Role(row.role), collection.pk, by)


def _give(account: "User", role: Role, collection: int | None, by: "User | None") -> None:
    beside = _beside(account, role, collection)
    Membership.objects.create(user=account, role=role, collection_id=collection)
    _record(Verb.ROLE_GIVEN, account, role, collection, beside, by)


def _take(account: "User", role: Role, collection: int | None, by: "User | None") -> None:
    place = Q(collection__isnull=True) if collection is None else Q(collection=collection)
    Membership.objects.filter(place, user=account, role=role).delete()
    _record(Verb.ROLE_TAKEN, account, role, collection, _beside(account, role, collection), by)


def _beside(account: "User", role: Role, collection: int | None) -> list[str]:
    """Return what else the person is, anywhere."""
    others = {str(other.value) for other, place in held_by(account) if (other, place) != (role, collection)}
    return sorted(others | ({ADMINISTRATOR} if account.is_superuser else set()))


def _record(
    verb: Verb, account: "User", role: Role, collection: int | None, beside: list[str], by: "User | None"
) -> None:
    place = Collection.objects.get(pk=collection) if collection is not None else None
    details: dict[str, Any] = {"account": account.pk, "role": role.value, "beside": beside}
    record(verb=verb, user=by, collection=place, label=account.get_username(), **details)


def _in_order(held: Held) -> tuple[str, int]:
    return held[0].value, held[1] or 0
