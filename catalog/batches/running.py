"""Running one batch to its end, in the foreground: claims, several images at once, progress, and when to stop.

For commands that somebody waits for. What is left to the background, `catalog.batches.jobs` does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches import leases, lifecycle
from catalog.batches.attempts import Outcome, Work
from catalog.batches.failures import CircuitBreaker, waiting_for
from catalog.batches.owners import this_process
from catalog.batches.pool import Pool
from catalog.batches.progress import progress_of
from catalog.exceptions import DraftingPaused
from catalog.faults import COMMANDS_TRY, disk_full, is_disk_full, patiently, release_connection
from catalog.models import Batch, BatchItem
from catalog.shares import Absence, absence_of
from catalog.vocabulary import BatchState

LOOK_AGAIN_S = 5.0
"""How often to look whether a share is back."""


@dataclass(slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        total: images of the batch.
        before: images settled before this run.
        done: images drafted in this run.
        failed: images given up in this run.
        refused: images that the model answered without a value in this run.
        skipped: images that needed no draft any more when their turn came.
        failures: identifier or file name, and reason, of what was given up or refused.
    """

    total: int
    before: int
    done: int = 0
    failed: int = 0
    refused: int = 0
    skipped: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """Return how many images of the batch need no more work."""
        return self.before + self.worked

    @property
    def worked(self) -> int:
        """Return how many images this run dealt with."""
        return self.done + self.failed + self.refused + self.skipped

    def count(self, outcome: Outcome) -> None:
        """Add what became of an image."""
        self.total += outcome.more
        if outcome.kind == "done":
            self.done += 1
        elif outcome.kind == "skipped":
            self.skipped += 1
        elif outcome.kind == "failed":
            self.failed += 1
            self.failures.append((outcome.name, outcome.reason))
        elif outcome.kind == "refused":
            self.refused += 1
            self.failures.append((outcome.name, outcome.reason))


def run_batch(
    *,
    batch: Batch,
    work: Work,
    limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    waiting: Callable[[datetime], None] | None = None,
    absent: Callable[[str], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    watch: leases.Watch | None = None,
) -> Progress:
    """Work on a batch until nothing of it is left to take.

    Args:
        batch: a running batch.
        work: what is done with each image; as many are at work as it deals with at once.
        limit: how many images to deal with at most.
        progress: called after each image.
        waiting: called before waiting for another machine's lease, with the time at which it runs out.
        absent: told, in a sentence, that a share with the images' scans is away and is waited for.
        sleep: waits some seconds, when the model is busy, a share is away or another machine holds the last images.
        watch: finds the claims of the dead; None for one that begins now.

    Returns:
        How far the batch is.

    Raises:
        DraftingPaused: the model is gone, or somebody paused the batch; it can be run again.
        KeyboardInterrupt: the images at work have been given back.
    """
    foreground = _Foreground(batch, limit, progress, waiting, absent, sleep, watch or leases.Watch())
    with (
        leases.given_back_when_interrupted(batch=batch, owner=foreground.owner),
        Pool(work, sleep=sleep) as pool,
    ):
        foreground.run(pool)
    if not lifecycle.finish(batch=batch):
        batch.refresh_from_db()
        if batch.state != BatchState.RUNNING:
            raise DraftingPaused(_("批次已停下：%(reason)s"), reason=batch.reason)
    return foreground.so_far


@dataclass(slots=True)
class _Foreground:
    """One command's work on one batch; the first fields are the arguments of `run_batch`."""

    batch: Batch
    limit: int | None
    progress: Callable[[Progress], None] | None
    waiting: Callable[[datetime], None] | None
    absent: Callable[[str], None] | None
    sleep: Callable[[float], None]
    watch: leases.Watch
    owner: str = field(default_factory=this_process)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    alive: set[str] = field(default_factory=set)
    stop: str = ""
    absence: Absence | None = None
    so_far: Progress = field(init=False)

    def __post_init__(self) -> None:
        self.watch.take_back()
        self.so_far = _progress(self.batch)

    def run(self, pool: Pool) -> None:
        """Work until nothing is left to take, the limit is reached, or nothing can go on.

        Raises:
            DraftingPaused: nothing can go on.
        """
        while True:
            left = self._fill(pool)
            if pool.busy:
                self._hear(pool)
            elif self.absence is not None and not self.stop:
                self._wait_for_share(self.absence)
            # Before leaving: somebody working on the same batch may have died meanwhile.
            elif not (left and not self.stop and (self.watch.take_back() or self._waited() or self._caught_up())):
                break
        if self.stop:
            raise DraftingPaused(_("起草已暂停：%(reason)s"), reason=self.stop)

    def _fill(self, pool: Pool) -> bool:
        """Take as many images as there is room for; return whether more may be taken later."""
        while pool.has_room:
            if self.absence is not None:
                return True
            if self.stop or (self.limit is not None and self.so_far.worked + pool.busy >= self.limit):
                return False
            try:
                item = patiently(self._claim, tries=COMMANDS_TRY)
            except DatabaseError as error:
                self._stop_for(error)
                return False
            if item is None:
                return True
            pool.take(item)
        return True

    def _claim(self) -> BatchItem | None:
        return leases.claim_next(batch=self.batch, owner=self.owner, now=timezone.now())

    def _hear(self, pool: Pool) -> None:
        # The connection would idle for as long as the model takes, and another process may need it.
        release_connection()
        for outcome in pool.outcomes():
            self.so_far.count(outcome)
            self.absence = outcome.absence or self.absence
            reason = self.breaker.reason_to_stop(outcome) or (outcome.reason if outcome.kind == "gone" else "")
            if reason and not self.stop:
                self._pause(reason)
            if self.progress is not None and outcome.kind in ("done", "failed", "refused", "skipped"):
                self.progress(self.so_far)

    def _wait_for_share(self, absence: Absence) -> None:
        """Say that a share is away, and look now and then whether it is back, for as long as the batch is to be run."""
        reason = waiting_for(absence)
        if self.absent is not None:
            self.absent(reason)
        running = Batch.objects.filter(pk=self.batch.pk, state=BatchState.RUNNING)
        running.update(reason=reason)
        while absence_of(absence.path) is not None and running.exists():
            release_connection()
            self.sleep(LOOK_AGAIN_S)
        running.update(reason="")
        self.absence = None

    def _stop_for(self, error: DatabaseError) -> None:
        """Stop where nothing can be written any more."""
        if not is_disk_full(error):
            raise error
        release_connection()
        self._pause(disk_full())

    def _pause(self, reason: str) -> None:
        self.stop = reason
        lifecycle.pause_if_possible(batch=self.batch, reason=reason)

    def _caught_up(self) -> bool:
        """Take in what was passed over; return whether there was anything."""
        more = lifecycle.catch_up(batch=self.batch)
        self.so_far.total += more
        return bool(more)

    def _waited(self) -> bool:
        """Wait until a lease of another machine has stood still; return False where there is none to wait for.

        Of a process on another machine only its lease tells. One that renews it is at work and will finish: it is
        added to those alive, and not waited for again.
        """
        held = leases.held_elsewhere(batch=self.batch, besides=self.alive)
        if held is None:
            return False
        self.alive.add(held.owner)
        seconds = max(0.0, self.watch.remaining_s(held)) + 1.0
        if self.waiting is not None:
            self.waiting(timezone.now() + timedelta(seconds=seconds))
        release_connection()
        self.sleep(seconds)
        self.watch.take_back()
        return True


def _progress(batch: Batch) -> Progress:
    counts = progress_of(batch, now=timezone.now())
    return Progress(total=counts.total, before=counts.settled)
