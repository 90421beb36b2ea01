"""What the workbench's first page tells: the work in each collection, and the batches that run.

All numbers come from a few queries over indexes, however many records and collections there are (ADR 55).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog import policies
from catalog.batches.progress import waiting_for_hours
from catalog.facets import FLAGGED
from catalog.models import Batch, Collection, Image
from catalog.querysets import Tally
from catalog.vocabulary import BatchState, Flag, ImageStatus
from catalog.work_querysets import BatchQuerySet

_MOST_BATCHES = 6


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many records are how far.

    Attributes:
        total: all of them.
        waiting: with drafts to be reviewed.
        doubtful: of these, with a draft that is doubtful.
        to_research: with a field that is left open (待考).
        described: described (已著录).
    """

    total: int = 0
    waiting: int = 0
    doubtful: int = 0
    to_research: int = 0
    described: int = 0

    def with_tally(self, tally: Tally) -> "Numbers":
        """Return the numbers with those of a tally."""
        is_waiting = tally.status == ImageStatus.TO_REVIEW
        is_doubtful = is_waiting and FLAGGED[Flag.DOUBTFUL].is_in(tally.facets)
        return Numbers(
            total=self.total + tally.number,
            waiting=self.waiting + tally.number * is_waiting,
            doubtful=self.doubtful + tally.number * is_doubtful,
            to_research=self.to_research + tally.number * (tally.status == ImageStatus.TO_RESEARCH),
            described=self.described + tally.number * (tally.status == ImageStatus.DESCRIBED),
        )


@dataclass(frozen=True, slots=True)
class CollectionWork:
    """The work in a collection.

    Attributes:
        collection: the collection, with `unnumbered_count`.
        numbers: of those of its records that the user sees.
        is_mine: whether the user works on it: who does not reads the lists instead of the queue.
    """

    collection: Collection
    numbers: Numbers
    is_mine: bool


@dataclass(frozen=True, slots=True)
class RunningBatch:
    """A batch that is not over.

    Attributes:
        batch: the batch.
        total: its images.
        settled: those that need no more work.
    """

    batch: Batch
    total: int
    settled: int


@dataclass(frozen=True, slots=True)
class Work:
    """All the work that somebody sees.

    Attributes:
        collections: by collection.
        mine: the numbers of those on which the user works, together.
        batches: what is under way, the newest first, what runs before the rest.
        closed: why batches wait for the hours, and until when; empty where none does.
    """

    collections: list[CollectionWork]
    mine: Numbers
    batches: list[RunningBatch]
    closed: str


def work_of(request: HttpRequest) -> Work:
    """Return the work that whoever asks sees.

    Args:
        request: of somebody who may enter the workbench.
    """
    collections = list(_collections(request))
    sees = policies.sees_as_member(request.user)
    tallies = [tally for tally in Image.objects.tallied() if sees(tally.collection, tally.access)]
    numbers = _by_collection(tallies)
    mine = _worked_on(request, collections)
    # Asked by keys that are known: the policy's own condition would be worked out anew.
    batches = Batch.objects.filter(collection__in=[item.pk for item in collections])
    return Work(
        collections=[CollectionWork(item, numbers.get(item.pk, Numbers()), item.pk in mine) for item in collections],
        mine=_sum(tally for tally in tallies if tally.collection in mine),
        batches=_running(batches.unfinished(), {item.pk: item for item in collections}),
        closed=waiting_for_hours(batches),
    )


def _collections(request: HttpRequest) -> Iterable[Collection]:
    found = policies.member_collections(request.user).with_unnumbered()
    return found.only("slug", "title", "is_public").order_by("title", "pk")


def _worked_on(request: HttpRequest, collections: list[Collection]) -> set[int]:
    """Return which collections the user works on: administrators see those of others too."""
    if not policies.is_administrator(request.user):
        return {item.pk for item in collections}
    return set(policies.working_collections(request.user).values_list("pk", flat=True))


def _by_collection(tallies: list[Tally]) -> dict[int, Numbers]:
    numbers: dict[int, Numbers] = {}
    for tally in tallies:
        numbers[tally.collection] = numbers.get(tally.collection, Numbers()).with_tally(tally)
    return numbers


def _sum(tallies: Iterable[Tally]) -> Numbers:
    numbers = Numbers()
    for tally in tallies:
        numbers = numbers.with_tally(tally)
    return numbers


def _running(batches: BatchQuerySet, collections: dict[int, Collection]) -> list[RunningBatch]:
    shown = batches.with_what_is_left().select_related("prompt_version__prompt").defer("prompt_version__text")
    newest: list[Any] = list(shown.order_by("-pk")[:_MOST_BATCHES])
    newest.sort(key=lambda batch: batch.state != BatchState.RUNNING)
    for batch in newest:
        batch.collection = collections[batch.collection_id]
    return [RunningBatch(batch, batch.total, batch.total - batch.left_count) for batch in newest]
