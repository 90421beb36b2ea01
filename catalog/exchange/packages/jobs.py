"""Packages as background work: those that wait, one after the other, step by step; and tidying up after them."""

import logging
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.batches.owners import this_process
from catalog.exceptions import ClaimLost, PackageBroken
from catalog.exchange.packages import running
from catalog.models import Package

_TIDY_EVERY_S = 600.0

log = logging.getLogger(__name__)


class PackageMaking:
    """Looks packages over and makes them; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is done yet.

        Args:
            clock: seconds, from any beginning.
        """
        self._clock = clock
        self._owner = this_process()
        self._claim: running.Claim | None = None
        self._steps: Iterator[None] | None = None
        self._language = ""
        self._tidied: float | None = None

    def claim(self) -> bool:
        """Take a package, where one waits; return whether any is in hand."""
        if self._claim is None:
            self._tidy()
            self._claim = running.claim_next(owner=self._owner)
        return self._claim is not None

    def step(self) -> float:
        """Take one step; return for how many seconds there is nothing to be done."""
        claim = self._claim
        if claim is None:
            return 0.0
        try:
            if self._steps is None:
                self._language = Package.objects.values_list("language", flat=True).get(pk=claim.package)
                self._steps = running.work_on(claim)
            # A generator keeps no language of its own between its steps.
            with override(self._language or None):
                if next(self._steps, self) is self:
                    self._drop()
        except ClaimLost:
            self._drop()
            # Somebody may have stopped it: what was written of it goes soon.
            self._tidied = None
        except DatabaseError:
            # It is claimed again, and goes on where it was, when the database works.
            self._drop()
            raise
        except PackageBroken as error:
            log.error("package %s cannot go on: %s", claim.package, error)
            self._fail(claim, str(error))
        except Exception:
            log.exception("package %s cannot go on", claim.package)
            self._fail(claim, _("出现了意外错误，已停下；已写好的都保留。请让管理员查看日志，再点“继续”。"))
        return 0.0

    def release(self) -> None:
        """Give back what is in hand; whoever takes it next goes on where it was."""
        claim = self._claim
        self._drop()
        if claim is not None:
            running.release(claim)

    def _fail(self, claim: running.Claim, reason: str) -> None:
        self._drop()
        running.fail(claim, reason)

    def _drop(self) -> None:
        steps, self._steps, self._claim = self._steps, None, None
        if steps is not None:
            # Ends exiftool, and lets go of the workplace.
            steps.close()  # type: ignore[attr-defined]  # it is a generator

    def _tidy(self) -> None:
        now = self._clock()
        if self._tidied is None or now - self._tidied > _TIDY_EVERY_S:
            self._tidied = now
            try:
                running.tidy()
            except (OSError, PackageBroken):
                log.warning("old packages could not be removed", exc_info=True)
