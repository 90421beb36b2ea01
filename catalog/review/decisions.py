"""Reviewing: a person accepts, edits or rejects a draft, or writes a value.

Whether the user may is asked of `catalog.policies` by the caller. Each function locks the image's row first, so
that two reviewers and a batch take their turns.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.exceptions import AlreadyDecided, ChangedMeanwhile, DraftsChanged
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import TO_BE_RESEARCHED, Source, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COLUMNS_OF_A_DRAFT = ("value", "original_value", "ai_origin", "run_id")
"""What an edit may change of a draft besides its state: where the words are from goes with the words."""


@transaction.atomic
def accept(*, annotation: Annotation, user: "User") -> Annotation:
    """Accept a draft as it is and write its value to the image.

    Args:
        annotation: the draft.
        user: the reviewer.

    Returns:
        The annotation, accepted.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    _accept(image, draft, user)
    return draft


@transaction.atomic
def edit_and_accept(*, annotation: Annotation, user: "User", value: str) -> Annotation:
    """Accept a draft in the reviewer's wording; the machine's words are kept beside it.

    Args:
        annotation: the draft.
        user: the reviewer.
        value: the reviewer's wording; empty means "deliberately empty".

    Returns:
        The annotation, accepted.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    _accept(image, draft, user, value=value.strip())
    return draft


@transaction.atomic
def reject(*, annotation: Annotation, user: "User", reason: str = "", step: str = "") -> Annotation:
    """Reject a draft. The field counts as missing again, so the next batch drafts it anew.

    Args:
        annotation: the draft.
        user: the reviewer.
        reason: why.
        step: what is undone together has the same.

    Returns:
        The annotation, rejected.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    annotations.reject_draft(image=image, draft=draft, user=user, reason=reason.strip())
    details: dict[str, Any] = {"annotation": draft.pk, "reason": draft.reason, **_step(step)}
    record(verb=Verb.DRAFT_REJECTED, user=user, image=image, field=draft.field, **details)
    return draft


@transaction.atomic
def leave_open(*, annotation: Annotation, user: "User", reason: str = "") -> Annotation:
    """Reject a draft for want of evidence, and leave its field 待考 where the record says nothing of it yet.

    Args:
        annotation: the draft.
        user: the reviewer.
        reason: why, in their words; empty to say that there is no evidence.

    Returns:
        The annotation, rejected.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, step = annotations.locked_image(annotation.image_id), uuid4().hex
    draft = reject(annotation=annotation, user=user, reason=reason.strip() or _("没有依据"), step=step)
    if not image.annotations.accepted().filter(field=draft.field).exists():
        set_value(image=image, field=draft.field, value=TO_BE_RESEARCHED, user=user, step=step)
    return draft


@transaction.atomic
def set_value(
    *, image: Image, field: str, value: str, user: "User", seen_value: str | None = None, step: str = ""
) -> Annotation:
    """Write a person's value into the record; a draft waiting for the field is superseded by it.

    Args:
        image: the image.
        field: a descriptive field.
        value: the value; empty means "deliberately empty".
        user: who writes.
        seen_value: what the writer saw in the record when they began; None where they replace whatever is there.
        step: what is undone together has the same.

    Returns:
        The accepted annotation; the one already there where the value is the same, a person has decided about it, and
        no draft waits.

    Raises:
        UnknownField: there is no such field.
        ChangedMeanwhile: the record now says something else than the writer saw.
    """
    known = annotations.known_field(field)
    locked = annotations.locked_image(image.pk)
    value = storable(value).strip()
    current = locked.annotations.accepted().filter(field=known).first()
    # A value that an audit accepted has been looked at by nobody yet: that a person leaves it so is a decision.
    is_kept = current is not None and current.value == value and current.audit_id is None
    if current and is_kept and not locked.annotations.drafts().filter(field=known).exists():
        return current
    if seen_value is not None and storable(seen_value) != storable(current.value if current else ""):
        raise ChangedMeanwhile(field=known.label)
    draft = locked.annotations.drafts().filter(field=known).values_list("pk", flat=True).first()
    written = annotations.write_accepted(image=locked, values={known: value}, source=Source.PERSON, user=user)[0]
    replaced = {"superseded": current and current.pk, "superseded_draft": draft}
    details: dict[str, Any] = {name: key for name, key in replaced.items() if key is not None} | _step(step)
    record(verb=Verb.VALUE_SET, user=user, image=locked, field=written.field, annotation=written.pk, **details)
    return written


@transaction.atomic
def confirm(*, annotation: Annotation, user: "User") -> Annotation:
    """Approve a value that an audit accepted, having looked at it: from now on it is a person's decision.

    Args:
        annotation: the accepted value.
        user: the reviewer.

    Returns:
        The accepted annotation, in the record, of no audit.

    Raises:
        AlreadyDecided: it is no longer the field's accepted value, or is a person's decision already.
    """
    image = annotations.locked_image(annotation.image_id)
    current = image.annotations.get(pk=annotation.pk)
    if current.state != State.ACCEPTED or current.audit_id is None:
        raise AlreadyDecided(state=current.get_state_display())
    return set_value(image=image, field=current.field, value=current.value, user=user)


@transaction.atomic
def accept_all(*, image: Image, seen: Collection[int], user: "User") -> list[Annotation]:
    """Accept all drafts of a record as they are: the one key of the queue.

    Args:
        image: the image.
        seen: keys of the drafts that the reviewer had before them.
        user: the reviewer.

    Returns:
        The annotations, accepted.

    Raises:
        DraftsChanged: other drafts wait by now; nothing was accepted.
    """
    locked = annotations.locked_image(image.pk)
    drafts = list(locked.annotations.drafts().order_by("pk"))
    if not drafts or {draft.pk for draft in drafts} != set(seen):
        raise DraftsChanged
    step = _step(uuid4().hex if len(drafts) > 1 else "")
    for draft in drafts:
        _accept(locked, draft, user, **step)
    return drafts


def _step(key: str) -> dict[str, str]:
    return {"step": key} if key else {}


def _accept(image: Image, draft: Annotation, user: "User", value: str | None = None, **details: Any) -> None:
    """Accept a draft, and record what it takes to undo it."""
    was = {column: getattr(draft, column) for column in COLUMNS_OF_A_DRAFT}
    superseded = annotations.accept_draft(image=image, draft=draft, user=user, value=value)
    if superseded is not None:
        details["superseded"] = superseded
    if draft.is_edited:
        details["was"] = was
    verb = Verb.DRAFT_EDITED if draft.is_edited else Verb.DRAFT_ACCEPTED
    record(verb=verb, user=user, image=image, field=draft.field, annotation=draft.pk, **details)


def _locked_draft(annotation: Annotation) -> tuple[Image, Annotation]:
    """Return the image and the draft as they are now, the image's row locked.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image = annotations.locked_image(annotation.image_id)
    draft = image.annotations.get(pk=annotation.pk)
    if draft.state != State.DRAFT:
        raise AlreadyDecided(state=draft.get_state_display())
    return image, draft
