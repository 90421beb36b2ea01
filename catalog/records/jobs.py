"""The records' background work: the action log is chained."""

from catalog.records.log_chain import due, extend, extend_all

_PAUSE_S = 20.0


class LogChaining:
    """Chains entries of the action log; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(self) -> None:
        """Prepare. What others left out is looked for once, when the worker begins: it takes a look at all entries."""
        self._begun = False

    def claim(self) -> bool:
        """Tell that there may be something to do; what there is, is seen in the step."""
        return True

    def step(self) -> float:
        """Chain what may be chained; return how long there will be nothing."""
        if not self._begun:
            extend_all()
            self._begun = True
        return 0.0 if extend(due()) else _PAUSE_S

    def release(self) -> None:
        """Give back nothing: nothing is in hand between two steps."""
