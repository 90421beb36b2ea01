"""What the catalogue's commands have in common: arguments, progress bars, Ctrl-C for SIGTERM, words for outages.

Progress is shown on standard error.
"""

import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.db import Error
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from catalog.exceptions import CollectionNotFound
from catalog.models import Collection
from inference.errors import outage_of

EXIT_INTERRUPTED = 130
"""What a shell reports for a command ended by Ctrl-C."""


def find_collection(slug: str) -> Collection:
    """Return the collection that a command was told by its slug.

    Raises:
        CommandError: there is none.
    """
    collection = Collection.objects.filter(slug=slug).first()
    if collection is None:
        raise CommandError(str(CollectionNotFound(slug=slug)))
    return collection


@contextmanager
def faults_told(kept: str) -> Iterator[None]:
    """End a command in a sentence where the database or the disk does not work.

    Args:
        kept: what has become of the work so far, and how to go on with it.

    Yields:
        Where the command works.

    Raises:
        CommandError: what is wrong, and `kept`.
    """
    try:
        yield
    except (Error, OSError) as error:
        outage = outage_of(error)
        if outage is None:
            raise
        raise CommandError(_("%(outage)s%(kept)s") % {"outage": outage, "kept": kept}) from error


def positive_number(text: str) -> int:
    """Return a whole number over zero that a database can hold, as argparse wants it."""
    if not text.isdecimal() or not 1 <= int(text) < 2**63:
        raise ArgumentTypeError(_("“%(text)s”不是正整数") % {"text": text})
    return int(text)


def condition(text: str) -> tuple[str, str]:
    """Return a condition's name and value, as argparse wants it."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(_("“%(text)s”不是“名称=值”的形式") % {"text": text})
    return name.strip(), value.strip()


class _Bar(Progress):
    """Asks after each step whether somebody wants to stop: a moment at which nothing is half done."""

    def advance(self, *args: Any, **kwargs: Any) -> None:
        super().advance(*args, **kwargs)
        _stop_if_told()

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        _stop_if_told()


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
    return _Bar(*columns, console=Console(file=_stream(stderr)))


# Signals that have come and not ended the command yet. One that breaks into a destructor raises there, and is lost.
_told: list[int] = []


@contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGTERM end the command as Ctrl-C does: in order, with leases given back, at the next step at the latest."""
    before: dict[signal.Signals, Any] = {}
    # Called from a thread other than the main one, signals are not ours to handle.
    with suppress(ValueError):
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, _interrupt)
        # In the background of a shell Ctrl-C is ignored, and stays so.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        _told.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    _told.append(signum)
    raise KeyboardInterrupt


def _stop_if_told() -> None:
    if _told:
        _told.clear()
        raise KeyboardInterrupt


def _stream(wrapper: OutputWrapper) -> Any:
    """Return the stream inside Django's wrapper, which rich has to ask whether it is a terminal."""
    return wrapper._out  # noqa: SLF001 - Django has no public name for it
