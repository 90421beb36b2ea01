"""Drafting as background work: batches with a prompt, answered by the running site's model."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from django.utils.translation import gettext as _

from catalog.batches.attempts import Work
from catalog.batches.jobs import BatchJob
from catalog.batches.queues import QueueUnavailable
from catalog.drafting.describer import Describer
from catalog.drafting.drafting import Drafting
from catalog.drafting.site import SiteState
from catalog.models import Batch
from catalog.work_querysets import BatchQuerySet


class Site(Protocol):
    """Where the model is. `catalog.drafting.site.RunningSite` is one."""

    def look(self) -> SiteState:
        """Return how it is."""

    def describer(self, told: SiteState) -> AbstractContextManager[Describer]:
        """Give whoever answers there.

        Raises:
            EngineError: it does not take requests after all.
        """


def drafting_job(site: Site, *, closed: Callable[[], str] = str) -> BatchJob:
    """Return the work of drafting.

    Args:
        site: where the model is.
        closed: why nothing new may be begun now; see `BatchJob`.
    """
    return BatchJob(DraftingQueue(site), closed=closed)


class DraftingQueue:
    """The batches that ask the running site's model."""

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
    def open(self) -> Iterator[Work]:
        """Give the work, where the site's model is ready."""
        told = self._site.look()
        if not told.ready:
            words = _("正在等待模型：%(reason)s") % {"reason": told.reason} if told.reason else _("正在等待模型就绪。")
            raise QueueUnavailable(told.reason if told.hopeless else words, hopeless=told.hopeless)
        with self._site.describer(told) as describer:
            yield Drafting(describer)
