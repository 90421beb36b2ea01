"""The circuit breaker of batches: tells a damaged picture from a fault that every image would meet.

And what is said of a batch that waits for a share.
"""

from collections import defaultdict

from django.utils.translation import gettext as _

from catalog.batches.attempts import Outcome
from catalog.shares import Absence
from catalog.texts import storable

IN_A_ROW = 10
"""After so many failures that are no picture's own, with nothing done in between, it is not the pictures."""


def waiting_for(absence: Absence) -> str:
    """Return what people are told of a batch that waits for a share.

    Args:
        absence: the share.
    """
    return storable(_("%(absence)s恢复之后会自动接着做，没有一幅因此算作失败。") % {"absence": absence})


class CircuitBreaker:
    """Counts failures in a row, for each batch."""

    def __init__(self) -> None:
        self._in_a_row: dict[int, int] = defaultdict(int)

    def reason_to_stop(self, outcome: Outcome) -> str:
        """Take in what became of an image.

        Args:
            outcome: of an image of any batch.

        Returns:
            Why its batch has to be paused, in a sentence; empty where it can go on.
        """
        batch = outcome.item.batch_id
        if outcome.stop:
            return outcome.reason
        if outcome.kind in ("done", "refused"):  # the model answers, be it that it sees nothing
            self._in_a_row.pop(batch, None)
        if outcome.kind != "failed" or not outcome.cause:
            return ""
        self._in_a_row[batch] += 1
        number = self._in_a_row[batch]
        if number < IN_A_ROW:
            return ""
        del self._in_a_row[batch]
        words = _("连续 %(number)d 幅失败，原因不在图像本身，已暂停，以免后面的都白白失败。最后一幅：%(reason)s")
        return words % {"number": number, "reason": outcome.reason}
