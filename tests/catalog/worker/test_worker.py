"""The worker's loop: what it asks of a job, when it rests, and how it ends."""

import pytest
from django.db import OperationalError, connection

from catalog.worker.worker import IDLE_S, Worker


class FakeJob:
    """A job whose steps are told: seconds to wait, or an error to raise. With none left there is nothing to do."""

    def __init__(self, *steps: float | Exception) -> None:
        self.steps = list(steps)
        self.released = 0

    def claim(self) -> bool:
        return bool(self.steps)

    def step(self) -> float:
        told = self.steps.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def release(self) -> None:
        self.released += 1


def rests(job: FakeJob, *, turns: int) -> list[float]:
    """Have a worker run until it has looked up so often, and return how long it slept each time."""
    slept: list[float] = []
    looks = iter(range(turns))
    Worker(job, stopping=lambda: next(looks, None) is None, sleep=slept.append).run()
    return slept


pytestmark = pytest.mark.django_db


def test_steps_follow_one_another_without_a_rest_while_there_is_work() -> None:
    job = FakeJob(0.0, 0.0, 0.0)

    assert rests(job, turns=3) == []
    assert job.steps == []


def test_where_there_is_nothing_to_do_it_waits() -> None:
    assert Worker(FakeJob()).turn() == IDLE_S


def test_it_waits_as_long_as_the_job_says() -> None:
    assert rests(FakeJob(1.2), turns=5) == pytest.approx([0.5, 0.5, 0.2])


def test_told_to_stop_it_does_not_finish_its_rest_and_releases_the_job_once() -> None:
    job = FakeJob(30.0)

    assert len(rests(job, turns=3)) == 2
    assert job.released == 1


def test_a_database_that_does_not_work_is_left_alone_for_a_while_and_asked_again() -> None:
    job = FakeJob(OperationalError("server closed the connection"), 0.0)
    worker = Worker(job)

    assert worker.turn() > IDLE_S
    assert worker.turn() == 0.0


@pytest.mark.django_db(transaction=True)
def test_while_it_rests_it_holds_no_connection() -> None:
    held: list[bool] = []
    connection.ensure_connection()
    looks = iter([False, False, True])

    def sleep(_seconds: float) -> None:
        held.append(connection.connection is not None)

    Worker(FakeJob(0.2), stopping=lambda: next(looks), sleep=sleep).run()

    assert held == [False]


def test_what_is_no_fault_of_the_database_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        Worker(FakeJob(ZeroDivisionError())).run()
