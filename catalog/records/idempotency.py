"""Requests by the name that a program gave them: what has been answered is answered again, and nothing done twice.

A request is claimed in a transaction of its own, so that whoever sends it again meanwhile learns that it is at work.
What it does and its answer are kept in one transaction: where a process dies between the two, neither is there, and the
next one may take over once the claim has run out.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.exceptions import KeyAtWork, KeyUsedOtherwise
from catalog.models import IdempotencyKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = timedelta(minutes=10)
"""How long a request is given; what takes longer is the worker's."""
_SWEPT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        status: HTTP's.
        headers: those that belong to the answer.
        body: as it was sent; empty where there was none.
    """

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Claim:
    """That a request is ours to carry out.

    Attributes:
        row: key of the row.
        token: only who claimed it knows it.
    """

    row: int
    token: uuid.UUID


def claim(*, user: "User", key: str, digest: str) -> Claim | Answer:
    """Claim a request, or find what it was answered.

    Args:
        user: on whose behalf it is sent.
        key: the name that the program gave it.
        digest: of all that it says.

    Returns:
        The claim; the answer where there is one.

    Raises:
        KeyUsedOtherwise: the name was given to another request.
        KeyAtWork: the same request is being carried out.
    """
    _sweep()
    mine = Claim(0, uuid.uuid4())
    try:
        with transaction.atomic():
            made = IdempotencyKey.objects.create(
                user=user,
                key=key,
                digest=digest,
                claim=mine.token,
                claimed_until=timezone.now() + LEASE,
                expires_at=timezone.now() + timedelta(hours=settings.GLMV_IDEMPOTENCY_HOURS),
            )
    except IntegrityError:
        return _taken(user, key, digest, mine.token)
    return Claim(made.pk, mine.token)


def keep(claimed: Claim, answer: Answer) -> None:
    """Keep the answer to a request, in the transaction that carried it out.

    Args:
        claimed: the claim.
        answer: the answer.

    Raises:
        KeyAtWork: the claim ran out, and another process has the request now; what this one did must not stand.
    """
    rows = IdempotencyKey.objects.filter(pk=claimed.row, claim=claimed.token, status__isnull=True)
    kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    if not rows.update(**kept, claim=None, claimed_until=None):
        raise KeyAtWork


def let_go(claimed: Claim) -> None:
    """Give a name back: the request was refused, nothing was done, and it may be sent again mended.

    Args:
        claimed: the claim.
    """
    IdempotencyKey.objects.filter(pk=claimed.row, claim=claimed.token, status__isnull=True).delete()


@transaction.atomic
def _taken(user: "User", key: str, digest: str, token: uuid.UUID) -> Claim | Answer:
    row = IdempotencyKey.objects.select_for_update().filter(user=user, key=key).first()
    if row is None:
        # It was given back a moment ago.
        raise KeyAtWork
    if row.digest != digest:
        raise KeyUsedOtherwise
    if row.status is not None:
        return Answer(row.status, row.headers, row.body)
    now = timezone.now()
    if row.claimed_until is not None and row.claimed_until > now:
        raise KeyAtWork
    row.claim, row.claimed_until = token, now + LEASE
    row.save(update_fields=["claim", "claimed_until"])
    return Claim(row.pk, token)


def _sweep() -> None:
    """Forget what is over; a little with each request, so that no job is needed."""
    over = IdempotencyKey.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at")
    if keys := list(over.values_list("pk", flat=True)[:_SWEPT]):
        IdempotencyKey.objects.filter(pk__in=keys).delete()
