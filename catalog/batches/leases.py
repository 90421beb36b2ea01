"""Who works on which image of a batch: claims, heartbeats, and what becomes of the claims of the dead.

A claim is taken in a short transaction, the model answers outside any, and whoever writes the result checks the claim
again. A lease that is not renewed runs out; that of a process known to be dead is taken away at once. Clocks of
machines differ and are set back and forth: no decision compares one with another's, see `Watch`.
"""

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead, is_here
from catalog.exceptions import ClaimLost
from catalog.models import Batch, BatchItem
from catalog.vocabulary import BatchState, ItemState
from catalog.work_querysets import BatchItemQuerySet

LEASE = timedelta(seconds=120)
HEARTBEAT_S = 30.0
MAX_ATTEMPTS = 5
"""How often an image may take its process down before it is given up."""
SUSPECT_AFTER = 2
"""Attempts in vain after which an image is worked on alone, so that nobody else is to blame if it ends badly again."""

log = logging.getLogger(__name__)


def claim_next(*, batch: Batch, owner: str, now: datetime) -> BatchItem | None:
    """Take the next image of a running batch: what ended badly before waits until the others have had their turn.

    Args:
        batch: the batch.
        owner: the process that takes it, as named by `owners.this_process`.
        now: the time the lease starts.

    Returns:
        The item, claimed; None where nothing is left to take, or the batch is not running any more.
    """
    while True:
        try:
            return _claim(batch, owner, now)
        except IntegrityError:
            # Another batch took the same image between our look and our write.
            continue


def release(item: BatchItem) -> None:
    """Give a claimed image back, as if it had not been taken. Does nothing where the claim is lost."""
    _held(item).update(**_unclaimed(ItemState.PENDING), attempts=item.attempts - 1)


@contextmanager
def given_back_when_interrupted(*, batch: Batch, owner: str) -> Iterator[None]:
    """Give back, on Ctrl-C, everything a process holds of a batch.

    Ctrl-C may come between a claim and the work on it, where nobody has the item in hand yet.

    Args:
        batch: the batch worked on.
        owner: the process, as named by `owners.this_process`.
    """
    try:
        yield
    except KeyboardInterrupt:
        # It may have come in the middle of a query, after which nothing more can be said on this connection.
        if not connection.in_atomic_block:
            connection.close()
        # Twice: a commit that was on its way to the server may show a moment later.
        for pause_s in (0.3, 0.0):
            give_back_all(batch=batch, owner=owner)
            time.sleep(pause_s)
        raise


def give_back_all(*, batch: Batch | None = None, owner: str) -> None:
    """Give back everything a process holds, as if it had not been taken.

    Args:
        batch: of this batch; None for all of them.
        owner: the process, as named by `owners.this_process`.
    """
    held = BatchItem.objects.running().filter(owner=owner)
    for item in held if batch is None else held.filter(batch=batch):
        release(item)


def give_back_failed(item: BatchItem) -> None:
    """Give a claimed image back after an attempt that failed and counts."""
    _held(item).update(**_unclaimed(ItemState.PENDING))


def locked_claim(item: BatchItem) -> BatchItem:
    """Return the item as it is now, its row locked until the caller's transaction ends.

    Raises:
        ClaimLost: the lease ran out and the image was given to another process, or the batch was deleted.
    """
    found = _held(item).select_for_update().first()
    if found is None:
        raise ClaimLost
    return found


def settle(item: BatchItem, state: ItemState, *, error: str = "") -> None:
    """Write what became of a claimed item, inside the caller's transaction.

    Args:
        item: the item, locked by `locked_claim`.
        state: `DONE`, `FAILED`, `REFUSED` or `SKIPPED`.
        error: why nothing came of it.
    """
    BatchItem.objects.filter(pk=item.pk).update(**_unclaimed(state), error=error, finished_at=timezone.now())


def give_back_broken_off(item: BatchItem, *, alone: bool) -> None:
    """Give an image back whose process, or whose model, died while it was worked on.

    Whoever was not alone may not have been the cause: such an image is tried again however often that happens, in
    the end alone (`SUSPECT_AFTER`).

    Args:
        item: the claimed item.
        alone: whether nothing else was being worked on there.
    """
    if alone and item.attempts >= MAX_ATTEMPTS:
        error = _("处理这幅图像时进程多次意外中断。")
        _held(item).update(**_unclaimed(ItemState.FAILED), error=error, finished_at=timezone.now())
    else:
        _held(item).update(**_unclaimed(ItemState.PENDING), attempts=min(item.attempts, MAX_ATTEMPTS - 1))


class Watch:
    """Finds the claims that nobody works on any more, without trusting the time of day.

    The claim of a process known to be dead is abandoned at once. Of any other there is nothing to go by but whether
    it is renewed: where its lease has stood still for as long as a lease lasts, by this process's own steady clock,
    it is abandoned. A clock set back or forth, here or elsewhere, neither frees a claim nor keeps one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to look on.

        Args:
            clock: seconds that only ever go forward.
        """
        self._clock = clock
        self._seen: dict[uuid.UUID | None, tuple[datetime | None, float]] = {}

    def take_back(self) -> int:
        """Free every image that was abandoned.

        Returns:
            How many claims were taken away.
        """
        claims = list(BatchItem.objects.running().only("claim", "owner", "lease_until", "attempts", "state"))
        self._look_at(claims)
        held = Counter(item.owner for item in claims)
        abandoned = [item for item in claims if is_dead(item.owner) or self.remaining_s(item) <= 0]
        for item in abandoned:
            give_back_broken_off(item, alone=held[item.owner] == 1)
        return len(abandoned)

    def remaining_s(self, item: BatchItem) -> float:
        """Return for how many seconds a claim, as it was last seen, is to be left alone unless it is renewed.

        Args:
            item: a claimed item.
        """
        seen = self._seen.get(item.claim)
        since = self._clock() - seen[1] if seen else 0.0
        return LEASE.total_seconds() - since

    def _look_at(self, claims: list[BatchItem]) -> None:
        now, before = self._clock(), self._seen
        self._seen = {}
        for item in claims:
            seen = before.get(item.claim)
            unchanged = seen is not None and seen[0] == item.lease_until
            self._seen[item.claim] = seen if seen and unchanged else (item.lease_until, now)


def held_elsewhere(*, batch: Batch, besides: Collection[str]) -> BatchItem | None:
    """Return the first claim to run out that keeps a running batch from its end and is held on another machine.

    Args:
        batch: the batch.
        besides: owners not to look at.
    """
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).exists():
        return None
    in_the_way = Q(batch=batch) | Q(image__in=batch.items.pending().values("image"))
    held = BatchItem.objects.running().filter(in_the_way).exclude(owner__in=besides).order_by("lease_until")
    return next((item for item in held if not is_here(item.owner)), None)


@contextmanager
def heartbeat(item: BatchItem, interval_s: float = HEARTBEAT_S) -> Iterator[None]:
    """Renew a claim's lease from a second thread for as long as the context lasts.

    The thread holds a database connection only for the moment of each renewal.

    Args:
        item: the claimed item.
        interval_s: seconds between renewals.
    """
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(interval_s):
            try:
                _held(item).update(lease_until=timezone.now() + LEASE)
            except DatabaseError:
                # A busy database is no reason to stop; several beats fit into one lease.
                log.warning("lease of batch item %s not renewed", item.pk, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{item.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _claim(batch: Batch, owner: str, now: datetime) -> BatchItem | None:
    with transaction.atomic():
        free = BatchItem.objects.claimable().filter(batch=batch, batch__state=BatchState.RUNNING)
        item = free.select_for_update(of=("self",), skip_locked=True).order_by("attempts", "pk").first()
        if item is None:
            return None
        item.state = ItemState.RUNNING
        item.claim = uuid.uuid4()
        item.owner = owner
        item.lease_until = now + LEASE
        item.attempts += 1
        item.save()
        item.batch = batch
        return item


def _held(item: BatchItem) -> BatchItemQuerySet:
    """Return the row of a claimed item, empty where the claim is lost."""
    return BatchItem.objects.filter(pk=item.pk, claim=item.claim, state=ItemState.RUNNING)


def _unclaimed(state: ItemState) -> dict[str, object]:
    return {"state": state, "claim": None, "owner": "", "lease_until": None}
