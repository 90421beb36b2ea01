"""Reviewing: a person accepts, edits or rejects a draft, or writes a value.

Whether the user may is asked of `catalog.policies` by the caller. Each function locks the image's row first, so
that two reviewers and a batch take their turns.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction

from catalog.exceptions import AlreadyDecided, ChangedMeanwhile, DraftsChanged
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import TO_BE_RESEARCHED, Objection, Source, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COLUMNS_OF_A_DRAFT = ("value", "original_value", "ai_origin", "run_id")
"""What an edit may change of a draft besides its state: where the words are from goes with the words."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote into a field.

    Attributes:
        value: the text; empty means "deliberately empty".
        seen: what the record said when they began.
    """

    value: str
    seen: str


@transaction.atomic
def accept(*, annotation: Annotation, user: "User", step: str = "") -> Annotation:
    """Accept a draft as it is and write its value to the image.

    Args:
        annotation: the draft.
        user: the reviewer.
        step: what is undone together has the same.

    Returns:
        The annotation, accepted.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    _accept(image, draft, user, **_step(step))
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
def reject(
    *, annotation: Annotation, user: "User", reason: str = "", code: str = Objection.NONE, step: str = ""
) -> Annotation:
    """Reject a draft. The field counts as missing again, so the next batch drafts it anew.

    Args:
        annotation: the draft.
        user: the reviewer.
        reason: why, in their words; empty for those of the code.
        code: what is wrong with it, a value of `Objection`.
        step: what is undone together has the same.

    Returns:
        The annotation, rejected.

    Raises:
        AlreadyDecided: it is no longer a draft.
    """
    image, draft = _locked_draft(annotation)
    words = storable(reason).strip() or Objection(code).words
    annotations.reject_draft(image=image, draft=draft, user=user, reason=words, code=code)
    details: dict[str, Any] = {"annotation": draft.pk, "reason": draft.reason, **_step(step)}
    if draft.reason_code:
        details["code"] = draft.reason_code
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
    draft = reject(annotation=annotation, user=user, reason=reason, code=Objection.NO_EVIDENCE, step=step)
    if not image.annotations.accepted().filter(field=draft.field).exists():
        set_value(image=image, field=draft.field, value=TO_BE_RESEARCHED, user=user, step=step)
    return draft


@transaction.atomic
def set_value(
    *,
    image: Image,
    field: str,
    value: str,
    user: "User",
    seen_value: str | None = None,
    blind: bool = False,
    step: str = "",
) -> Annotation:
    """Write a person's value into the record; a draft waiting for the field is superseded by it.

    Args:
        image: the image.
        field: a descriptive field.
        value: the value; empty means "deliberately empty".
        user: who writes.
        seen_value: what the writer saw in the record when they began; None where they replace whatever is there.
        blind: whether the drafts had not been shown to them; the caller knows (`catalog.review.blind`).
        step: what is undone together has the same.

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
    draft = locked.annotations.drafts().filter(field=known).values_list("pk", flat=True).first()
    written = annotations.write_accepted(
        image=locked, values={known: value}, source=Source.PERSON, user=user, blind=blind
    )[0]
    replaced = {"superseded": current and current.pk, "superseded_draft": draft}
    details: dict[str, Any] = {name: key for name, key in replaced.items() if key is not None} | _step(step)
    if blind:
        details["blind"] = True
    record(verb=Verb.VALUE_SET, user=user, image=locked, field=written.field, annotation=written.pk, **details)
    return written


@transaction.atomic
def accept_all(
    *,
    image: Image,
    seen: Collection[int],
    user: "User",
    edits: Mapping[int, str] | None = None,
    written: Mapping[str, Written] | None = None,
) -> list[Annotation]:
    """Accept all drafts of a record, and save what was typed: the one key of the queue, and one step to undo.

    Args:
        image: the image.
        seen: keys of the drafts that the reviewer had before them.
        user: the reviewer.
        edits: key of a draft → the reviewer's wording of it; the others are accepted as they are.
        written: field → what the reviewer wrote where no draft waits.

    Returns:
        The annotations, accepted.

    Raises:
        DraftsChanged: other drafts wait by now; nothing was accepted.
        ChangedMeanwhile: a field that was written says something else by now; nothing was accepted.
        UnknownField: there is no such field.
    """
    edits, written = edits or {}, written or {}
    locked = annotations.locked_image(image.pk)
    drafts = list(locked.annotations.drafts().order_by("pk"))
    if {draft.pk for draft in drafts} != set(seen) or not (drafts or written):
        raise DraftsChanged
    step = uuid4().hex if len(drafts) + len(written) > 1 else ""
    for draft in drafts:
        value = edits.get(draft.pk)
        _accept(locked, draft, user, value=None if value is None else value.strip(), **_step(step))
    for field, typed in written.items():
        drafts.append(
            set_value(image=locked, field=field, value=typed.value, user=user, seen_value=typed.seen, step=step)
        )
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
