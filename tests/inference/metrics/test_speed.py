"""The speed of writing is one of writing: pauses, and who looks how often, do not change it."""

import pytest

from inference.metrics.speed import Speed


class Clock:
    """Time that a test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def speed(clock: Clock) -> Speed:
    return Speed(clock)


def write(speed: Speed, clock: Clock, tokens: int, gap_s: float, rows: int = 1) -> None:
    """Write tokens in steps of all rows."""
    for _ in range(tokens):
        clock.now += gap_s
        for _row in range(rows):
            speed.wrote(gap_s)


def test_nothing_written_is_no_speed(speed: Speed) -> None:
    assert speed.tokens_per_second() == 0


def test_one_answer_has_the_speed_of_its_tokens(speed: Speed, clock: Clock) -> None:
    write(speed, clock, 100, 0.02)

    assert speed.tokens_per_second() == pytest.approx(50)


def test_answers_that_grow_together_are_counted_together(speed: Speed, clock: Clock) -> None:
    write(speed, clock, 100, 0.02, rows=4)

    assert speed.tokens_per_second() == pytest.approx(200)


def test_a_pause_between_answers_does_not_count(speed: Speed, clock: Clock) -> None:
    write(speed, clock, 50, 0.02)
    clock.now += 20
    write(speed, clock, 50, 0.02)

    assert speed.tokens_per_second() == pytest.approx(50)


def test_a_minute_later_it_is_forgotten(speed: Speed, clock: Clock) -> None:
    write(speed, clock, 50, 0.02)
    clock.now += 62

    assert speed.tokens_per_second() == 0


def test_tokens_that_another_server_tells_of_at_the_end_are_counted_too(speed: Speed, clock: Clock) -> None:
    write(speed, clock, 10, 0.1)
    speed.wrote(0.0, tokens=40)

    assert speed.tokens_per_second() == pytest.approx(50)
