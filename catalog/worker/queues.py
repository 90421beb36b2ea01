"""Desks of the worker: which of the batches left to it are worked on where, and what that takes.

At one, images are drafted by the running site's model. At the other, their writing is read in this process, whether
there is a model or not. Each has a worker of its own, so that neither kind of batch waits for the other.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from django.utils.translation import gettext as _

from catalog.batches.attempts import Work
from catalog.drafting.describer import Describer
from catalog.drafting.drafting import Drafting
from catalog.drafting.site import SiteState
from catalog.models import Batch
from catalog.querysets import BatchQuerySet
from catalog.reading.reading import PictureReader
from catalog.reading.transcribing import Transcribing


class Closed(Exception):
    """Nothing can be done at a desk now.

    Args:
        reason: why, in a sentence.
        hopeless: whether waiting is in vain until a person does something about it.
    """

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hopeless = hopeless


class Desk(Protocol):
    """Where one kind of batch is worked on."""

    def batches(self) -> BatchQuerySet:
        """Return the batches that are to be worked on here now, oldest first."""

    def opened(self) -> AbstractContextManager[Work]:
        """Give what is to be done with their images.

        Raises:
            Closed: not now.
            EngineError: not at all.
        """


class Site(Protocol):
    """Where the model is. `catalog.drafting.site.RunningSite` is one."""

    def look(self) -> SiteState:
        """Return how it is."""

    def describer(self, told: SiteState) -> AbstractContextManager[Describer]:
        """Give whoever answers there.

        Raises:
            EngineError: it does not take requests after all.
        """


class Reader(PictureReader, Protocol):
    """Reads pictures, and lets go of its models when it is closed. `inference.reader.Reader` is one."""

    def close(self) -> None:
        """Let go of them."""


class DraftingDesk:
    """Where the running site's model is asked."""

    def __init__(self, site: Site) -> None:
        """Prepare.

        Args:
            site: where the model is.
        """
        self._site = site

    def batches(self) -> BatchQuerySet:
        """Return those that have a prompt."""
        return Batch.objects.for_the_worker().drafting()

    @contextmanager
    def opened(self) -> Iterator[Work]:
        """Give the work, where the site's model is ready."""
        told = self._site.look()
        if not told.ready:
            words = _("正在等待模型：%(reason)s") % {"reason": told.reason} if told.reason else _("正在等待模型就绪。")
            raise Closed(told.reason if told.hopeless else words, hopeless=told.hopeless)
        with self._site.describer(told) as describer:
            yield Drafting(describer)


class ReadingDesk:
    """Where writing is read, in this process."""

    def __init__(self, make_reader: Callable[[], Reader], *, most_at_once: int = 2) -> None:
        """Prepare.

        Args:
            make_reader: returns a reader. It is let go when there is nothing left to read, and its memory with it.
            most_at_once: images at work, see `Transcribing`.
        """
        self._make_reader = make_reader
        self._most_at_once = most_at_once

    def batches(self) -> BatchQuerySet:
        """Return those without a prompt."""
        return Batch.objects.for_the_worker().reading()

    @contextmanager
    def opened(self) -> Iterator[Work]:
        """Give the work."""
        reader = self._make_reader()
        yield Transcribing(reader, most_at_once=self._most_at_once)
        # Not where it was interrupted: images may still be read, and would fail for it.
        reader.close()
