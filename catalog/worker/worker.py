"""The loop: claims work of one job and does it step by step, for ever, until the process is told to end."""

import logging
import time
from collections.abc import Callable

from django.db import Error

from catalog.faults import release_connection
from catalog.worker.jobs import Job

IDLE_S = 2.0
"""How often to look for work where there is none."""
_AFTER_FAULT_S = 10.0
_LOOK_UP_S = 0.5

log = logging.getLogger(__name__)


class Worker:
    """Does what people have left to the background, of one kind."""

    def __init__(
        self, job: Job, *, stopping: Callable[[], bool] = lambda: False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Prepare; nothing is done yet.

        Args:
            job: the work.
            stopping: whether the process is to end. It is asked at moments at which nothing is half done; a signal
                that broke in anywhere could be lost, or leave a lock behind.
            sleep: waits some seconds.
        """
        self._job = job
        self._stopping = stopping
        self._sleep = sleep

    def run(self) -> None:
        """Work until the process is to end; then everything in hand has been given back."""
        while not self._stopping():
            if pause_s := self.turn():
                self._rest(pause_s)
        self._job.release()

    def turn(self) -> float:
        """Do one step of the work, where there is any.

        Returns:
            How many seconds to wait before the next turn.
        """
        try:
            return self._job.step() if self._job.claim() else IDLE_S
        except Error as error:
            log.error("the database does not work: %s", error)
            return _AFTER_FAULT_S

    def _rest(self, seconds: float) -> None:
        """Wait, and look up now and then whether it is time to end; no database connection is held meanwhile."""
        release_connection()
        while seconds > 0 and not self._stopping():
            self._sleep(min(seconds, _LOOK_UP_S))
            seconds -= _LOOK_UP_S
