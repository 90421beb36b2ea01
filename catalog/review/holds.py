"""Who has which record before them: a lease that expires, so that two reviewers never decide about one record.

A hold keeps a record out of the colleagues' queues and forbids nothing: whoever opens the record by its address may
decide about it, and the row's lock sees to it that one of two is told so.
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
"""The page renews it every minute or so, as long as it is open; after this time without, the record is free again."""


def take(*, image: int, user: "User") -> bool:
    """Hold a record, or hold it longer.

    Args:
        image: key of the image.
        user: the reviewer.

    Returns:
        Whether it is theirs now; False where somebody else has it.
    """
    now = timezone.now()
    free = ReviewHold.objects.filter(Q(user=user) | Q(until__lt=now), image_id=image)
    if free.update(user=user, until=now + LEASE):
        return True
    try:
        # In a savepoint: on PostgreSQL a refused row would end the caller's transaction.
        with transaction.atomic():
            ReviewHold.objects.create(image_id=image, user=user, until=now + LEASE)
    except IntegrityError:
        return False
    return True


def release(*, images: Collection[int], user: "User") -> None:
    """Give records back before their time.

    Args:
        images: keys of images; those that others hold are left alone.
        user: the reviewer.
    """
    ReviewHold.objects.filter(image_id__in=images, user=user).delete()


def release_others(*, kept: Collection[int], user: "User") -> None:
    """Give back what a reviewer holds besides some records: they have gone on to another queue.

    Args:
        kept: keys of the images that stay theirs.
        user: the reviewer.
    """
    ReviewHold.objects.filter(user=user).exclude(image_id__in=kept).delete()


def of_others(user: "User") -> "QuerySet[ReviewHold]":
    """Return the holds of other people that are in force."""
    return ReviewHold.objects.filter(until__gte=timezone.now()).exclude(user=user)
