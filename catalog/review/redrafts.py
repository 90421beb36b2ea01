"""Drafts that a reviewer rejected and wants anew: the batch that makes them, and whose they are when they come.

The model is told what was wrong (`catalog.drafting.objections`). The new draft is shown to whoever asked for it, before
anything else; for a day nobody else's queue has it.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog.batches.again import draft_again
from catalog.exceptions import RedraftRefused
from catalog.models import Annotation, Redraft
from catalog.querysets import ImageQuerySet
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
    noted, _new = Redraft.objects.get_or_create(rejected=rejected, defaults={"image": rejected.image, "user": user})
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
    come = Annotation.objects.filter(
        image=OuterRef("image"), field=OuterRef("rejected__field"), pk__gt=OuterRef("rejected")
    )
    undecided = come.filter(state=State.DRAFT)
    waiting.filter(Exists(come), ~Exists(undecided)).update(closed_at=timezone.now())


def come_back(images: ImageQuerySet, user: "User") -> ImageQuerySet:
    """Keep the records whose new drafts somebody asked for and has not decided about, oldest wish first.

    Args:
        images: records with drafts.
        user: who asked.
    """
    mine = _answered().filter(user=user)
    return images.filter(Exists(mine)).order_by("pk")


def number_come_back(user: "User") -> int:
    """Count the records whose new drafts somebody asked for and has not decided about.

    Args:
        user: who asked.
    """
    draft = Annotation.objects.drafts().filter(
        image=OuterRef("image"), field=OuterRef("rejected__field"), pk__gt=OuterRef("rejected")
    )
    answered = Redraft.objects.filter(Exists(draft), user=user, closed_at__isnull=True)
    return answered.values("image").distinct().count()


def kept_for_others(images: ImageQuerySet, user: "User") -> ImageQuerySet:
    """Leave out the records whose new drafts are somebody else's to look at first.

    Args:
        images: records with drafts.
        user: who is about to get the next one.
    """
    lately = timezone.now() - KEPT
    return images.exclude(Exists(_answered().filter(~Q(user=user), asked_at__gte=lately)))


def is_under_way(image: int, field: str) -> bool:
    """Tell whether a new draft of a field was asked for and is still to come.

    Args:
        image: key of the image.
        field: a descriptive field.
    """
    asked = Redraft.objects.filter(image=image, rejected__field=field, closed_at__isnull=True)
    newer = Annotation.objects.filter(
        image=OuterRef("image"), field=OuterRef("rejected__field"), pk__gt=OuterRef("rejected")
    )
    return asked.exclude(Exists(newer)).exists()


def _answered() -> "QuerySet[Redraft]":
    """Return the open wishes of the outer query's image whose new draft waits."""
    draft = Annotation.objects.drafts().filter(
        image=OuterRef("image"), field=OuterRef("rejected__field"), pk__gt=OuterRef("rejected")
    )
    return Redraft.objects.filter(Exists(draft), image=OuterRef("pk"), closed_at__isnull=True)
