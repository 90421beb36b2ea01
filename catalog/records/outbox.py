"""The outbox: what other systems are to be told of is written down in the transaction of what happened.

So nothing is told that was rolled back, and nothing that happened goes untold whoever dies next. `catalog.webhooks`
sends what stands here. Where no endpoint wants a kind of event, nothing is written. What is told names records and
batches and says where they are found; what they say is asked for with a key, which knows who may read it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from catalog.models import Batch, Collection, Image, WebhookDelivery, WebhookEndpoint, WebhookEvent
from catalog.vocabulary import BatchState, EventKind, ItemState

Data = Mapping[str, Any]


def announce(*, kind: EventKind, collection: int, data: Callable[[], Data]) -> None:
    """Have everybody told of an event who wants to know, in the caller's transaction.

    Args:
        kind: what kind of event.
        collection: key of the collection that it is about.
        data: returns what is told, as JSON values; asked only where somebody is told.
    """
    if wanting := _wanting(kind, collection):
        write(kind=kind, endpoints=wanting, data=data())


def write(*, kind: EventKind, endpoints: Iterable[int], data: Data) -> WebhookEvent:
    """Write an event for some endpoints, in the caller's transaction.

    Args:
        kind: what kind of event.
        endpoints: keys of the endpoints.
        data: what is told, as JSON values.

    Returns:
        The event.
    """
    now = timezone.now()
    told = {"type": kind.value, "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"), "data": data}
    event = WebhookEvent.objects.create(kind=kind, body=json.dumps(told, ensure_ascii=False), created_at=now)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, endpoint_id=endpoint, due_at=now) for endpoint in endpoints
    )
    return event


def batch_ended(batch: Batch, state: BatchState) -> None:
    """Tell that a batch is over, in the transaction that ends it.

    Args:
        batch: the batch.
        state: how it ended.
    """

    def told() -> Data:
        counted = dict(batch.items.order_by().values_list("state").annotate(Count("pk")))
        numbers = {each.value: counted.get(each.value, 0) for each in ItemState}
        return {
            "collection": batch.collection.slug,
            "batch": batch.pk,
            "path": reverse("catalog:api-batch-detail", args=[batch.pk]),
            "work": "read" if batch.reads else "draft",
            "state": state.value,
            "items": numbers,
        }

    announce(kind=EventKind.BATCH_ENDED, collection=batch.collection_id, data=told)


def import_applied(*, collection: Collection, key: object, data: Data) -> None:
    """Tell that a table has been applied, in the transaction that marks it so.

    Args:
        collection: whose records it changed.
        key: the import's.
        data: what else is told of it, as JSON values: how many records and fields were changed.
    """
    announce(
        kind=EventKind.IMPORT_APPLIED,
        collection=collection.pk,
        data=lambda: {"collection": collection.slug, "import": str(key), **data},
    )


def records_published(images: Iterable[Image]) -> None:
    """Tell that records have become public, in the transaction that opens them.

    Args:
        images: records that are open and not held back, and were not; those of collections that are not public are
            passed over.
    """
    _tell_of_records(EventKind.RECORD_PUBLISHED, images)


def records_withdrawn(images: Iterable[Image]) -> None:
    """Tell that records are not public any more, in the transaction that closes them.

    Args:
        images: records that were open and not held back, and are no longer; those of collections that are not public
            are passed over.
    """
    _tell_of_records(EventKind.RECORD_WITHDRAWN, images)


def collection_published(collection: Collection) -> None:
    """Tell that a collection's open records have become public with it, or are withdrawn with it: of all at once.

    Args:
        collection: the collection as it is now.
    """
    kind = EventKind.RECORD_PUBLISHED if collection.is_public else EventKind.RECORD_WITHDRAWN
    opened = Image.objects.opened().filter(collection=collection)
    announce(
        kind=kind,
        collection=collection.pk,
        data=lambda: {
            "collection": collection.slug,
            "whole_collection": True,
            "number": opened.count(),
            "records": [],
        },
    )


def _tell_of_records(kind: EventKind, images: Iterable[Image]) -> None:
    """Write one event for each collection: opening 80,000 records is some hundred messages, not 80,000."""
    by_collection: dict[int, list[Image]] = defaultdict(list)
    for image in images:
        by_collection[image.collection_id].append(image)
    if not by_collection or not WebhookEndpoint.objects.filter(active=True).exists():
        return
    public = dict(Collection.objects.public().filter(pk__in=by_collection).values_list("pk", "slug"))
    for key, slug in public.items():
        announce(kind=kind, collection=key, data=partial(_of_records, slug, by_collection[key]))


def _of_records(slug: str, images: Sequence[Image]) -> Data:
    records = [{"id": image.pk, "identifier": image.identifier, "path": image.get_absolute_url()} for image in images]
    return {"collection": slug, "whole_collection": False, "number": len(records), "records": records}


def _wanting(kind: EventKind, collection: int) -> list[int]:
    """Return the keys of the endpoints that want a kind of event of a collection; there are a few of them at most."""
    active = WebhookEndpoint.objects.filter(active=True).values_list("pk", "events", "collection")
    return [key for key, kinds, only in active if kind.value in kinds and only in (None, collection)]
