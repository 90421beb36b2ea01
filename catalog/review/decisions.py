"""Reviewing: a person accepts, edits or rejects a draft, or writes a value.

Whether the user may is asked of `catalog.policies` by the caller. Each function locks the image's row first, so
that two reviewers and a batch take their turns.
"""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.exceptions import AlreadyDecided, ChangedMeanwhile
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import TO_BE_RESEARCHED, Source, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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
    annotations.accept_draft(image=image, draft=draft, user=user)
    record(verb=Verb.DRAFT_ACCEPTED, user=user, image=image, field=draft.field, annotation=draft.pk)
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
    annotations.accept_draft(image=image, draft=draft, user=user, value=value.strip())
    verb = Verb.DRAFT_EDITED if draft.is_edited else Verb.DRAFT_ACCEPTED
    record(verb=verb, user=user, image=image, field=draft.field, annotation=draft.pk)
    return draft


@transaction.atomic
def reject(*, annotation: Annotation, user: "User", reason: str = "") -> Annotation:
    """Reject a draft. The field counts as missing again, so the next batch drafts it anew.

    Args:
        annotation: the draft.
        user: the reviewer.
        reason: why.

    Returns:
        The annotation, rejected.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    annotations.reject_draft(image=image, draft=draft, user=user, reason=reason.strip())
    record(
        verb=Verb.DRAFT_REJECTED, user=user, image=image, field=draft.field, annotation=draft.pk, reason=draft.reason
    )
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
    image = annotations.locked_image(annotation.image_id)
    draft = reject(annotation=annotation, user=user, reason=reason.strip() or _("没有依据"))
    if not image.annotations.accepted().filter(field=draft.field).exists():
        set_value(image=image, field=draft.field, value=TO_BE_RESEARCHED, user=user)
    return draft


@transaction.atomic
def set_value(*, image: Image, field: str, value: str, user: "User", seen_value: str | None = None) -> Annotation:
    """Write a person's value into the record; a draft waiting for the field is superseded by it.

    Args:
        image: the image.
        field: a descriptive field.
        value: the value; empty means "deliberately empty".
        user: who writes.
        seen_value: what the writer saw in the record when they began; None where they replace whatever is there.

    Returns:
        The accepted annotation; the one already there where the value is the same and no draft waits.

    Raises:
        UnknownField: there is no such field.
        ChangedMeanwhile: the record now says something else than the writer saw.
    """
    known = annotations.known_field(field)
    locked = annotations.locked_image(image.pk)
    value = storable(value).strip()
    current = locked.annotations.accepted().filter(field=known).first()
    if current is not None and current.value == value and not locked.annotations.drafts().filter(field=known).exists():
        return current
    if seen_value is not None and storable(seen_value) != storable(current.value if current else ""):
        raise ChangedMeanwhile(field=known.label)
    written = annotations.write_accepted(image=locked, values={known: value}, source=Source.PERSON, user=user)[0]
    record(verb=Verb.VALUE_SET, user=user, image=locked, field=written.field, annotation=written.pk)
    return written


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
