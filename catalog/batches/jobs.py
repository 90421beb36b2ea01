"""The batches of a queue as background work: all that are left to the worker, in turn, image by image.

Which image is to be worked on stands in the tables, and nowhere else: a job keeps nothing that could be lost with it.
Any number of workers may run it, on any machine that reaches the database; leases keep them apart.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches import leases, lifecycle
from catalog.batches.attempts import Outcome
from catalog.batches.failures import CircuitBreaker, waiting_for
from catalog.batches.owners import this_process
from catalog.batches.pool import Pool
from catalog.batches.queues import Queue, QueueUnavailable
from catalog.faults import disk_full, is_disk_full, release_connection
from catalog.models import Batch
from catalog.paths import legible
from catalog.shares import Absence, absence_of
from catalog.texts import storable
from inference.engine.errors import EngineError, NotReady
from inference.errors import sentence

IDLE_S = 2.0
"""How often to look again where the queue is unavailable, or others hold what is left of it."""
MOST_DISCONNECTS = leases.MAX_ATTEMPTS + 1
"""So often a model may break off with nothing done in between. One picture that takes it down is given up before."""
_LONGEST_REST_S = 30.0
_STEP_S = 0.5

log = logging.getLogger(__name__)


class BatchJob:
    """Works on the batches of one queue; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(
        self,
        queue: Queue,
        *,
        closed: Callable[[], str] = str,
        sleep: Callable[[float], None] = time.sleep,
        watch: leases.Watch | None = None,
    ) -> None:
        """Prepare; nothing is done yet.

        Args:
            queue: which batches, and what is done with their images.
            closed: why nothing new may be begun now, in a sentence; empty where it may. What is in hand is finished.
            sleep: waits some seconds, when the model is busy.
            watch: finds the claims of the dead; None for one that begins now.
        """
        self._queue = queue
        self._closed = closed
        self._sleep = sleep
        self._watch = watch or leases.Watch()
        self._owner = this_process()
        self._breaker = CircuitBreaker()
        self._session: Generator[float, None, None] | None = None
        self._in_hand: dict[int, int] = {}
        self._absences: dict[int, Absence] = {}
        self._last_served = 0
        self._gone = False
        self._disconnects = 0
        self._reason = ""

    def claim(self) -> bool:
        """Take back what the dead held, and look for batches; return whether there is anything to do."""
        if self._session is None:
            with self._faults_met():
                self._watch.take_back()
                if reason := self._closed():
                    self._say_why_nothing_happens(QueueUnavailable(reason))
                elif self._queue.batches().exists():
                    self._session = self._work_and_rest()
        return self._session is not None

    def step(self) -> float:
        """Take images as long as there is room, and hear what became of others; return how many seconds to wait."""
        if self._session is None:
            return IDLE_S
        with self._faults_met():
            pause_s = next(self._session, None)
            if pause_s is None:
                self._session = None
        return pause_s or 0.0

    def release(self) -> None:
        """Give back everything in hand, as if it had not been taken."""
        if self._session is not None:
            self._session.close()
            self._session = None
        leases.give_back_all(owner=self._owner)

    # --- Work --------------------------------------------------------------------------------------------------------

    def _work_and_rest(self) -> Generator[float, None, None]:
        """Work for as long as there is work and the queue is available; yield after each step how long to wait."""
        self._gone = False
        try:
            with self._queue.open() as work, Pool(work, sleep=self._sleep) as pool:
                self._queue.batches().exclude(reason="").update(reason="")
                self._in_hand, self._absences = {}, {}
                yield from self._work(pool)
        except QueueUnavailable as unavailable:
            self._say_why_nothing_happens(unavailable)
            yield IDLE_S
        except NotReady:
            yield IDLE_S
        except EngineError as error:
            self._pause_all(sentence(error))
        if self._gone:
            yield self._rest_after_disconnect()

    def _work(self, pool: Pool) -> Generator[float, None, None]:
        while pool.busy or not (self._gone or self._closed()):
            held_elsewhere = self._fill(pool)
            if pool.busy:
                # A connection would idle for as long as the model takes.
                release_connection()
                for outcome in pool.outcomes(_STEP_S):
                    self._hear(outcome)
                yield 0.0
            elif held_elsewhere:
                yield IDLE_S
            else:
                return

    def _fill(self, pool: Pool) -> bool:
        """Take images from the batches in turn; return whether any batch is under way that is held elsewhere."""
        if self._gone or not pool.has_room or self._closed():
            return True
        self._watch.take_back()
        turns = self._in_turn()
        held_elsewhere = False
        while turns and pool.has_room:
            batch = turns.pop(0)
            if self._waits_for_share(batch):
                held_elsewhere = True
                continue
            item = leases.claim_next(batch=batch, owner=self._owner, now=timezone.now())
            if item is not None:
                self._in_hand[batch.pk] = self._in_hand.get(batch.pk, 0) + 1
                self._last_served = batch.pk
                pool.take(item)
                turns.append(batch)
            elif not self._in_hand.get(batch.pk):
                if batch.items.unsettled().exists():
                    held_elsewhere = True
                elif lifecycle.catch_up(batch=batch):
                    turns.append(batch)
                else:
                    lifecycle.finish(batch=batch)
        return held_elsewhere

    def _in_turn(self) -> list[Batch]:
        """Return the batches, beginning after the one that was served last."""
        running = list(self._queue.batches().select_related("collection", "prompt_version"))
        return sorted(running, key=lambda batch: (batch.pk <= self._last_served, batch.pk))

    def _hear(self, outcome: Outcome) -> None:
        self._in_hand[outcome.item.batch_id] -= 1
        if outcome.kind in ("done", "refused"):
            self._disconnects = 0
        if reason := self._breaker.reason_to_stop(outcome):
            log.warning("batch %s is paused: %s", outcome.item.batch_id, reason)
            lifecycle.pause_if_possible(batch=outcome.item.batch, reason=reason)
        elif outcome.absence is not None:
            self._wait_for_share(outcome.item.batch, outcome.absence)
        elif outcome.kind == "gone":
            log.info("nobody is there to do the work: %s", outcome.reason)
            self._gone, self._reason = True, outcome.reason

    # --- Shares that are away -----------------------------------------------------------------------------------------

    def _wait_for_share(self, batch: Batch, absence: Absence) -> None:
        """Leave a batch alone until a share is back. It stays under way, so whatever a person does to it holds."""
        if batch.pk not in self._absences:
            log.warning("batch %s waits: %s", batch.pk, absence)
        self._absences[batch.pk] = absence
        reason = waiting_for(absence)
        self._queue.batches().filter(pk=batch.pk).exclude(reason=reason).update(reason=reason)

    def _waits_for_share(self, batch: Batch) -> bool:
        absence = self._absences.get(batch.pk)
        if absence is None:
            return False
        if absence_of(absence.path) is not None:
            return True
        log.info("batch %s goes on: %s is back", batch.pk, legible(absence.root))
        del self._absences[batch.pk]
        self._queue.batches().filter(pk=batch.pk).update(reason="")
        return False

    # --- Where nothing can be done -----------------------------------------------------------------------------------

    def _say_why_nothing_happens(self, unavailable: QueueUnavailable) -> None:
        if unavailable.hopeless:
            self._pause_all(unavailable.reason)
            return
        reason = storable(unavailable.reason)
        self._queue.batches().exclude(reason=reason).update(reason=reason)

    def _rest_after_disconnect(self) -> float:
        """Return how long to leave a model alone that was there and broke off; pause where that goes on and on."""
        self._disconnects += 1
        if self._disconnects < MOST_DISCONNECTS:
            return min(_LONGEST_REST_S, IDLE_S * float(2 ** (self._disconnects - 1)))
        words = _("模型连续 %(number)d 次在回答途中断开，一幅也没有完成，已暂停。请查看网站的日志。%(reason)s")
        self._pause_all(words % {"number": self._disconnects, "reason": self._reason})
        self._disconnects = 0
        return IDLE_S

    def _pause_all(self, reason: str) -> None:
        log.warning("all batches are paused: %s", reason)
        for batch in self._queue.batches():
            lifecycle.pause_if_possible(batch=batch, reason=reason)

    @contextmanager
    def _faults_met(self) -> Iterator[None]:
        """Where the database does not work, end what is under way; pause the batches where the disk is full."""
        try:
            yield
        except DatabaseError as error:
            self._session = None
            release_connection()
            if is_disk_full(error):
                try:
                    self._pause_all(disk_full())
                except DatabaseError:
                    log.exception("the batches cannot even be read")
            raise
