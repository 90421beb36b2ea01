"""Who has which record before them: a lease that expires, so that two reviewers never decide about one record.

A hold keeps a record out of the colleagues' queues, and out of that of the same person in another tab, and forbids
nothing: whoever opens the record by its address may decide about it, and the row's lock sees to it that one of two is
told so.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models import ReviewHold

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = timedelta(minutes=5)
"""The page renews it every minute or so, as long as somebody is at it; after this time without, the record is free."""


def take(*, image: int, user: "User", tab: str = "") -> bool:
    """Hold a record, or hold it longer.

    Args:
        image: key of the image.
        user: the reviewer.
        tab: in which tab of their browser.

    Returns:
        Whether it is theirs now, in this tab; False where somebody else has it, or they themselves in another tab.
    """
    return _take(Q(user=user, tab=tab), image, user, tab)


def take_over(*, image: int, user: "User", tab: str = "") -> bool:
    """Hold a record that somebody opens by its name, be it in another tab of theirs.

    Args:
        image: key of the image.
        user: the reviewer.
        tab: the tab in which it is from now on.

    Returns:
        Whether it is theirs now; False where somebody else has it.
    """
    return _take(Q(user=user), image, user, tab)


def _take(mine: Q, image: int, user: "User", tab: str) -> bool:
    now = timezone.now()
    free = ReviewHold.objects.filter(mine | Q(until__lt=now), image_id=image)
    if free.update(user=user, tab=tab, until=now + LEASE):
        return True
    try:
        # In a savepoint: on PostgreSQL a refused row would end the caller's transaction.
        with transaction.atomic():
            ReviewHold.objects.create(image_id=image, user=user, tab=tab, until=now + LEASE)
    except IntegrityError:
        return False
    return True


def release(*, images: Collection[int], user: "User") -> None:
    """Give records back before their time, in whichever tab they are: they are decided about.

    Args:
        images: keys of images; those that others hold are left alone.
        user: the reviewer.
    """
    ReviewHold.objects.filter(image_id__in=images, user=user).delete()


def let_go(*, images: Collection[int] | None, user: "User", tab: str) -> None:
    """Give back what a reviewer has in a tab: they have gone on from it, or closed it.

    Args:
        images: keys of images; None for all.
        user: the reviewer.
        tab: the tab; what they have in others stays theirs.
    """
    held = ReviewHold.objects.filter(user=user, tab=tab)
    (held if images is None else held.filter(image_id__in=images)).delete()


def move(*, user: "User", before: str, tab: str) -> None:
    """Let a tab that was loaded again have what it had before.

    Args:
        user: the reviewer.
        before: what the tab was called.
        tab: what it is called now.
    """
    ReviewHold.objects.filter(user=user, tab=before).update(tab=tab)


def of_others(user: "User", tab: str | None = None) -> "QuerySet[ReviewHold]":
    """Return the holds in force that keep a record from somebody.

    Args:
        user: the reviewer.
        tab: the tab in which they ask; their own other tabs count as others. None where their tabs do not matter.
    """
    mine = Q(user=user) if tab is None else Q(user=user, tab=tab)
    return ReviewHold.objects.filter(~mine, until__gte=timezone.now())
