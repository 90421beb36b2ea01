"""Reading as background work: batches without a prompt, read in this process, whether there is a model or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from catalog.batches.attempts import Work
from catalog.batches.jobs import BatchJob
from catalog.models import Batch
from catalog.reading.reading import PictureReader
from catalog.reading.transcribing import Transcribing
from catalog.work_querysets import BatchQuerySet


class Reader(PictureReader, Protocol):
    """Reads pictures, and lets go of its models when it is closed. `inference.reader.Reader` is one."""

    def close(self) -> None:
        """Let go of them."""


def reading_job(
    make_reader: Callable[[], Reader], *, most_at_once: int = 2, closed: Callable[[], str] = str
) -> BatchJob:
    """Return the work of reading.

    Args:
        make_reader: returns a reader. It is let go when there is nothing left to read, and its memory with it.
        most_at_once: images at work, see `Transcribing`.
        closed: why nothing new may be begun now; see `BatchJob`.
    """
    return BatchJob(ReadingQueue(make_reader, most_at_once), closed=closed)


class ReadingQueue:
    """The batches that have the writing on images read."""

    def __init__(self, make_reader: Callable[[], Reader], most_at_once: int) -> None:
        """Prepare; the arguments are those of `reading_job`."""
        self._make_reader = make_reader
        self._most_at_once = most_at_once

    def batches(self) -> BatchQuerySet:
        """Return those without a prompt."""
        return Batch.objects.for_the_worker().reading()

    @contextmanager
    def open(self) -> Iterator[Work]:
        """Give the work; where it ends early, images that wait for the reader are given back."""
        reader = self._make_reader()
        try:
            yield Transcribing(reader, most_at_once=self._most_at_once)
        finally:
            # Left to the interpreter's end, the reader would be asked for more while that is under way.
            reader.close()
