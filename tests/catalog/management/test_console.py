"""What the commands have in common: they stop when they are told to, at the next step at the latest."""

import io
import signal

import pytest
from django.core.management.base import OutputWrapper

from catalog.management.console import interruptible, progress_bar


class BreaksIn:
    """Is signalled while it is being taken away: what is raised then is heard by nobody."""

    def __init__(self, number: signal.Signals) -> None:
        self._number = number

    def __del__(self) -> None:
        signal.raise_signal(self._number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_breaks_into_a_destructor_stops_the_command_at_its_next_step(number: signal.Signals) -> None:
    steps: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        _work_signalled_at(2, number, steps)

    assert steps == [1, 2]


def _work_signalled_at(moment: int, number: signal.Signals, steps: list[int]) -> None:
    with interruptible(), progress_bar(OutputWrapper(io.StringIO())) as bar:
        task = bar.add_task("起草", total=3)
        for step in (1, 2, 3):
            steps.append(step)
            if step == moment:
                BreaksIn(number)
            bar.advance(task)


def test_a_signal_that_has_stopped_one_command_does_not_stop_the_next() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGTERM)

    with interruptible(), progress_bar(OutputWrapper(io.StringIO())) as bar:
        bar.advance(bar.add_task("起草", total=1))


def test_afterwards_signals_are_handled_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before[0]

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
