"""Who may see, cancel and undo which import of a table. Which records it may change, `catalog.policies` says."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog import policies
from catalog.models import TableImport

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def visible_imports(user: "User") -> "QuerySet[TableImport]":
    """Return the imports that the user may know of: their own, and for reviewers those of their collections alone.

    One that goes over several collections names records of all of them.
    """
    if policies.is_administrator(user):
        return TableImport.objects.all()
    return TableImport.objects.filter(Q(user=user) | _within(user))


def can_cancel(user: "User", table: TableImport) -> bool:
    """Tell whether the user may stop an import: their own, or one of their collections alone."""
    return table.user_id == user.pk or _publishes(user, table)


def can_undo(user: "User", table: TableImport) -> bool:
    """Tell whether the user may take an import back: their own, or one of their collections alone."""
    return table.user_id == user.pk or _publishes(user, table)


def _publishes(user: "User", table: TableImport) -> bool:
    return TableImport.objects.filter(_within(user), pk=table.pk).exists()


def _within(user: "User") -> Q:
    """Return the condition that an import has collections, all of which the user may publish."""
    of_it = TableImport.collections.through.objects.filter(tableimport=OuterRef("pk"))
    mine = policies.publishable_collections(user).values("pk")
    return Q(Exists(of_it)) & ~Q(Exists(of_it.exclude(collection__in=mine)))
