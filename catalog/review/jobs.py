"""Reviewing's background work: lots are listed, accepted, made public and rejected."""

from catalog.review.acceptance.executing import go_on

_PAUSE_S = 2.0


class LotWork:
    """Takes the next step of an audit; `catalog.worker.jobs.Job` is the protocol that it keeps.

    Where each stands is in its row: nothing is in hand between two steps, and several may run at once.
    """

    def claim(self) -> bool:
        """Tell that there may be something to do; what there is, is seen in the step."""
        return True

    def step(self) -> float:
        """Take a step; return how long there will be nothing to do."""
        return 0.0 if go_on() else _PAUSE_S

    def release(self) -> None:
        """Give back nothing."""
