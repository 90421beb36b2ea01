"""Conflicts: raised where what somebody brings meets what has changed since, settled by a person who sees both.

A conflict changes nothing by itself. It is raised by a table that comes back (`catalog.exchange`), shown on the review
page, and settled here: what the record says stays, or what was brought is written as any person's words are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.exceptions import ChangedMeanwhile, ConflictRefused
from catalog.models import Conflict, Image, TableImport
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.records.annotations import locked_image
from catalog.records.entries import change_image
from catalog.records.values import write_value
from catalog.texts import storable
from catalog.vocabulary import ConflictState, Field, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COLUMNS = ("identifier", "negative_number", "see_also", "volume", "sheet", "rights", "responsibility")
"""Columns of a record that a conflict may be about, besides its descriptive fields."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What is found where two values meet.

    Attributes:
        field: a descriptive field, or one of `COLUMNS`.
        base: what they began from; None where that is not known.
        theirs: what the record says.
        mine: what they bring.
        ai_origin: whether what they bring is known to have begun as a model's text.
    """

    field: str
    base: str | None
    theirs: str
    mine: str
    ai_origin: bool = False


def raise_conflicts(
    *, image: Image, clashes: Iterable[Clash], user: "User", table: TableImport, origin: str
) -> list[Conflict]:
    """Keep conflicts of a record for a person to settle; one that waits already is not kept twice.

    Args:
        image: the image, its row locked.
        clashes: what meets.
        user: who brings it.
        table: the table that it comes in.
        origin: where it is from, as a person reads it.

    Returns:
        The conflicts that are new.
    """
    waiting = {
        (item.field, item.mine) for item in Conflict.objects.filter(image=image.pk, state=ConflictState.OPEN.value)
    }
    return Conflict.objects.bulk_create(
        Conflict(
            image=image,
            field=clash.field,
            base=clash.base,
            theirs=clash.theirs,
            mine=clash.mine,
            ai_origin=clash.ai_origin,
            table=table,
            origin=origin[:300],
            user=user,
        )
        for clash in clashes
        if (clash.field, clash.mine) not in waiting
    )


def open_conflicts(image: int) -> list[Conflict]:
    """Return the conflicts of a record that wait for a person, the oldest first."""
    return list(of_images(image).select_related("user").order_by("pk"))


def of_images(images: Any) -> "QuerySet[Conflict]":
    """Return the conflicts of images that wait for a person.

    Args:
        images: the key of one, or an expression for it.
    """
    # Spelt out, as the index has it.
    return Conflict.objects.filter(image=images, state=ConflictState.OPEN.value)


def number_in(images: ImageQuerySet) -> int:
    """Return how many conflicts wait in some records; next to nothing is asked where none waits anywhere."""
    waiting = Conflict.objects.filter(state=ConflictState.OPEN.value)
    return waiting.filter(image__in=images).count() if waiting.exists() else 0


def value_of(image: Image, field: str) -> str:
    """Return what a record says now: its accepted value, or its column."""
    if field in Field.values:
        # What an audit accepted is in no column until it is made public.
        held = image.annotations.filter(field=field, state=State.ACCEPTED, held=True).values_list("value", flat=True)
        return held.first() or image.accepted_value(field)
    return str(getattr(image, field))


def label_of(field: str) -> str:
    """Return what people call a descriptive field, or a column of the record."""
    if field in Field.values:
        return str(Field(field).label)
    return str(Image._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001 - a column


@transaction.atomic
def settle(*, conflict: Conflict, user: "User", take: bool, seen: str) -> Conflict:
    """Settle a conflict.

    Args:
        conflict: the conflict.
        user: who settles it.
        take: whether what was brought goes into the record; otherwise what the record says stays.
        seen: what the record said when they chose.

    Returns:
        The conflict as it is now.

    Raises:
        ConflictRefused: it is settled already, or what was brought is not allowed; nothing was changed.
        ChangedMeanwhile: the record says something else by now; nothing was changed.
    """
    image = locked_image(conflict.image_id)
    row = Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    if row.state != ConflictState.OPEN:
        raise ConflictRefused(state=row.get_state_display())
    marks: dict[str, Any] = {"conflict": row.pk}
    if take:
        _take(image, row, user, seen, marks)
    row.state = ConflictState.TAKEN if take else ConflictState.KEPT
    row.settled_by, row.settled_at = user, timezone.now()
    row.save(update_fields=["state", "settled_by", "settled_at"])
    record(verb=Verb.CONFLICT_SETTLED, user=user, image=image, field=row.field, state=row.state, **marks)
    return row


def withdraw(*, table: TableImport, images: Sequence[int], user: "User") -> int:
    """Take back the conflicts of a table that nobody has settled: the table is undone.

    Args:
        table: the table.
        images: keys of the images whose conflicts are taken back.
        user: who undoes it.

    Returns:
        How many there were.
    """
    waiting = Conflict.objects.filter(table=table, image__in=images, state=ConflictState.OPEN.value)
    return waiting.update(state=ConflictState.WITHDRAWN, settled_by=user, settled_at=timezone.now())


def reopen(*, conflicts: Sequence[int]) -> None:
    """Let conflicts wait again: what was written to settle them has been taken back.

    Args:
        conflicts: their keys.
    """
    settled = Conflict.objects.filter(pk__in=conflicts, state=ConflictState.TAKEN)
    settled.update(state=ConflictState.OPEN, settled_by=None, settled_at=None)


def _take(image: Image, row: Conflict, user: "User", seen: str, marks: Mapping[str, Any]) -> None:
    if row.field in Field.values:
        ai_fields = [row.field] if row.ai_origin else []
        write_value(
            image=image, field=row.field, value=row.mine, user=user, seen_value=seen, ai_fields=ai_fields, marks=marks
        )
        return
    if storable(value_of(image, row.field)) != storable(seen):
        raise ChangedMeanwhile(field=label_of(row.field))
    try:
        change_image(image=image, user=user, changes={row.field: row.mine}, marks=marks)
    except ValidationError as error:
        raise ConflictRefused("%(detail)s", detail=" ".join(error.messages)) from None
