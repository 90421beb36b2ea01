"""Several images at work at once: as many as the work allows."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connections

from catalog.batches import leases
from catalog.batches.attempts import Outcome, Work, attempt
from catalog.faults import disk_full, is_disk_full
from catalog.models import BatchItem

MOST_AT_ONCE = 64
"""Never more threads than this, whatever a server says of itself."""
THREAD_NAME = "batch"

log = logging.getLogger(__name__)


class Pool:
    """Works on claimed images; used by one thread, which claims them and hears what became of them.

    Where only one image is worked on at a time, that is done in the calling thread. Otherwise what is to be done, and
    what was, goes through queues that a signal may interrupt at any moment without leaving a lock behind, and no
    thread keeps the process from ending: their claims are given back, or taken back from the dead.
    """

    def __init__(self, work: Work, *, sleep: Callable[[float], None]) -> None:
        """Assemble.

        Args:
            work: what is done with each image.
            sleep: waits some seconds, when the model is busy.
        """
        self._work = work
        self._sleep = sleep
        self._size = min(MOST_AT_ONCE, max(1, work.most_at_once))
        self._todo: queue.SimpleQueue[BatchItem | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._at_work = 0
        self._isolated: list[tuple[BatchItem, ExitStack]] = []
        self._alone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _item, beating in self._isolated:
            beating.close()
        for _thread in self._threads:
            self._todo.put(None)
        if error is None:
            for thread in self._threads:
                thread.join()

    @property
    def busy(self) -> int:
        """How many images are in hand."""
        return self._at_work + len(self._isolated)

    @property
    def has_room(self) -> bool:
        """Whether another image can be taken now."""
        return not self._isolated and not self._alone and self._at_work < self._size

    def take(self, item: BatchItem) -> None:
        """Begin to work on an image. One that ended badly before waits until it is the only one.

        Args:
            item: claimed by this process.
        """
        if item.attempts > leases.SUSPECT_AFTER and self._at_work:
            # Its claim would run out before its turn comes.
            beating = ExitStack()
            beating.enter_context(leases.heartbeat(item))
            self._isolated.append((item, beating))
        else:
            self._begin(item)

    def outcomes(self, timeout_s: float | None = None) -> list[Outcome]:
        """Wait until something is finished.

        Args:
            timeout_s: for so long at most.

        Returns:
            What became of the images that are finished.
        """
        found = []
        try:
            found.append(self._done.get(timeout=timeout_s))
            while True:
                found.append(self._done.get_nowait())
        except queue.Empty:
            pass
        self._at_work -= len(found)
        if not self._at_work:
            self._alone = False
            if self._isolated:
                item, beating = self._isolated.pop(0)
                beating.close()
                self._begin(item)
        return [_unwrap(outcome) for outcome in found]

    def _begin(self, item: BatchItem) -> None:
        self._alone = item.attempts > leases.SUSPECT_AFTER
        self._at_work += 1
        if self._size == 1:
            # Not through the queues: what ends the process is to be met where it happens.
            self._done.put(self._attempt(item))
            return
        if len(self._threads) < min(self._at_work, self._size):
            name = f"{THREAD_NAME}-{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
            self._threads[-1].start()
        self._todo.put(item)

    def _serve(self) -> None:
        """Do what is to be done, in a thread of its own, until told to stop."""
        while (item := self._todo.get()) is not None:
            try:
                self._done.put(self._attempt(item))
            except BaseException as error:  # noqa: BLE001 - whoever waits for the outcome meets it
                self._done.put(error)
            finally:
                connections.close_all()

    def _attempt(self, item: BatchItem) -> Outcome:
        alone = self._alone or self._size == 1
        try:
            return attempt(item, self._work, alone=alone, sleep=self._sleep)
        except DatabaseError as error:
            # Its claim stands still from now on, and is taken back like that of a process elsewhere that died.
            log.warning("what became of batch item %s could not be written", item.pk, exc_info=True)
            full = is_disk_full(error)
            return Outcome(item, "lost", reason=disk_full() if full else "", stop=full)


def _unwrap(outcome: Outcome | BaseException) -> Outcome:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
