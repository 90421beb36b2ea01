"""Writes annotations of many images at once, for lots of audits: a part of the one place that writes annotations.

As in `catalog.records.annotations`, the caller's transaction holds the images' row locks (`locked_images`).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog.models import Annotation, Audit, Image
from catalog.records._columns import refresh_many
from catalog.vocabulary import Objection, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def accept_by_audit(*, images: Sequence[Image], drafts: Sequence[Annotation], audit: Audit, user: "User") -> None:
    """Accept drafts of a lot that passed its audit. They are held back: no column has them until they are released.

    Args:
        images: the images, locked.
        drafts: drafts of these images, of fields that have no accepted value.
        audit: the audit, which becomes part of each value's label.
        user: who accepts the lot.
    """
    decided = {"state": State.ACCEPTED, "decided_by": user, "decided_at": timezone.now(), "audit": audit, "held": True}
    Annotation.objects.filter(pk__in=[draft.pk for draft in drafts]).update(**decided)
    refresh_many(images, {})


def release(*, images: Sequence[Image], audit: Audit) -> list[int]:
    """Write what an audit accepted, and no person has touched since, into the records, where the public reads it.

    Args:
        images: images with such values, locked.
        audit: the audit.

    Returns:
        The keys of the annotations.
    """
    held = Annotation.objects.filter(image__in=images, audit=audit, held=True)
    values: dict[int, dict[str, str]] = {}
    released = list(held.accepted())
    for item in released:
        values.setdefault(item.image_id, {})[item.field] = item.value
    # What a person has replaced as well: should they undo that, it is as public as the others of its lot.
    held.update(held=False)
    refresh_many(images, values)
    return [item.pk for item in released]


def recall(*, images: Sequence[Image], accepted: Iterable[int], audit: Audit) -> list[Annotation]:
    """Make drafts again of what an audit accepted and no person has touched since; the records forget it.

    Where another draft waits for the field by now, that one goes on waiting. What a person has put something else in
    the place of stays as it is; should they undo that, it comes back as a draft.

    Args:
        images: images with such values, locked.
        accepted: keys of what the audit accepted.
        audit: the audit.

    Returns:
        What was taken back.
    """
    of_images = Annotation.objects.accepted().filter(image__in=images, audit=audit)
    taken = list(of_images.filter(pk__in=list(accepted)).order_by("pk"))
    waiting = set(Annotation.objects.drafts().filter(image__in=images).values_list("image_id", "field"))
    emptied: dict[int, dict[str, str]] = {}
    for item in taken:
        if not item.held:
            emptied.setdefault(item.image_id, {})[item.field] = ""
    undecided = {"decided_by": None, "decided_at": None, "audit": None, "held": False}
    stale = [item.pk for item in taken if (item.image_id, item.field) in waiting]
    Annotation.objects.filter(pk__in=stale).update(state=State.SUPERSEDED, **undecided)
    again = [item.pk for item in taken if item.pk not in set(stale)]
    Annotation.objects.filter(pk__in=again).update(state=State.DRAFT, **undecided)
    refresh_many(images, emptied)
    return taken


def reject_drafts(
    *, images: Sequence[Image], drafts: Sequence[Annotation], user: "User", reason: str, code: str = Objection.NONE
) -> None:
    """Reject drafts of several images; the records stay as they are.

    Args:
        images: the images, locked.
        drafts: drafts of these images.
        user: who rejects them.
        reason: why, for the next attempt.
        code: what is wrong with them, a value of `Objection`.
    """
    decided = {
        "state": State.REJECTED,
        "decided_by": user,
        "decided_at": timezone.now(),
        "reason": reason,
        "reason_code": code,
    }
    Annotation.objects.filter(pk__in=[draft.pk for draft in drafts]).update(**decided)
    refresh_many(images, {})
