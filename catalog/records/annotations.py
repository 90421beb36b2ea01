"""The one place that writes annotations, and with them the image's columns, status, facets and revision.

Two modules beside it are parts of that place: `lot_annotations` writes those of many images at once, `taking_back` puts
back what decisions changed.

Every function runs in the caller's transaction, which must hold the image's row lock (`locked_image`): two people and
a batch may work on one image at once, and the columns must follow the annotations in the order they were written.

The status is a column rather than a query because lists of tens of thousands filter by it; this module is the only
writer, so it cannot drift.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.exceptions import UnknownField
from catalog.models import Annotation, Image, Run
from catalog.records._columns import refresh, refresh_facets
from catalog.records.origins import origins_of
from catalog.texts import storable
from catalog.vocabulary import LEFT_OPEN, Evidence, Field, Flag, Objection, Source, State, is_left_open

if TYPE_CHECKING:
    from django.contrib.auth.models import User
_ORIGIN = ("source", "ai_origin", "original_value", "run_id", "created_by_id", "evidence", "flag")
"""What of a row says where its text is from, and what it rests on."""


def known_field(field: str) -> Field:
    """Return the descriptive field of this name.

    Raises:
        UnknownField: there is none.
    """
    try:
        return Field(field)
    except ValueError:
        raise UnknownField(field=field) from None


def locked_image(image_id: int) -> Image:
    """Return the image as it is now, its row locked until the transaction ends.

    Raises:
        Image.DoesNotExist: the image was deleted.
    """
    return Image.objects.select_for_update(of=("self",)).get(pk=image_id)


def locked_images(keys: Iterable[int]) -> list[Image]:
    """Return images as they are now, their rows locked until the transaction ends; those that are gone are left out.

    Args:
        keys: keys of images; locked in their order, so that nobody waits for one who waits for them.
    """
    return list(Image.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk"))


def fields_to_draft(
    *, image: Image, fields: Iterable[str], replace: bool = False, replace_accepted: bool = False
) -> set[str]:
    """Return which of `fields` the model may propose a value for.

    Args:
        image: the image.
        fields: descriptive fields.
        replace: count fields with a draft of the model's, which a new one may supersede.
        replace_accepted: count fields whose accepted value is the model's own, unedited. A field that a person wrote
            or edited, be it to leave it empty, is never among them: there is nothing to be proposed beside their words.

    Returns:
        The fields; by default those that have neither a draft nor an accepted value. One that is left open (待考) has
        none: whoever wrote that wants it found out.
    """
    wanted = set(fields)
    machine_made = Q(source=Source.MODEL, original_value__isnull=True)
    taken = image.annotations.filter(field__in=wanted, state__in=[State.DRAFT, State.ACCEPTED])
    taken = taken.exclude(state=State.ACCEPTED, value__in=LEFT_OPEN)
    if replace:
        taken = taken.exclude(machine_made, state=State.DRAFT)
    if replace_accepted:
        taken = taken.exclude(machine_made, state=State.ACCEPTED)
    return wanted - set(taken.values_list("field", flat=True))


def write_drafts(
    *,
    image: Image,
    values: Mapping[str, str],
    run: Run,
    flags: Mapping[str, str] | None = None,
    evidence: Mapping[str, str] | None = None,
    replace: bool = False,
    replace_accepted: bool = False,
) -> list[Annotation]:
    """Write the model's proposals for those fields that are open to them. Accepted values are never touched.

    That a field is to be left open is not proposed where it already is.

    Args:
        image: the image.
        values: field → proposed value.
        run: the answer the values were read from.
        flags: field → what the reviewer should know.
        evidence: field → what the value rests on.
        replace: let the new drafts supersede older ones; see `fields_to_draft`.
        replace_accepted: propose something beside accepted values that are the model's own.

    Returns:
        The drafts written; none of an image that is held back as possibly classified.
    """
    with transaction.atomic():
        image = locked_image(image.pk)
        # The mark may have been met while the model answered.
        if image.secrecy_hold:
            return []
        fields = fields_to_draft(image=image, fields=values, replace=replace, replace_accepted=replace_accepted)
        fields -= _open_already(image, values)
        image.annotations.drafts().filter(field__in=fields).update(state=State.SUPERSEDED)
        written = []
        for field in [name for name in values if name in fields]:
            marks = {
                "flag": (flags or {}).get(field, Flag.NONE),
                "evidence": (evidence or {}).get(field, Evidence.NONE),
            }
            written += _create(image, {field: values[field]}, source=Source.MODEL, ai_origin=True, run=run, **marks)
        refresh(image, {})
    return written


def write_accepted(
    *,
    image: Image,
    values: Mapping[str, str],
    source: Source,
    user: "User | None",
    ai_fields: Collection[str] = (),
    drafts_shown: bool = True,
    blind: bool = False,
) -> list[Annotation]:
    """Put values that a person wrote or brought into the record, superseding what was there for their fields.

    Whether a value began as a model's text is decided here: `catalog.records.origins` tells from what there is.

    Args:
        image: the image.
        values: field → value; an empty value means "deliberately empty".
        source: `PERSON` or `IMPORT`.
        user: who wrote or brought them; None for the command line.
        ai_fields: fields whose value is known to have begun as a model's text, by where it comes from.
        drafts_shown: whether who wrote them had the drafts before their eyes.
        blind: whether it is known that they had not: what they wrote is theirs then, even in the draft's own words.

    Returns:
        The accepted annotations.
    """
    values = {field: storable(value) for field, value in values.items()}
    with transaction.atomic():
        image = locked_image(image.pk)
        origins = origins_of(image, values, user, drafts_shown=drafts_shown, blind=blind)
        current = image.annotations.filter(field__in=list(values), state__in=[State.DRAFT, State.ACCEPTED])
        current.update(state=State.SUPERSEDED)
        decided = {"state": State.ACCEPTED, "decided_by": user, "decided_at": timezone.now()}
        written = []
        for field, value in values.items():
            begun = origins[field].columns if field in origins else {"ai_origin": field in ai_fields}
            written += _create(image, {field: value}, source=source, created_by=user, **decided, **begun)
        refresh(image, values)
    return written


def write_import_drafts(
    *, image: Image, values: Mapping[str, str], user: "User | None", ai_origin: bool = False
) -> list[Annotation]:
    """Propose what came with a file, for fields that nobody has described and nothing is proposed for.

    Args:
        image: the image.
        values: field → proposed value.
        user: who imported the file; None for the command line.
        ai_origin: whether they began as a model's text.

    Returns:
        The drafts written.
    """
    with transaction.atomic():
        image = locked_image(image.pk)
        fields = fields_to_draft(image=image, fields=values) - _open_already(image, values)
        wanted = {field: value for field, value in values.items() if field in fields}
        origins = origins_of(image, wanted, user, drafts_shown=False)
        written = []
        for field, value in wanted.items():
            begun = origins[field].columns if field in origins else {"ai_origin": ai_origin}
            written += _create(image, {field: value}, source=Source.IMPORT, created_by=user, **begun)
        refresh(image, {})
    return written


def offer_from_group(
    *, image: Image, values: Mapping[str, str], user: "User | None", ai_fields: Collection[str] = ()
) -> list[Annotation]:
    """Propose what holds for a group of photographs for one of them; what is there for a field stands.

    An offer that waits from earlier is replaced where the group says something else by now. One that a person has
    rejected for this image is not made again.

    Args:
        image: the image.
        values: field → what its group says; empty where it says nothing, and where the image is in none.
        user: who wrote it.
        ai_fields: fields whose value began as a model's text.

    Returns:
        The drafts written.
    """
    values = {field: storable(value) for field, value in values.items()}
    with transaction.atomic():
        image = locked_image(image.pk)
        offers = image.annotations.filter(source=Source.GROUP, field__in=list(values))
        waiting = dict(offers.filter(state=State.DRAFT).values_list("pk", "field"))
        same = {item.pk for item in offers.filter(pk__in=waiting) if item.value == values[item.field]}
        stale = waiting.keys() - same
        offers.filter(pk__in=stale).update(state=State.SUPERSEDED)
        wanted = {field: value for field, value in values.items() if value}
        refused = set(offers.filter(state=State.REJECTED).values_list("field", "value"))
        fields = fields_to_draft(image=image, fields=wanted) - _open_already(image, wanted)
        wanted = {field: text for field, text in wanted.items() if field in fields and (field, text) not in refused}
        origins = origins_of(image, wanted, user, drafts_shown=False)
        written = []
        for field, value in wanted.items():
            begun = origins[field].columns if field in origins else {"ai_origin": field in ai_fields}
            written += _create(image, {field: value}, source=Source.GROUP, created_by=user, **begun)
        if stale or written:
            refresh(image, {})
    return written


def mark_draft(*, draft: Annotation, evidence: str, flag: str) -> None:
    """Write what a draft rests on and what a reviewer should know of it; its value stays.

    Args:
        draft: the draft; its image is locked.
        evidence: a value of `Evidence`.
        flag: a value of `Flag`.
    """
    draft.evidence, draft.flag = evidence, flag
    draft.save(update_fields=["evidence", "flag"])
    refresh_facets(draft.image)


def accept_draft(*, image: Image, draft: Annotation, user: "User", value: str | None = None) -> int | None:
    """Accept a draft, as it is or as the reviewer edited it.

    Args:
        image: the image, locked.
        draft: the draft, of that image.
        user: the reviewer.
        value: the edited value; None to take the draft's.

    Returns:
        The key of the accepted annotation that it takes the place of, if there was one.
    """
    if value is not None and storable(value) != draft.value:
        draft.original_value = draft.value
        draft.value = storable(value)
        # What came with a file may be edited into what a model has said, or beside what it said: so this is asked while
        # the record still says it.
        if not draft.ai_origin and (origin := origins_of(image, {draft.field: draft.value}, user).get(draft.field)):
            draft.ai_origin, draft.run_id = True, origin.run_id
            draft.original_value = draft.original_value if origin.text is None else origin.text
    current = image.annotations.accepted().filter(field=draft.field)
    superseded = current.values_list("pk", flat=True).first()
    if superseded is not None:
        current.update(state=State.SUPERSEDED)
    _decide(draft, State.ACCEPTED, user)
    refresh(image, {draft.field: draft.value})
    return superseded


def accept_drafts(*, image: Image, drafts: Sequence[Annotation], user: "User") -> dict[int, int]:
    """Accept several drafts of an image as they are, at once.

    Args:
        image: the image, locked.
        drafts: the drafts, of that image.
        user: the reviewer.

    Returns:
        Draft's key → key of the accepted annotation that it takes the place of, where there was one.
    """
    current = image.annotations.accepted().filter(field__in=[draft.field for draft in drafts])
    superseded = dict(current.values_list("field", "pk"))
    if superseded:
        current.update(state=State.SUPERSEDED)
    _decide_alike(drafts, State.ACCEPTED, user)
    refresh(image, {draft.field: draft.value for draft in drafts})
    return {draft.pk: superseded[draft.field] for draft in drafts if draft.field in superseded}


def reject_draft(*, image: Image, draft: Annotation, user: "User", reason: str, code: str = Objection.NONE) -> None:
    """Reject a draft; the record stays as it is.

    Args:
        image: the image, locked.
        draft: the draft, of that image.
        user: the reviewer.
        reason: why, for the next attempt; may be empty.
        code: what is wrong with it, a value of `Objection`.
    """
    draft.reason, draft.reason_code = reason, code
    _decide(draft, State.REJECTED, user)
    refresh(image, {})


def write_again(*, image: Image, earlier: Annotation, user: "User") -> Annotation:
    """Put a text that a field had, or that was proposed for it, into the record, superseding what is there.

    It keeps where it is from: a text that began as a model's stays one, and one that a person wrote alone does too,
    whatever else the model has proposed meanwhile.

    Args:
        image: the image, locked.
        earlier: the row that had the text, of that image.
        user: who wants it back.

    Returns:
        The accepted annotation, a row of its own: what became of the earlier one stays written.
    """
    rows = image.annotations.filter(field=earlier.field, state__in=[State.DRAFT, State.ACCEPTED])
    rows.update(state=State.SUPERSEDED)
    origin = {column: getattr(earlier, column) for column in _ORIGIN}
    decided = {"state": State.ACCEPTED, "decided_by": user, "decided_at": timezone.now()}
    written = _create(image, {earlier.field: earlier.value}, **origin, **decided)[0]
    refresh(image, {written.field: written.value})
    return written


def reword_draft(*, image: Image, draft: Annotation, value: str, user: "User") -> Annotation:
    """Put other words in a draft's place; it goes on waiting, with its marks and its origin.

    As a row of its own: whoever has the draft before them decides about the words that they see, by its key.

    Args:
        image: the image, locked.
        draft: the draft, of that image.
        value: the other words.
        user: who rewords it.

    Returns:
        The draft that waits now.
    """
    value = storable(value)
    begun: dict[str, Any] = {
        "ai_origin": draft.ai_origin,
        "run_id": draft.run_id,
        "original_value": draft.value if draft.original_value is None else draft.original_value,
    }
    if not draft.ai_origin and (origin := origins_of(image, {draft.field: value}, user).get(draft.field)):
        begun |= {"ai_origin": True, "run_id": origin.run_id}
        begun["original_value"] = begun["original_value"] if origin.text is None else origin.text
    draft.state = State.SUPERSEDED
    draft.save(update_fields=["state"])
    marks = {"source": draft.source, "flag": draft.flag, "evidence": draft.evidence, "created_by": user}
    written = _create(image, {draft.field: value}, **marks, **begun)[0]
    refresh(image, {})
    return written


def withdraw_drafts(*, image: Image, drafts: Sequence[Annotation]) -> None:
    """Take drafts back that nobody has decided about; their fields are as if nothing had been proposed.

    Args:
        image: the image, locked.
        drafts: the drafts, of that image.
    """
    Annotation.objects.filter(pk__in=[draft.pk for draft in drafts]).update(state=State.SUPERSEDED)
    refresh(image, {})


def _open_already(image: Image, values: Mapping[str, str]) -> set[str]:
    """Return the fields that are left open and whose new value would leave them so."""
    proposed = {field for field, value in values.items() if is_left_open(value)}
    return {field for field in proposed if is_left_open(image.accepted_value(known_field(field)))}


def _create(image: Image, values: Mapping[str, str], **columns: Any) -> list[Annotation]:
    return [
        Annotation.objects.create(image=image, field=known_field(field), value=storable(value), **columns)
        for field, value in values.items()
    ]


def _decide(draft: Annotation, state: State, user: "User") -> None:
    draft.state = state
    draft.decided_by = user
    draft.decided_at = timezone.now()
    draft.save()


def _decide_alike(drafts: Sequence[Annotation], state: State, user: "User", **more: str) -> None:
    decided = {"state": state, "decided_by": user, "decided_at": timezone.now(), **more}
    for draft in drafts:
        for column, value in decided.items():
            setattr(draft, column, value)
    Annotation.objects.filter(pk__in=[draft.pk for draft in drafts]).update(**decided)
