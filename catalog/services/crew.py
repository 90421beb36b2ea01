"""Several images at work at once, with one describer: as many as it writes answers at a time."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connections

from catalog.drafting.describer import Describer
from catalog.models import BatchItem
from catalog.services import leases
from catalog.services.drafting import Outcome, attempt, disk_full, is_disk_full

MOST_AT_ONCE = 64
"""Never more threads than this, whatever a server says of itself."""


log = logging.getLogger(__name__)


class Crew:
    """Works on claimed images; used by one thread, which claims them and hears what became of them.

    Where the describer answers one request at a time, the work is done in the calling thread.
    """

    def __init__(self, describer: Describer, *, sleep: Callable[[float], None]) -> None:
        """Assemble.

        Args:
            describer: who answers.
            sleep: waits some seconds, when the model is busy.
        """
        self._describer = describer
        self._sleep = sleep
        self._size = min(MOST_AT_ONCE, max(1, describer.most_rows))
        self._pool = ThreadPoolExecutor(self._size, thread_name_prefix="drafting") if self._size > 1 else None
        self._at_work: dict[Future[Outcome], BatchItem] = {}
        self._apart: list[BatchItem] = []
        self._alone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            # Whoever is interrupted waits for no model: its answers come to nothing, their claims being given back.
            self._pool.shutdown(wait=error is None, cancel_futures=True)

    @property
    def busy(self) -> int:
        """How many images are in hand."""
        return len(self._at_work) + len(self._apart)

    @property
    def has_room(self) -> bool:
        """Whether another image can be taken now."""
        return not self._apart and not self._alone and len(self._at_work) < self._size

    def take(self, item: BatchItem) -> None:
        """Begin to work on an image. One that ended badly before waits until it is the only one.

        Args:
            item: claimed by this process.
        """
        if item.attempts > leases.SUSPECT_AFTER and self._at_work:
            self._apart.append(item)
        else:
            self._begin(item)

    def outcomes(self, timeout_s: float | None = None) -> list[Outcome]:
        """Wait until something is finished.

        Args:
            timeout_s: for so long at most.

        Returns:
            What became of the images that are finished.
        """
        done, _running = wait(self._at_work, timeout=timeout_s, return_when=FIRST_COMPLETED)
        for future in done:
            del self._at_work[future]
        if not self._at_work:
            self._alone = False
            if self._apart:
                self._begin(self._apart.pop(0))
        return [future.result() for future in done]

    def _begin(self, item: BatchItem) -> None:
        self._alone = item.attempts > leases.SUSPECT_AFTER
        future: Future[Outcome] = Future()
        if self._pool is not None:
            future = self._pool.submit(self._attempt, item)
        else:
            # Not through the future: what ends the process is to be met where it happens.
            future.set_result(self._attempt(item))
        self._at_work[future] = item

    def _attempt(self, item: BatchItem) -> Outcome:
        alone = self._alone or self._size == 1
        try:
            return attempt(item, self._describer, alone=alone, sleep=self._sleep)
        except DatabaseError as error:
            # Its claim stands still from now on, and is taken back like that of a process elsewhere that died.
            log.warning("what became of batch item %s could not be written", item.pk, exc_info=True)
            full = is_disk_full(error)
            return Outcome(item, "lost", reason=disk_full() if full else "", stop=full)
        finally:
            if threading.current_thread().name.startswith("drafting"):
                connections.close_all()
