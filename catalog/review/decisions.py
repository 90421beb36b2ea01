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
from catalog.records import annotations, lot_annotations, secrecy
from catalog.records.action_log import record, record_each
from catalog.records.values import write_value
from catalog.texts import storable
from catalog.vocabulary import TO_BE_RESEARCHED, Objection, State, Verb

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
    _accept(image, draft, user, **_marks(step))
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
    details: dict[str, Any] = {"annotation": draft.pk, "reason": draft.reason, **_marks(step)}
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


def set_value(
    *,
    image: Image,
    field: str,
    value: str,
    user: "User",
    seen_value: str | None = None,
    blind: bool = False,
    step: str = "",
    bulk: int | None = None,
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
        bulk: key of the bulk change that it is part of.

    Returns:
        The accepted annotation; the one already there where the value is the same, a person has decided about it, and
        no draft waits.

    Raises:
        UnknownField: there is no such field.
        ChangedMeanwhile: the record now says something else than the writer saw.
    """
    return write_value(
        image=image,
        field=field,
        value=value,
        user=user,
        seen_value=seen_value,
        blind=blind,
        marks=_marks(step, bulk),
    )


@transaction.atomic
def restore(*, annotation: Annotation, user: "User", seen: int | None) -> Annotation:
    """Put an earlier text of a field back into the record, or one that was rejected; its label of origin stays.

    Args:
        annotation: the row that has the text; neither in the record nor waiting.
        user: the reviewer.
        seen: key of what the record said when they asked for it; None where it said nothing of the field.

    Returns:
        The accepted annotation.

    Raises:
        AlreadyDecided: the text is in the record, or waits to be decided.
        ChangedMeanwhile: the record says something else by now.
    """
    image = annotations.locked_image(annotation.image_id)
    earlier = image.annotations.get(pk=annotation.pk)
    if earlier.state not in (State.REJECTED, State.SUPERSEDED):
        raise AlreadyDecided(state=earlier.get_state_display())
    present = image.annotations.filter(field=earlier.field)
    current = present.accepted().values_list("pk", flat=True).first()
    if current != seen:
        raise ChangedMeanwhile(field=earlier.get_field_display())
    draft = present.drafts().values_list("pk", flat=True).first()
    _refuse_where_held(image, [earlier])
    written = annotations.write_again(image=image, earlier=earlier, user=user)
    replaced = {"superseded": current, "superseded_draft": draft}
    details: dict[str, Any] = {name: key for name, key in replaced.items() if key is not None}
    details |= {"annotation": written.pk, "restored": earlier.pk}
    record(verb=Verb.VALUE_RESTORED, user=user, image=image, field=written.field, **details)
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
    _accept_as_they_are(locked, [draft for draft in drafts if draft.pk not in edits], user, **_marks(step))
    for draft in drafts:
        if draft.pk in edits:
            _accept(locked, draft, user, value=edits[draft.pk].strip(), **_marks(step))
    for field, typed in written.items():
        drafts.append(
            set_value(image=locked, field=field, value=typed.value, user=user, seen_value=typed.seen, step=step)
        )
    return drafts


@transaction.atomic
def accept_shown(*, image: Image, drafts: Collection[int], user: "User", bulk: int) -> None:
    """Accept those drafts of a record that a preview has shown.

    Args:
        image: the image, its row locked.
        drafts: their keys.
        user: the reviewer.
        bulk: key of the bulk change that it is part of.

    Raises:
        DraftsChanged: one of them waits no more; nothing was accepted.
    """
    _accept_as_they_are(image, _shown_drafts(image, drafts), user, **_marks(bulk=bulk))


@transaction.atomic
def reject_shown(*, image: Image, drafts: Collection[int], user: "User", reason: str, bulk: int) -> None:
    """Reject those drafts of a record that a preview has shown.

    Args:
        image: the image, its row locked.
        drafts: their keys.
        user: the reviewer.
        reason: why.
        bulk: key of the bulk change that it is part of.

    Raises:
        DraftsChanged: one of them waits no more; nothing was rejected.
    """
    shown = _shown_drafts(image, drafts)
    code = Objection.of_words(reason)
    lot_annotations.reject_drafts(images=[image], drafts=shown, user=user, reason=reason, code=code)
    marks = _marks(bulk=bulk)
    told = [{"field": draft.field, "annotation": draft.pk, "reason": reason, **marks} for draft in shown]
    record_each(verb=Verb.DRAFT_REJECTED, user=user, image=image, details=told)


@transaction.atomic
def reword(*, image: Image, draft: int, user: "User", value: str, bulk: int) -> None:
    """Put other words in a draft's place; nobody has decided about it, and it goes on waiting.

    Args:
        image: the image, its row locked.
        draft: the draft's key.
        user: who rewords it.
        value: the other words.
        bulk: key of the bulk change that it is part of.

    Raises:
        DraftsChanged: it waits no more.
    """
    (shown,) = _shown_drafts(image, [draft])
    written = annotations.reword_draft(image=image, draft=shown, value=value, user=user)
    details = {"annotation": written.pk, "superseded_draft": shown.pk, **_marks(bulk=bulk)}
    record(verb=Verb.DRAFT_REWORDED, user=user, image=image, field=shown.field, **details)


@transaction.atomic
def withdraw(*, image: Image, drafts: Collection[int], user: "User", bulk: int) -> None:
    """Take drafts back that nobody has decided about: what proposed them is undone.

    Args:
        image: the image, its row locked.
        drafts: their keys.
        user: who undoes it.
        bulk: key of the bulk change that it is part of.

    Raises:
        DraftsChanged: one of them waits no more; nothing was taken back.
    """
    shown = _shown_drafts(image, drafts)
    annotations.withdraw_drafts(image=image, drafts=shown)
    told = [{"field": draft.field, "annotation": draft.pk, **_marks(bulk=bulk)} for draft in shown]
    record_each(verb=Verb.DRAFT_WITHDRAWN, user=user, image=image, details=told)


def _shown_drafts(image: Image, keys: Collection[int]) -> list[Annotation]:
    drafts = list(image.annotations.drafts().filter(pk__in=keys).order_by("pk"))
    if len(drafts) < len(set(keys)):
        raise DraftsChanged
    return drafts


def _accept_as_they_are(image: Image, drafts: list[Annotation], user: "User", **details: Any) -> None:
    _refuse_where_held(image, drafts)
    superseded = annotations.accept_drafts(image=image, drafts=drafts, user=user)
    told = [
        {"field": draft.field, "annotation": draft.pk, **details}
        | ({"superseded": superseded[draft.pk]} if draft.pk in superseded else {})
        for draft in drafts
    ]
    # As edited counts what was reworded before: its entry says so, as that of a single draft does.
    edited = [one for one, draft in zip(told, drafts, strict=True) if draft.is_edited]
    plain = [one for one, draft in zip(told, drafts, strict=True) if not draft.is_edited]
    record_each(verb=Verb.DRAFT_ACCEPTED, user=user, image=image, details=plain)
    record_each(verb=Verb.DRAFT_EDITED, user=user, image=image, details=edited)


def _marks(step: str = "", bulk: int | None = None) -> dict[str, Any]:
    """Return what an entry of the log says of what the decision was part of."""
    return ({"step": step} if step else {}) | ({"bulk": bulk} if bulk is not None else {})


def _accept(image: Image, draft: Annotation, user: "User", value: str | None = None, **details: Any) -> None:
    """Accept a draft, and record what it takes to undo it."""
    _refuse_where_held(image, [draft])
    was = {column: getattr(draft, column) for column in COLUMNS_OF_A_DRAFT}
    superseded = annotations.accept_draft(image=image, draft=draft, user=user, value=value)
    if superseded is not None:
        details["superseded"] = superseded
    if draft.is_edited:
        details["was"] = was
    verb = Verb.DRAFT_EDITED if draft.is_edited else Verb.DRAFT_ACCEPTED
    record(verb=verb, user=user, image=image, field=draft.field, annotation=draft.pk, **details)


def _refuse_where_held(image: Image, texts: list[Annotation]) -> None:
    """Let nobody take a model's words into a record that may be classified.

    Raises:
        SecrecyRefused: some of them are a model's, and the record is held back.
    """
    if any(text.ai_origin for text in texts):
        secrecy.refuse_where_held(image)


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
