"""The end of the hours as background work: the database is brought into one file before the machine is switched off.

Nothing would be lost without it. But whoever copies the file of an SQLite database, or moves its disk, copies all of
it, and what comes up tomorrow has nothing to read again first.
"""

import logging
from collections.abc import Callable

from django.db import connection

_AGAIN_S = 30.0

log = logging.getLogger(__name__)


class Closing:
    """Checkpoints SQLite once each time that hours have ended; `catalog.worker.jobs.Job` is the protocol."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        """Prepare.

        Args:
            is_open: whether it is within the hours.
        """
        self._is_open = is_open
        self._due = False

    def claim(self) -> bool:
        """Look whether hours have ended, and what is still to be done after them."""
        if self._is_open():
            # Whether the machine is off then or on: the next end is an end again.
            self._due = True
            return False
        return self._due

    def step(self) -> float:
        """Write what is in the write-ahead log into the database; return when to try again."""
        if connection.vendor != "sqlite":
            self._due = False  # PostgreSQL does so by itself, every few minutes and when it is stopped
            return 0.0
        busy = self._due = not _checkpointed()
        if not busy:
            log.info("the hours have ended; the database has been brought into one file")
        return _AGAIN_S if busy else 0.0

    def release(self) -> None:
        """Give back nothing: nothing is in hand between two steps."""


def _checkpointed() -> bool:
    """Write what is in the write-ahead log into the database; return whether nobody was in the way.

    SQLite takes the lock of those who write before it waits for those who read. So it is told not to wait: nobody else
    has to.
    """
    with connection.cursor() as cursor:
        (patience_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            busy, _pages, _written = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience_ms:d}")
    return not busy
