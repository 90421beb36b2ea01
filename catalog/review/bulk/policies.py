"""Who may change which records many at a time, and who may see, cancel and undo such a change."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog import policies
from catalog.models import BulkChange
from catalog.querysets import ImageQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def visible_changes(user: "User") -> "QuerySet[BulkChange]":
    """Return the changes that the user may know of: their own, and for reviewers those of their collections alone.

    One that goes over several collections names records of all of them.
    """
    if policies.is_administrator(user):
        return BulkChange.objects.all()
    return BulkChange.objects.filter(Q(user=user) | _within(user))


def can_cancel(user: "User", change: BulkChange) -> bool:
    """Tell whether the user may stop a change: their own, or one of their collections alone."""
    return change.user_id == user.pk or _publishes(user, change)


def can_undo(user: "User", change: BulkChange) -> bool:
    """Tell whether the user may take a change back: their own, or one of their collections alone."""
    return change.user_id == user.pk or _publishes(user, change)


def can_undo_spans(user: "User") -> bool:
    """Tell whether the user may take back what others did in a time span."""
    return policies.publishable_collections(user).exists()


def changeable_images(user: "User") -> ImageQuerySet:
    """Return the images that the user may change many at a time, and take back changes of: reviewers' business."""
    return policies.reviewable_images(user).filter(collection__in=policies.publishable_collections(user))


def _publishes(user: "User", change: BulkChange) -> bool:
    return BulkChange.objects.filter(_within(user), pk=change.pk).exists()


def _within(user: "User") -> Q:
    """Return the condition that a change has collections, all of which the user may publish."""
    of_it = BulkChange.collections.through.objects.filter(bulkchange=OuterRef("pk"))
    mine = policies.publishable_collections(user).values("pk")
    return Q(Exists(of_it)) & ~Q(Exists(of_it.exclude(collection__in=mine)))
