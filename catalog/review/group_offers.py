"""Accepting what a group of photographs offers its members, for all of them by one action of a person."""

from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.exceptions import AlreadyDecided, GroupingRefused
from catalog.models import Annotation, PhotoGroup
from catalog.querysets import ImageQuerySet
from catalog.records.photo_group_offers import offers_of
from catalog.review import decisions

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_AT_ONCE = 100
"""Decisions in one transaction."""


def accept_offers(*, group: PhotoGroup, seen: int, images: ImageQuerySet, user: "User") -> int:
    """Accept what a group offers, each draft by a decision of its own; those of one photograph are one step to undo.

    Args:
        group: the group.
        seen: its revision when the person read what it says.
        images: photographs that the person may review; those of others are left.
        user: who accepts.

    Returns:
        How many drafts were accepted; one that somebody else has decided meanwhile is not among them.

    Raises:
        GroupingRefused: the group says something else by now, or is gone.
    """
    if not PhotoGroup.objects.filter(pk=group.pk, revision=seen).exists():
        raise GroupingRefused(_("这个照片组的说明刚刚被别人改过，没有采用。请看过现在的内容再采用。"))
    mine = set(images.filter(photo_group=group).values_list("pk", flat=True))
    offers = [offer for offer in offers_of(group) if offer.image_id in mine]
    accepted = 0
    steps: dict[int, str] = {}
    for start in range(0, len(offers), _AT_ONCE):
        with transaction.atomic():
            for offer in offers[start : start + _AT_ONCE]:
                step = steps.setdefault(offer.image_id, uuid4().hex)
                accepted += _accept(offer, user, step)
    return accepted


def _accept(offer: Annotation, user: "User", step: str) -> int:
    try:
        decisions.accept(annotation=offer, user=user, step=step)
    except AlreadyDecided:
        return 0
    return 1
