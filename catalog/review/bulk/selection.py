"""Preparing a bulk change: what somebody chose is planned record by record, and what its preview shows is frozen.

Nothing is changed yet. The records, drafts and values that the plan goes by are kept by their keys in chunks; whatever
is carried out later is planned again from these, and from nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.draft_criteria import DraftCriteria
from catalog.exceptions import BulkRefused
from catalog.models import BulkChange, BulkChunk, Image
from catalog.querysets import ImageQuerySet
from catalog.review.bulk.changes import Change
from catalog.review.bulk.rows import LeftOut, Plan, Reason, Seen, Tally, rows_of, shown_drafts, slices
from catalog.review.bulk.sources import Source
from catalog.review.bulk.undoing import histories_of, plan_undo

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_RECORDS = 100_000
CHUNK_RECORDS = 200
CHUNK_ROWS = 60
"""About how many annotations are written in one transaction: on SQLite everybody else waits for it."""
_STOPPED = Plan(left_out=[LeftOut("", Reason.SECRECY)])
KEPT_FOR = timedelta(days=1)
"""For how long a preview is kept that nobody goes on with."""

Plans = Callable[[Sequence[int]], Iterator[tuple[int, Plan]]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose in a list.

    Attributes:
        images: the records, all of which they may change many at a time.
        criteria: which of their drafts the list's filter shows.
        words: the filter, as a person reads it.
        refused: how many more they chose that they may not change so.
    """

    images: ImageQuerySet
    criteria: DraftCriteria = field(default_factory=DraftCriteria)
    words: str = ""
    refused: int = 0


def prepare(*, user: "User", change: Change, choice: Choice) -> BulkChange:
    """Prepare a change of what somebody chose.

    Args:
        user: who will have done it.
        change: what is done.
        choice: to which records.

    Returns:
        The change, to be looked at.

    Raises:
        BulkRefused: it is about more records than are changed at a time.
    """
    keys = list(choice.images.order_by("pk").values_list("pk", flat=True)[: MOST_RECORDS + 1])

    def plans(images: Sequence[int]) -> Iterator[tuple[int, Plan]]:
        shown = shown_drafts(images, choice.criteria)
        stopped = set(Image.objects.held().filter(pk__in=images).values_list("pk", flat=True))
        for image, rows in rows_of(images).items():
            yield image, _STOPPED if image in stopped else change.plan(rows, shown)

    row = BulkChange(user=user, kind=change.kind, parameters=change.parameters(), selection=choice.words)
    return _freeze(row, keys, plans, refused=choice.refused)


def prepare_undo(*, user: "User", source: Source, allowed: ImageQuerySet, words: str) -> BulkChange:
    """Prepare that something is taken back.

    Args:
        user: who will have done it.
        source: whose work.
        allowed: the records of which they may take it back.
        words: the source, as a person reads it.

    Returns:
        The change, to be looked at.

    Raises:
        BulkRefused: it is about more records than are changed at a time.
    """
    sought = sorted(set(source.images()))
    keys = [
        key
        for some in slices(sought)
        for key in allowed.filter(pk__in=some).order_by("pk").values_list("pk", flat=True)
    ]

    def plans(images: Sequence[int]) -> Iterator[tuple[int, Plan]]:
        histories = histories_of(images)
        for seen in source.seen(histories):
            yield seen.image, plan_undo(histories[seen.image], seen)

    parameters = source.parameters()
    row = BulkChange(user=user, kind=BulkChange.Kind.UNDO, parameters=parameters, selection=words)
    row.undoes_id = parameters.get("change")
    # An image that is gone has no record to be put back; it is not one that they may not review.
    others = sorted(set(sought) - set(keys))
    refused = sum(Image.objects.filter(pk__in=some).count() for some in slices(others))
    return _freeze(row, keys, plans, refused=refused)


def _freeze(row: BulkChange, keys: Sequence[int], plans: Plans, *, refused: int) -> BulkChange:
    if len(keys) > MOST_RECORDS:
        raise BulkRefused(_("一次最多处理 %(most)d 条记录。请先用筛选条件缩小范围，分几次做。"), most=MOST_RECORDS)
    tally, seen = Tally(), list[Seen]()
    if refused:
        tally.add(0, Reason.NOT_ALLOWED, refused)
    for some in slices(keys):
        for image, plan in plans(some):
            tally.add_all(image, plan.left_out)
            if plan.planned:
                seen.append(Seen.of(image, plan.planned))
                row.fields += len(plan.planned)
    row.records, row.left_out = len(seen), tally.as_json()
    collections = _collections([item.image for item in seen])
    with transaction.atomic():
        BulkChange.objects.filter(
            user=row.user, state=BulkChange.State.PREVIEW, created_at__lt=timezone.now() - KEPT_FOR
        ).delete()
        row.save()
        row.collections.set(collections)
        BulkChunk.objects.bulk_create(
            [
                BulkChunk(change=row, position=position, records=[list(item) for item in chunk])
                for position, chunk in enumerate(_chunks(seen))
            ],
            batch_size=100,
        )
    return row


def _chunks(seen: Iterable[Seen]) -> Iterator[list[Seen]]:
    chunk, weight = list[Seen](), 0
    for item in seen:
        if chunk and (len(chunk) == CHUNK_RECORDS or weight + item.weight > CHUNK_ROWS):
            yield chunk
            chunk, weight = [], 0
        chunk.append(item)
        weight += item.weight
    if chunk:
        yield chunk


def _collections(images: Sequence[int]) -> set[Any]:
    return {
        key
        for some in slices(images)
        for key in Image.objects.filter(pk__in=some).order_by().values_list("collection", flat=True).distinct()
    }
