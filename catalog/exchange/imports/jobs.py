"""The imports of tables as background work: those that wait, in turn, chunk by chunk."""

import logging
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from catalog.batches.owners import this_process
from catalog.exchange.imports import files, running

_BESIDE = 0.5
"""On SQLite, what part of a chunk's time is left to others who write: whoever asks for the lock next may not get it."""
_LEAST_S = 0.12
"""Whoever waits for SQLite's lock looks every tenth of a second."""

log = logging.getLogger(__name__)


class TableWork:
    """Checks, applies and undoes tables; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is done yet.

        Args:
            clock: seconds, from any beginning.
        """
        self._clock = clock
        self._owner = this_process()
        self._claim: running.Claim | None = None
        self._work: Iterator[None] = iter(())
        self._last = 0
        self._has_tidied = False

    def claim(self) -> bool:
        """Take an import, where one waits; return whether any is in hand."""
        if not self._has_tidied:
            files.remove_abandoned()
            self._has_tidied = True
        if self._claim is None:
            self._claim = running.claim_next(owner=self._owner, after=self._last)
            self._work = iter(()) if self._claim is None else running.work(self._claim)
        return self._claim is not None

    def step(self) -> float:
        """Carry one chunk out; return for how many seconds others are left the database."""
        claim = self._claim
        if claim is None:
            return 0.0
        self._last, begun = claim.table, self._clock()
        try:
            if next(self._work, self) is self:
                self._claim = None
            elif claim.resumes and running.others_wait(claim):
                self.release()
        except DatabaseError:
            # Nothing of the chunk is left; it is claimed again when the database works.
            self._claim = None
            raise
        except Exception:
            log.exception("table import %s cannot go on", claim.table)
            self._claim = None
            running.fail(claim, _("出现了意外错误，已停下；已改的都保留，可以撤销。请让管理员查看日志。"))
        return max(_LEAST_S, _BESIDE * (self._clock() - begun)) if connection.vendor == "sqlite" else 0.0

    def release(self) -> None:
        """Give back what is in hand."""
        if self._claim is not None:
            self._work = iter(())
            running.release(self._claim)
            self._claim = None
