"""What tests of background work share: a site whose states are told, and a worker's turns up to its next rest."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.batches.jobs import BatchJob
from catalog.drafting.jobs import drafting_job
from catalog.drafting.site import SiteState
from catalog.worker.worker import Worker
from inference.engine.errors import EngineError
from tests.catalog.fakes import FakeDescriber

READY = SiteState("ready", "fake", 1)


class FakeSite:
    """A site whose states come one after the other, the last one again and again."""

    def __init__(self, describer: FakeDescriber, *states: SiteState, refuses: EngineError | None = None) -> None:
        self.fake = describer
        self.states = list(states or (READY,))
        self.refuses = refuses
        self.answering = 0

    def look(self) -> SiteState:
        """Return the next state."""
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    @contextmanager
    def describer(self, told: SiteState) -> Iterator[FakeDescriber]:
        """Give the describer."""
        if self.refuses is not None:
            raise self.refuses
        self.answering += 1
        try:
            yield self.fake
        finally:
            self.answering -= 1


def drafting(
    describer: FakeDescriber | None = None, *states: SiteState, refuses: EngineError | None = None
) -> BatchJob:
    """Return the work of drafting, at a fake site."""
    return drafting_job(FakeSite(describer or FakeDescriber(), *states, refuses=refuses))


def shift(job: BatchJob) -> float:
    """Have a worker take turns until it is to wait; return how long."""
    worker = Worker(job)
    while not (pause_s := worker.turn()):
        pass
    return pause_s
