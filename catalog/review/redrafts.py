"""Drafts that a reviewer rejected and wants anew: the batch that makes them, and whose they are when they come.

The model is told what was wrong (`catalog.drafting.objections`). The new draft is shown to whoever asked for it, before
anything else; for a day nobody else's queue has it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog.batches.again import draft_again
from catalog.exceptions import RedraftRefused
from catalog.models import Annotation, BatchItem, Redraft
from catalog.vocabulary import State

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

KEPT = timedelta(days=1)
"""So long a record with a new draft is kept for whoever asked for it."""


@transaction.atomic
def ask_for(*, rejected: Annotation, user: "User") -> Redraft:
    """Have a rejected draft made anew in the background.

    Args:
        rejected: the draft, rejected, with its reason.
        user: who wants another one.

    Returns:
        What is noted of it.

    Raises:
        RedraftRefused: no prompt wrote it, or the field has a value or a draft by now.
    """
    version = rejected.run.prompt_version if rejected.run else None
    there = Annotation.objects.filter(image=rejected.image_id, field=rejected.field)
    if version is None or there.filter(state__in=[State.DRAFT, State.ACCEPTED]).exists():
        raise RedraftRefused(field=rejected.get_field_display())
    about = {"image": rejected.image, "field": rejected.field, "user": user}
    noted, _new = Redraft.objects.get_or_create(rejected=rejected, defaults=about)
    draft_again(image=rejected.image, version=version, user=user)
    return noted


def close(*, image: int, user: "User") -> None:
    """Note that somebody has decided about the drafts of a record that they had asked for.

    Those whose new draft is still to come stay open.

    Args:
        image: key of the image.
        user: who decided.
    """
    waiting = Redraft.objects.filter(image=image, user=user, closed_at__isnull=True)
    come = Annotation.objects.filter(image=OuterRef("image"), field=OuterRef("field"), pk__gt=OuterRef("rejected"))
    undecided = come.filter(state=State.DRAFT)
    waiting.filter(Exists(come), ~Exists(undecided)).update(closed_at=timezone.now())


@dataclass(frozen=True, slots=True)
class Returned:
    """Records whose new drafts were asked for and wait.

    Attributes:
        mine: keys of those that the reviewer asked for, oldest wish first.
        others: keys of those that are somebody else's to look at first.
    """

    mine: tuple[int, ...]
    others: tuple[int, ...]


def number_come_back(user: "User") -> int:
    """Count the records whose new drafts somebody asked for and has not decided about.

    Args:
        user: who asked.
    """
    return _answered().filter(user=user).values("image").distinct().count()


def returned(user: "User") -> Returned:
    """Return which records have come back with a new draft, and for whom.

    Args:
        user: the reviewer.
    """
    lately = timezone.now() - KEPT
    rows = _answered().order_by("pk").values_list("image", "user", "asked_at")
    found = list(rows.filter(Q(user=user) | Q(asked_at__gte=lately)))
    return Returned(
        mine=tuple(image for image, whose, _asked in found if whose == user.pk),
        others=tuple(image for image, whose, _asked in found if whose != user.pk),
    )


def awaited(image: int) -> set[str]:
    """Return the fields of a record of which a new draft was asked for and is still to come.

    Where the model failed, or the record was passed over because the rejection had been undone, nothing is to come.

    Args:
        image: key of the image.
    """
    newer = Annotation.objects.filter(image=OuterRef("image"), field=OuterRef("field"), pk__gt=OuterRef("rejected"))
    version = OuterRef("rejected__run__prompt_version")
    under_way = BatchItem.objects.unsettled().filter(image=OuterRef("image"), batch__prompt_version=version)
    asked = Redraft.objects.filter(Exists(under_way), image=image, closed_at__isnull=True).exclude(Exists(newer))
    return set(asked.values_list("field", flat=True))


def _answered() -> "QuerySet[Redraft]":
    """Return the open wishes whose new draft waits.

    Few, so that these are asked for their records, and not all records for these.
    """
    draft = Annotation.objects.drafts().filter(
        image=OuterRef("image"), field=OuterRef("field"), pk__gt=OuterRef("rejected")
    )
    return Redraft.objects.filter(Exists(draft), closed_at__isnull=True)
