"""The exports as background work: those that wait, one after the other, part by part; and tidying up after them."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.utils.translation import gettext as _

from catalog.batches.owners import this_process
from catalog.exceptions import ClaimLost
from catalog.exchange.exports import claims, places
from catalog.exchange.exports.making import Making
from catalog.exchange.exports.running import why_not
from catalog.exchange.exports.tidying import tidy
from catalog.faults import COMMANDS_TRY

_TIDY_EVERY_S = 600.0

log = logging.getLogger(__name__)


class Exporting:
    """Makes exports; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is done yet.

        Args:
            clock: seconds, from any beginning.
        """
        self._clock = clock
        self._owner = this_process()
        self._claim: claims.Claim | None = None
        self._making: Making | None = None
        self._tidied: float | None = None

    def claim(self) -> bool:
        """Take an export, where one waits; return whether any is in hand."""
        if self._claim is None:
            self._tidy()
            self._claim = claims.claim_next(owner=self._owner)
        return self._claim is not None

    def step(self) -> float:
        """Write one part; return for how many seconds there is nothing to be done."""
        claim = self._claim
        if claim is None:
            return 0.0
        try:
            if self._making is None:
                self._making = Making(claim, tries=COMMANDS_TRY)
            if not self._making.step():
                self._drop()
        except ClaimLost:
            # Somebody stopped it: nobody else makes it, so its folder has nothing but what this process wrote.
            self._drop()
        except DatabaseError:
            # It is claimed again, and made from its beginning, when the database works.
            self._drop()
            raise
        except OSError as error:
            log.error("export %s cannot be written: %s", claim.export, error)
            self._fail(claim, why_not(error))
        except Exception:
            log.exception("export %s cannot go on", claim.export)
            self._fail(claim, _("出现了意外错误，没有完成。请让管理员查看日志，再重新导出。"))
        return 0.0

    def release(self) -> None:
        """Give back what is in hand; it is made from its beginning by whoever takes it next."""
        claim = self._claim
        self._drop()
        if claim is not None:
            claims.release(claim)

    def _fail(self, claim: claims.Claim, reason: str) -> None:
        self._drop()
        claims.fail(claim, reason)
        places.remove_folder(claim.export)

    def _drop(self) -> None:
        making, self._making, self._claim = self._making, None, None
        if making is not None:
            making.close()

    def _tidy(self) -> None:
        now = self._clock()
        if self._tidied is None or now - self._tidied > _TIDY_EVERY_S:
            self._tidied = now
            try:
                tidy()
            except OSError as error:
                log.warning("files of exports that are over could not be removed: %s", error)
