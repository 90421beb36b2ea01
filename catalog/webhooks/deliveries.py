"""Deliveries: claimed under a lease, settled by what the endpoint answered, tried again later, kept for a month.

A process may die at any moment: what it had in hand is sent once more, with the same id, so that a message arrives at
least once and its receiver can tell that it came before. An endpoint that ails is left alone for a while with
everything that waits for it: a dead one costs one attempt a pause, not one for each message.
"""

import logging
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead
from catalog.exceptions import DeliveryRefused
from catalog.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from catalog.vocabulary import DeliveryState
from catalog.webhooks import endpoints, signing
from catalog.webhooks.sending import Outcome

LEASE = timedelta(seconds=60)
"""Several times what an attempt may take."""
PAUSES = [
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=10),
]  # fmt: skip
"""How long to wait after each attempt that failed; after one more it is given up, a day and some hours later."""
KEPT = timedelta(days=30)
"""How long events and what became of them are kept."""
_LONGEST_REST = timedelta(minutes=10)
_FIRST_REST = timedelta(seconds=5)
_MOST_HISTORY = 20
_PURGED_AT_ONCE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that a process has in hand, with all that is sent.

    Attributes:
        delivery: its key.
        token: known to its owner alone.
        address: where it goes.
        headers: what tells the receiver which message it is; empty where nothing can be signed.
        body: the message.
    """

    delivery: int
    token: uuid.UUID
    address: str
    headers: dict[str, str]
    body: bytes


def claim_next(*, owner: str) -> Claim | None:
    """Take the next delivery that is due, or that a process that is gone has left.

    Args:
        owner: the process that takes it, as named by `batches.owners.this_process`.

    Returns:
        The claim; None where there is nothing to send now.
    """
    now = timezone.now()
    # Asked every other second: where nothing waits, no lock is taken.
    found = _next(owner, now)
    if found is None:
        return None
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_related("event", "endpoint").filter(_is_free(now, owner))
        row = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=found).first()
        if row is None:
            return None
        row.state, row.claim, row.owner = DeliveryState.SENDING, uuid.uuid4(), owner
        row.lease_until = now + LEASE
        row.attempts += 1
        row.save(update_fields=["state", "claim", "owner", "lease_until", "attempts"])
        return _claim(row, now)


def release(claim: Claim) -> None:
    """Give a delivery back as if it had not been taken. Does nothing where the claim is lost."""
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is not None:
            row.state, row.attempts = DeliveryState.WAITING, max(0, row.attempts - 1)
            _save(row)


def settle(claim: Claim, outcome: Outcome) -> None:
    """Write what came of an attempt, and when there is to be another. Does nothing where the claim is lost.

    Args:
        claim: the claim.
        outcome: what came of it.
    """
    now = timezone.now()
    with transaction.atomic():
        row = _held(claim).select_for_update(of=("self",)).select_related("endpoint").first()
        if row is None:
            return
        row.status, row.answer = outcome.status, outcome.words
        told = {"at": now.isoformat(timespec="seconds"), "status": outcome.status, "words": outcome.words}
        row.history = [*row.history, told][-_MOST_HISTORY:]
        if outcome.is_delivered:
            row.state, row.finished_at = DeliveryState.DELIVERED, now
        elif row.attempts > len(PAUSES) or outcome.is_gone:
            row.state, row.finished_at = DeliveryState.GIVEN_UP, now
        else:
            row.state = DeliveryState.WAITING
            row.due_at = now + max(_spread(PAUSES[row.attempts - 1]), timedelta(seconds=outcome.pause_s))
        _save(row)
        _tell_endpoint(row.endpoint_id, outcome, now)
    if row.state == DeliveryState.GIVEN_UP:
        log.warning("webhook %s was not taken by %s: %s", row.event_id, row.endpoint.name, outcome.words)


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    """Have a delivery sent once more, at once, and tried as often as a new one; the message's id stays the same.

    Args:
        delivery: the delivery.

    Returns:
        The delivery as it is now.

    Raises:
        DeliveryRefused: it is being sent just now, or its endpoint is switched off.
    """
    row = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint").get(pk=delivery.pk)
    if row.state == DeliveryState.SENDING:
        raise DeliveryRefused(_("正在发送，请过一会儿刷新页面再看。"))
    if not row.endpoint.active:
        raise DeliveryRefused(_("推送地址“%(endpoint)s”已停用，请先启用。"), endpoint=row.endpoint)
    row.state, row.attempts, row.due_at, row.finished_at = DeliveryState.WAITING, 0, timezone.now(), None
    _save(row)
    WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(resting_until=None)
    return row


def purge() -> int:
    """Delete some of the events that were settled long ago, with what became of them.

    Returns:
        How many.
    """
    old = WebhookEvent.objects.filter(created_at__lt=timezone.now() - KEPT).order_by()
    open_ones = WebhookDelivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING])
    settled = old.exclude(deliveries__in=open_ones)
    keys = list(settled.values_list("pk", flat=True)[:_PURGED_AT_ONCE])
    WebhookEvent.objects.filter(pk__in=keys).delete()
    return len(keys)


def _next(owner: str, now: datetime) -> int | None:
    """Return the key of the delivery that is due longest, or was left behind."""
    free = WebhookDelivery.objects.filter(_is_free(now, owner)).order_by("due_at", "pk")
    key = free.values_list("pk", flat=True).first()
    if key is not None:
        return key
    held = WebhookDelivery.objects.filter(state=DeliveryState.SENDING).values_list("pk", "owner")
    left = [key for key, holder in held if is_dead(holder)]
    # Its lease ends now; the next look takes it like one that ran out.
    WebhookDelivery.objects.filter(pk__in=left, state=DeliveryState.SENDING).update(lease_until=now)
    return left[0] if left else None


def _is_free(now: datetime, owner: str) -> Q:
    """Return the condition that a delivery can be taken: it is due, or nobody has it in hand any more."""
    rested = Q(endpoint__resting_until__isnull=True) | Q(endpoint__resting_until__lte=now)
    due = Q(state=DeliveryState.WAITING, due_at__lte=now, endpoint__active=True) & rested
    # What stands under this process's own name it has lost hold of: it works on one at a time.
    return due | Q(state=DeliveryState.SENDING) & (Q(lease_until__lte=now) | Q(owner=owner))


def _claim(row: WebhookDelivery, now: datetime) -> Claim:
    body, timestamp = row.event.body.encode(), int(now.timestamp())
    keys, headers = endpoints.keys_of(row.endpoint), {}
    if keys:
        message = str(row.event_id)
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signing.signature(keys, message=message, timestamp=timestamp, body=body),
        }
    assert row.claim is not None  # noqa: S101 - just given
    return Claim(row.pk, row.claim, row.endpoint.url, headers, body)


def _tell_endpoint(key: int, outcome: Outcome, now: datetime) -> None:
    """Note at the endpoint how it is: whether it is left alone for a while, or for good.

    Whoever writes an event for it meanwhile is not kept waiting: they point at the row, and its key stays.
    """
    found = WebhookEndpoint.objects.filter(pk=key)
    if outcome.is_delivered:
        found.exclude(failures=0, resting_until=None).update(failures=0, resting_until=None)
    elif outcome.is_gone:
        found.update(active=False)
    elif outcome.is_ailing:
        row = found.select_for_update(no_key=True).get()
        rest = min(_FIRST_REST * 2 ** min(row.failures, 10), _LONGEST_REST)
        row.failures += 1
        row.resting_until = now + max(rest, timedelta(seconds=outcome.pause_s))
        row.save(update_fields=["failures", "resting_until"])


def _spread(pause: timedelta) -> timedelta:
    """Return a pause that is a little longer: what failed together does not come back together."""
    return pause * random.uniform(1.0, 1.1)  # noqa: S311 - no secret


def _held(claim: Claim) -> "QuerySet[WebhookDelivery]":
    return WebhookDelivery.objects.filter(pk=claim.delivery, claim=claim.token, state=DeliveryState.SENDING)


_UNCLAIMED: dict[str, Any] = {"claim": None, "owner": "", "lease_until": None}


def _save(row: WebhookDelivery) -> None:
    """Save a delivery that nobody has in hand any more."""
    for column, value in _UNCLAIMED.items():
        setattr(row, column, value)
    row.save()
