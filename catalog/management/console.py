"""What the catalogue's commands have in common: progress bars on standard error, and Ctrl-C for SIGTERM."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

EXIT_INTERRUPTED = 130
"""What a shell reports for a command ended by Ctrl-C."""


def progress_bar(stderr: OutputWrapper, *, rate: str = "") -> Progress:
    """Return a progress bar on a command's standard error, so that standard output stays clean for the result.

    Args:
        stderr: the command's `self.stderr`.
        rate: a rich format of one more column, reading the task's fields.
    """
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TextColumn(rate)] if rate else []),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    return Progress(*columns, console=Console(file=_stream(stderr)))


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Make SIGTERM end the command as Ctrl-C does: in order, with leases given back.

    Yields:
        A function for moments at which nothing is half done: it raises KeyboardInterrupt where a signal has come. One
        that breaks into a destructor raises there, and is lost to everybody else.
    """
    told: list[int] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        told.append(signum)
        raise KeyboardInterrupt

    def check() -> None:
        if told:
            raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    # Called from a thread other than the main one, signals are not ours to handle.
    with suppress(ValueError):
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, interrupt)
        # In the background of a shell Ctrl-C is ignored, and stays so.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stream(wrapper: OutputWrapper) -> Any:
    """Return the stream inside Django's wrapper, which rich has to ask whether it is a terminal."""
    return wrapper._out  # noqa: SLF001 - Django has no public name for it
