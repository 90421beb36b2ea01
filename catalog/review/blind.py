"""先著录后看稿: who has seen which drafts, and what somebody writes before they do.

What a person enters before a record's drafts were shown to them is theirs alone, whatever the drafts say; it stands in
the log as blind, with the draft that it took the place of, so that the same entries measure the model.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog.exceptions import DraftsSeen
from catalog.models import Annotation, DraftsShown, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import State

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser, User


def note_shown(*, image: int, user: "User") -> None:
    """Note that a record's drafts are before somebody's eyes now.

    Args:
        image: key of the image.
        user: who sees them.
    """
    note_all_shown(images=[image], user=user)


def note_all_shown(*, images: Iterable[int], user: "User") -> None:
    """Note that the drafts of several records are before somebody's eyes now.

    Args:
        images: keys of the images.
        user: who sees them.
    """
    now = timezone.now()
    DraftsShown.objects.bulk_create(
        [DraftsShown(image_id=image, user=user, shown_at=now) for image in images],
        update_conflicts=True,
        unique_fields=["image", "user"],
        update_fields=["shown_at"],
    )


def note_shown_each(*, images: Iterable[int], user: "User") -> None:
    """Note that drafts of several records are before somebody's eyes now.

    Args:
        images: keys of images.
        user: who sees them.
    """
    now = timezone.now()
    DraftsShown.objects.bulk_create(
        [DraftsShown(image_id=image, user=user, shown_at=now) for image in sorted(set(images))],
        update_conflicts=True,
        unique_fields=["image", "user"],
        update_fields=["shown_at"],
    )


def hidden_from(user: "AbstractBaseUser | AnonymousUser") -> Q:
    """Return the condition that an annotation is hidden from somebody who has still to write of its record.

    It is `is_hidden` for many records: in a collection that wants it, all that a model wrote of a record and nobody
    accepted, as long as none of its drafts was shown to them.

    Args:
        user: who is about to look.
    """
    drafts = Annotation.objects.drafts().filter(ai_origin=True)
    looked = DraftsShown.objects.filter(image=OuterRef("image_id"), user=user.pk, shown_at__gte=OuterRef("created_at"))
    waiting = drafts.filter(image=OuterRef("image_id"))
    return (
        Q(image__collection__blind_first=True, ai_origin=True)
        & ~Q(state=State.ACCEPTED)
        & Q(Exists(waiting))
        & ~Q(Exists(waiting.filter(Exists(looked))))
    )


def is_hidden(*, image: Image, user: "User") -> bool:
    """Tell whether a record's drafts are hidden from somebody, because its collection wants them to write first.

    Args:
        image: the image.
        user: who is about to look at it.
    """
    if not image.collection.blind_first:
        return False
    return may_be_hidden(image=image.pk, drafts=image.annotations.drafts(), user=user)


def may_be_hidden(*, image: int, drafts: Iterable[Annotation], user: "User") -> bool:
    """Tell whether a record's drafts are all new to somebody, so that they can be hidden from them.

    Args:
        image: key of the image.
        drafts: its drafts.
        user: who is about to look at it.

    Returns:
        True where there is a draft and none of them was shown to the user before.
    """
    made = [draft.created_at for draft in drafts if draft.ai_origin]
    if not made:
        return False
    shown = DraftsShown.objects.filter(image=image, user=user).values_list("shown_at", flat=True).first()
    return shown is None or shown < min(made)


@transaction.atomic
def write(*, image: Image, values: Mapping[str, decisions.Written], user: "User") -> list[Annotation]:
    """Save what somebody wrote before they saw the drafts; from now on they have seen them.

    The drafts of these fields are superseded; those of other fields go on waiting.

    Args:
        image: the image.
        values: field → what was written. Fields left empty are no description and are passed over.
        user: who wrote.

    Returns:
        The accepted annotations.

    Raises:
        DraftsSeen: the drafts had been shown to them; nothing was saved.
        ChangedMeanwhile: a field says something else by now; nothing was saved.
        UnknownField: there is no such field.
    """
    locked = annotations.locked_image(image.pk)
    drafts = list(locked.annotations.drafts())
    if not may_be_hidden(image=locked.pk, drafts=drafts, user=user):
        raise DraftsSeen
    entered = {field: written for field, written in values.items() if written.value.strip()}
    step = uuid4().hex if len(entered) > 1 else ""
    saved = [
        decisions.set_value(
            image=locked, field=field, value=typed.value, user=user, seen_value=typed.seen, blind=True, step=step
        )
        for field, typed in entered.items()
    ]
    note_shown(image=locked.pk, user=user)
    return saved


def drafts_behind(written: Iterable[Annotation]) -> dict[str, Annotation]:
    """Return what the model had proposed for fields that were written blind, to be held against it.

    Args:
        written: what was written, of one image.

    Returns:
        Field → the newest draft of the model's that was superseded by it; fields that had none are left out.
    """
    found: dict[str, Annotation] = {}
    for item in written:
        behind = Annotation.objects.machine_made().filter(
            image=item.image_id, field=item.field, state=State.SUPERSEDED, decided_by__isnull=True
        )
        if (draft := behind.with_provenance().order_by("-pk").first()) is not None:
            found[item.field] = draft
    return found
