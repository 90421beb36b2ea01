"""What a group says, offered to its photographs: as drafts, for fields that nobody has described or drafted."""

from collections.abc import Collection as Several
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog.models import Annotation, Image, PhotoGroup
from catalog.records.annotations import offer_from_group
from catalog.vocabulary import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_AT_ONCE = 50
"""Photographs in one transaction."""


def renew_offers(*, images: Several[int], user: "User | None") -> int:
    """Offer photographs what their groups say by now, and take back what they are not in any more.

    Args:
        images: keys of the photographs.
        user: who wrote it, or who put them there.

    Returns:
        How many drafts were written.
    """
    offered = Exists(Annotation.objects.drafts().filter(image=OuterRef("pk"), source=Source.GROUP))
    says = Q()
    for field in PhotoGroup.OFFERED:
        says |= Q(**{f"photo_group__{field.column}__gt": ""})
    written, keys = 0, sorted(images)
    for start in range(0, len(keys), _AT_ONCE):
        with transaction.atomic():
            concerned = Image.objects.filter(says | Q(offered), pk__in=keys[start : start + _AT_ONCE]).select_related(
                "photo_group"
            )
            for image in concerned.order_by("pk"):
                group = image.photo_group
                values = {field.value: group.value_of(field) if group else "" for field in PhotoGroup.OFFERED}
                ai_fields = group.ai_fields if group else ()
                written += len(offer_from_group(image=image, values=values, user=user, ai_fields=ai_fields))
    return written


def offers_of(group: PhotoGroup) -> "list[Annotation]":
    """Return the offers of a group that wait, of those that say what it says now.

    Args:
        group: the group.
    """
    says = Q()
    for field in PhotoGroup.OFFERED:
        says |= Q(field=field.value, value=group.value_of(field)) if group.value_of(field) else Q()
    if not says:
        return []
    waiting = Annotation.objects.drafts().filter(says, source=Source.GROUP, image__photo_group=group)
    return list(waiting.order_by("image", "pk"))
