"""Sending as background work: one message at a time, in turn."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.utils.translation import gettext as _

from catalog.batches.owners import this_process
from catalog.faults import release_connection
from catalog.webhooks import deliveries
from catalog.webhooks.sending import Outcome, Sender

_PURGE_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class Delivering:
    """Sends what stands in the outbox; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(self, sender: Sender, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is sent yet.

        Args:
            sender: knows where messages may go.
            clock: seconds, from any beginning.
        """
        self._sender = sender
        self._clock = clock
        self._owner = this_process()
        self._claim: deliveries.Claim | None = None
        self._purged = clock()

    def claim(self) -> bool:
        """Take a delivery, where one is due; return whether any is in hand."""
        if self._claim is None:
            self._claim = deliveries.claim_next(owner=self._owner)
        if self._claim is None:
            self._purge_now_and_then()
        return self._claim is not None

    def step(self) -> float:
        """Send what is in hand and write what came of it; return that the next may follow at once."""
        claim = self._claim
        if claim is None:
            return 0.0
        # Nobody holds a connection while an endpoint takes its time.
        release_connection()
        outcome = self._send(claim)
        # Sent it is; where that cannot be written down it is sent once more.
        self._claim = None
        deliveries.settle(claim, outcome)
        return 0.0

    def release(self) -> None:
        """Give back what is in hand."""
        if self._claim is not None:
            deliveries.release(self._claim)
            self._claim = None

    def _send(self, claim: deliveries.Claim) -> Outcome:
        if not claim.headers:
            return Outcome(None, _("设置 SECRET_KEY 已换过，签名密钥随之失效。请为这个推送地址换发签名密钥。"))
        try:
            return self._sender.send(claim.address, headers=claim.headers, body=claim.body)
        except Exception:  # whatever it is, the other messages are not to wait for it
            log.exception("delivery %s went wrong", claim.delivery)
            return Outcome(None, _("发送时出现了意外错误，请让管理员查看日志。"))

    def _purge_now_and_then(self) -> None:
        now = self._clock()
        if now - self._purged < _PURGE_EVERY_S:
            return
        try:
            more = deliveries.purge()
        except DatabaseError:
            more = 0
            log.warning("old webhook events were not deleted", exc_info=True)
        # A full portion: the next one follows at the next look.
        self._purged = self._purged if more else now
