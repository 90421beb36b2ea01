"""A person's value written into a record, with its entry in the log: by hand, by a bulk change, by a table."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from catalog.exceptions import ChangedMeanwhile
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import Source, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def write_value(
    *,
    image: Image,
    field: str,
    value: str,
    user: "User",
    seen_value: str | None = None,
    blind: bool = False,
    ai_fields: Collection[str] = (),
    marks: Mapping[str, Any] | None = None,
) -> Annotation:
    """Write a person's value into the record; a draft waiting for the field is superseded by it.

    Args:
        image: the image.
        field: a descriptive field.
        value: the value; empty means "deliberately empty".
        user: who writes.
        seen_value: what the writer saw in the record when they began; None where they replace whatever is there.
        blind: whether the drafts had not been shown to them.
        ai_fields: holds the field where its value is known to have begun as a model's text, by where it comes from.
        marks: what the entry of the log says of what this was part of.

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
    written = annotations.write_accepted(
        image=locked, values={known: value}, source=Source.PERSON, user=user, blind=blind, ai_fields=ai_fields
    )[0]
    replaced = {"superseded": current and current.pk, "superseded_draft": draft}
    details: dict[str, Any] = {name: key for name, key in replaced.items() if key is not None} | dict(marks or {})
    if blind:
        details["blind"] = True
    record(verb=Verb.VALUE_SET, user=user, image=locked, field=written.field, annotation=written.pk, **details)
    return written
