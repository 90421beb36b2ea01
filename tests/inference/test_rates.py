"""So many calls a minute, and no more in any minute."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from inference.rates import WINDOW_S, Rates


class Clock:
    """Stands still until a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_calls_up_to_the_limit_are_let_in_and_the_next_one_waits_for_the_first_to_leave(clock: Clock) -> None:
    rates = Rates(clock)
    for _ in range(3):
        assert rates.count("a", 3) == 0
        clock.now += 10

    assert rates.count("a", 3) == WINDOW_S - 30


def test_after_the_time_that_was_told_one_call_is_let_in_and_no_second(clock: Clock) -> None:
    rates = Rates(clock)
    rates.count("a", 2)
    clock.now += 20
    rates.count("a", 2)

    clock.now += rates.count("a", 2)

    assert rates.count("a", 2) == 0
    assert rates.count("a", 2) == 20


def test_in_no_minute_are_there_more_than_the_limit(clock: Clock) -> None:
    rates, let_in = Rates(clock), []
    for _ in range(1000):
        if rates.count("a", 7) == 0:
            let_in.append(clock.now)
        clock.now += 1.7

    assert all(after - before >= WINDOW_S for before, after in zip(let_in, let_in[7:], strict=False))
    assert len(let_in) > 7


def test_calls_that_are_refused_do_not_count(clock: Clock) -> None:
    rates = Rates(clock)
    rates.count("a", 1)
    for _ in range(100):
        assert rates.count("a", 1) > 0

    clock.now += WINDOW_S

    assert rates.count("a", 1) == 0


def test_one_callers_calls_are_not_anothers(clock: Clock) -> None:
    rates = Rates(clock)
    rates.count("a", 1)

    assert rates.count("b", 1) == 0


def test_a_limit_that_is_lowered_holds_at_once(clock: Clock) -> None:
    rates = Rates(clock)
    for _ in range(10):
        rates.count("a", 10)
        clock.now += 1

    wait = rates.count("a", 2)

    assert wait == WINDOW_S - 2  # until the ninth call has left
    clock.now += wait
    assert rates.count("a", 2) == 0


def test_a_limit_of_nothing_lets_nothing_in(clock: Clock) -> None:
    assert Rates(clock).count("a", 0) == WINDOW_S


def test_of_many_threads_exactly_the_limit_is_let_in(clock: Clock) -> None:
    rates, start = Rates(clock), Barrier(32)

    def call() -> list[float]:
        start.wait()
        return [rates.count("a", 100) for _ in range(50)]

    with ThreadPoolExecutor(32) as threads:
        calls: list[Callable[[], list[float]]] = [call] * 32
        waits = [wait for future in [threads.submit(each) for each in calls] for wait in future.result()]

    assert waits.count(0) == 100
