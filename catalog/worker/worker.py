"""The worker: runs all batches of its desk that are left to it, in turn, for ever.

Which image is to be worked on stands in the tables, and nowhere else: the worker keeps nothing that could be lost with
it. Any number of workers may run, on any machine that reaches the database and a site; leases keep them apart.
"""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches import leases, lifecycle
from catalog.batches.attempts import Outcome, Work, disk_full, is_disk_full, let_connection_go
from catalog.batches.failures import Troubles
from catalog.batches.owners import this_process
from catalog.batches.pool import Crew
from catalog.models import Batch
from catalog.worker.queues import Closed, Desk
from inference.engine.errors import EngineError, NotReady
from inference.errors import sentence

IDLE_S = 2.0
"""How often to look for work where there is none, or at a desk that is closed."""
MOST_ABSENCES = leases.MAX_ATTEMPTS + 1
"""So often a model may break off with nothing done in between. One picture that takes it down is given up before."""
_AFTER_TROUBLE_S = 10.0
_LONGEST_REST_S = 30.0
_LOOK_UP_S = 0.5

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The process is to end."""


class Worker:
    """Does what people have left to the background, at one desk."""

    def __init__(
        self,
        desk: Desk,
        *,
        stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
        watch: leases.Watch | None = None,
    ) -> None:
        """Prepare; nothing is done yet.

        Args:
            desk: which batches, and what is done with their images.
            stopping: whether the process is to end. It is asked at moments at which nothing is half done; a signal
                that broke in anywhere could be lost, or leave a lock behind.
            sleep: waits some seconds.
            watch: finds the claims of the dead; None for one that begins now.
        """
        self._desk = desk
        self._stopping = stopping
        self._sleep = sleep
        self._watch = watch or leases.Watch()
        self._owner = this_process()
        self._troubles = Troubles()
        self._in_hand: dict[int, int] = {}
        self._last_served = 0
        self._gone = False
        self._absences = 0
        self._reason = ""

    def run(self) -> None:
        """Work until the process is to end; then everything in hand has been given back."""
        try:
            while True:
                try:
                    pause_s = self.shift()
                except DatabaseError as error:
                    pause_s = self._meet_trouble(error)
                self._rest(pause_s)
        except _Stopped:
            leases.give_back_all(owner=self._owner)

    def shift(self) -> float:
        """Work for as long as there is work and the desk is open.

        Returns:
            How many seconds to wait before the next look.
        """
        self._watch.take_back()
        if not self._desk.batches().exists():
            return IDLE_S
        self._gone = False
        try:
            with self._desk.opened() as work:
                self._do(work)
        except Closed as closed:
            self._say_why_nothing_happens(closed)
            return IDLE_S
        except NotReady:
            return IDLE_S
        except EngineError as error:
            self._pause_all(sentence(error))
        return self._meet_absence() if self._gone else 0.0

    # --- Work --------------------------------------------------------------------------------------------------------

    def _do(self, work: Work) -> None:
        self._desk.batches().exclude(reason="").update(reason="")
        self._in_hand = {}
        with Crew(work, sleep=self._sleep) as crew:
            while not (self._gone and not crew.busy):
                self._heed_stop()
                waiting = self._fill(crew)
                if crew.busy:
                    # A connection would idle for as long as the model takes.
                    let_connection_go()
                    for outcome in crew.outcomes(_LOOK_UP_S):
                        self._hear(outcome)
                elif not waiting:
                    return
                else:
                    self._rest(IDLE_S)

    def _rest(self, seconds: float) -> None:
        """Wait, and look up now and then whether it is time to end.

        Raises:
            _Stopped: it is.
        """
        let_connection_go()
        while True:
            self._heed_stop()
            if seconds <= 0:
                return
            self._sleep(min(seconds, _LOOK_UP_S))
            seconds -= _LOOK_UP_S

    def _heed_stop(self) -> None:
        if self._stopping():
            raise _Stopped

    def _fill(self, crew: Crew) -> bool:
        """Take images from the batches in turn; return whether any batch is still under way."""
        if self._gone or not crew.has_room:
            return True
        self._watch.take_back()
        turns = self._in_turn()
        under_way = bool(turns)
        while turns and crew.has_room:
            batch = turns.pop(0)
            item = leases.claim_next(batch=batch, owner=self._owner, now=timezone.now())
            if item is None:
                self._finish(batch)
                continue
            self._in_hand[batch.pk] = self._in_hand.get(batch.pk, 0) + 1
            self._last_served = batch.pk
            crew.take(item)
            turns.append(batch)
        return under_way

    def _in_turn(self) -> list[Batch]:
        """Return the batches, beginning after the one that was served last."""
        running = list(self._desk.batches().select_related("collection", "prompt_version"))
        return sorted(running, key=lambda batch: (batch.pk <= self._last_served, batch.pk))

    def _finish(self, batch: Batch) -> None:
        if not self._in_hand.get(batch.pk):
            lifecycle.finish(batch=batch)

    def _hear(self, outcome: Outcome) -> None:
        self._in_hand[outcome.item.batch_id] -= 1
        if outcome.kind == "done":
            self._absences = 0
        if reason := self._troubles.reason_to_stop(outcome):
            log.warning("batch %s is paused: %s", outcome.item.batch_id, reason)
            lifecycle.pause_if_possible(batch=outcome.item.batch, reason=reason)
        elif outcome.kind == "gone":
            log.info("nobody is there to do the work: %s", outcome.reason)
            self._gone, self._reason = True, outcome.reason

    # --- Trouble -----------------------------------------------------------------------------------------------------

    def _say_why_nothing_happens(self, closed: Closed) -> None:
        if closed.hopeless:
            self._pause_all(closed.reason)
            return
        self._desk.batches().exclude(reason=closed.reason).update(reason=closed.reason)

    def _meet_absence(self) -> float:
        """Return how long to leave a model alone that was there and broke off; pause where that goes on and on."""
        self._absences += 1
        if self._absences < MOST_ABSENCES:
            return min(_LONGEST_REST_S, IDLE_S * float(2 ** (self._absences - 1)))
        words = _("模型连续 %(number)d 次在回答途中断开，一幅也没有完成，已暂停。请查看网站的日志。%(reason)s")
        self._pause_all(words % {"number": self._absences, "reason": self._reason})
        self._absences = 0
        return IDLE_S

    def _pause_all(self, reason: str) -> None:
        log.warning("all batches are paused: %s", reason)
        for batch in self._desk.batches():
            lifecycle.pause_if_possible(batch=batch, reason=reason)

    def _meet_trouble(self, error: DatabaseError) -> float:
        """Do what can be done about a database that does not work; return how long to leave it alone."""
        log.error("the database does not work: %s", error)
        let_connection_go()
        if is_disk_full(error):
            try:
                self._pause_all(disk_full())
            except DatabaseError:
                log.exception("the batches cannot even be read")
        return _AFTER_TROUBLE_S
