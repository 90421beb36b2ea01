"""What a page shows of a bulk change: the first records, before and after, and what is left out and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog import policies
from catalog.models import BulkChange, Image
from catalog.review.bulk.planning import Planner
from catalog.review.bulk.rows import Planned, Reason, Seen, Tally
from catalog.vocabulary import Field, Verb
from inference.labels import ai_label

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FIRST = 30


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field that changes.

    Attributes:
        label: its name.
        before: what it says; None where it says nothing.
        after: what it will say; None where it will say nothing.
        deed: what is undone, in words; empty where nothing is.
        ai_label: the label that the text carries, as far as it is AI text.
    """

    label: str
    before: str | None
    after: str | None
    deed: str
    ai_label: str


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record that changes."""

    image: Image
    fields: list[ShownField]


@dataclass(frozen=True, slots=True)
class ShownReason:
    """Why something is left as it is, how often, and of which records first."""

    label: str
    number: int
    images: list[Image]


def first_records(change: BulkChange, user: "User", most: int = FIRST) -> list[ShownRecord]:
    """Return the first records that a change is about, planned as they are now: some queries, whatever its size.

    Args:
        change: the change.
        user: who looks; of records that they may not see nothing is shown.
        most: how many.
    """
    seen: list[Seen] = []
    for chunk in change.chunks.order_by("position")[:most]:
        seen += [Seen.read(kept) for kept in chunk.records]
        if len(seen) >= most:
            break
    seen = seen[:most]
    images = _images(user, [item.image for item in seen])
    planner = Planner(change, list(images))
    shown = []
    for item in seen:
        if item.image not in images:
            continue
        fields = [
            ShownField(
                label=str(Field(planned.field).label),
                before=planned.before,
                after=planned.after,
                deed=str(Verb(planned.deed).label) if planned.deed else "",
                ai_label=_label(change, planner, item.image, planned),
            )
            for planned in planner.plan(item).planned
        ]
        if fields:
            shown.append(ShownRecord(images[item.image], fields))
    return shown


def changed_records(change: BulkChange, user: "User", most: int = FIRST) -> list[Image]:
    """Return the first records that a change has changed.

    Args:
        change: the change.
        user: who looks.
        most: how many.
    """
    keys: list[int] = []
    for entries in (
        change.chunks.filter(finished_at__isnull=False).order_by("position").values_list("entries", flat=True)
    ):
        keys += [image for image, _actions in entries]
        if len(keys) >= most:
            break
    return list(_images(user, keys[:most]).values())


def reasons_of(kept: dict[str, dict[str, object]], user: "User") -> list[ShownReason]:
    """Return why things were left as they are, the most frequent reason first: one query.

    Args:
        kept: what a change keeps of it.
        user: who looks.
    """
    tally = Tally.read(kept)
    images = _images(user, [key for keys in tally.first.values() for key in keys])
    reasons = [
        ShownReason(str(Reason(reason).label), number, [images[key] for key in tally.first[reason] if key in images])
        for reason, number in tally.numbers.items()
    ]
    return sorted(reasons, key=lambda reason: -reason.number)


def _images(user: "User", keys: list[int]) -> dict[int, Image]:
    found = policies.member_images(user).filter(pk__in=keys).select_related("collection").with_files()
    return {image.pk: image for image in found.order_by("pk")}


def _label(change: BulkChange, planner: Planner, image: int, planned: Planned) -> str:
    """Return the label that a text will carry; what stands in the record has been approved by a person."""
    if not planner.began_as_ai(image, planned.drafts + planned.values, planned.actions):
        return ""
    taken_over = change.kind in (BulkChange.Kind.ACCEPT, BulkChange.Kind.SET)
    return ai_label(source="model", reviewed=taken_over or bool(planned.values))
