"""Who may know of an export, fetch its file and stop it. Which records it may have is asked when it is made."""

from typing import TYPE_CHECKING

from catalog import policies
from catalog.models import Export, Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from catalog.querysets import ImageQuerySet


def visible_exports(user: "User") -> "QuerySet[Export]":
    """Return the exports that the user may know of: their own; administrators know of all."""
    if policies.is_administrator(user):
        return Export.objects.all()
    return Export.objects.filter(user=user)


def can_fetch(user: "User", export: Export) -> bool:
    """Tell whether the user may have the file: one of their exports, all of whose collections they still work on.

    Whoever is no reviewer of a collection any more does not get a file with records that reviewers alone see.
    """
    return fetching(user)(export)


def fetching(user: "User") -> "Callable[[Export], bool]":
    """Return what tells of an export whether the user may have its file: asked of many, it looks up once."""
    if policies.is_administrator(user):
        return lambda _export: True
    reach = policies.reach_of(user)

    def may(export: Export) -> bool:
        if export.user_id != user.pk:
            return False
        described = reach.collections is None or reach.collections.issuperset(export.collections)
        return described and (reach.reviewed is None or reach.reviewed.issuperset(export.restricted))

    return may


def exported_images(export: Export) -> "ImageQuerySet":
    """Return the images that whoever asked for an export may see now; what a command exports is everything."""
    if export.user is None:
        return Image.objects.all()
    if policies.is_administrator(export.user):
        return Image.objects.all()
    return policies.reach_of(export.user).images()
