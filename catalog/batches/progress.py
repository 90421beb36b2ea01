"""How far a batch is, how fast it goes and how long it will take: counted in the database, for every page alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet

from catalog.models import Batch, BatchItem, Image
from catalog.vocabulary import BatchState, ItemState
from catalog.work_querysets import BatchQuerySet

WINDOW = timedelta(minutes=5)
"""The rate is that of the last minutes: people ask much of the model at noon and nothing at night."""
_LEAST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is.

    Attributes:
        total: images of the batch.
        done: drafted.
        failed: given up, with a reason.
        refused: answered without a value.
        skipped: needed no draft any more when their turn came.
        running: at work now.
        per_minute: images a minute lately; None where it does not run, or has only just begun.
    """

    total: int
    done: int
    failed: int
    refused: int
    skipped: int
    running: int
    per_minute: float | None

    @property
    def left(self) -> int:
        """Return how many images still have to be dealt with."""
        return self.total - self.settled

    @property
    def settled(self) -> int:
        """Return how many images need no more work."""
        return self.done + self.without_result + self.skipped

    @property
    def without_result(self) -> int:
        """Return how many images nothing came of, which can be tried again."""
        return self.failed + self.refused

    @property
    def seconds_left(self) -> int | None:
        """Return how long the rest will take at this rate; None where that cannot be told."""
        return round(self.left / self.per_minute * 60) if self.per_minute else None


def progress_of(batch: Batch, *, now: datetime) -> BatchProgress:
    """Count a batch's images by what became of them.

    Args:
        batch: the batch.
        now: the time, to tell how fast it goes.
    """
    since = now - WINDOW
    # A clock that was set back leaves times that are still to come; they say nothing about the rate.
    lately = Q(finished_at__gt=since, finished_at__lte=now)
    counts = batch.items.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(state=ItemState.DONE)),
        failed=Count("pk", filter=Q(state=ItemState.FAILED)),
        refused=Count("pk", filter=Q(state=ItemState.REFUSED)),
        skipped=Count("pk", filter=Q(state=ItemState.SKIPPED)),
        running=Count("pk", filter=Q(state=ItemState.RUNNING)),
        lately=Count("pk", filter=lately),
        first=Min("finished_at", filter=lately),
    )
    number, first = counts.pop("lately"), counts.pop("first")
    return BatchProgress(**counts, per_minute=_rate(batch, number, first, now))


def ended_with_failures(batches: BatchQuerySet, *, since: datetime) -> BatchQuerySet:
    """Keep the batches that are over and of whose images nothing came, with their number as `without_result`.

    Args:
        batches: those of somebody.
        since: when they have ended at the earliest.
    """
    over = batches.filter(state=BatchState.DONE, finished_at__gte=since)
    failed = over.filter(items__state__in=ItemState.without_result())
    return failed.annotate(without_result=Count("items")).order_by("-pk")


def failures_of(batch: Batch, images: QuerySet[Image], limit: int) -> list[BatchItem]:
    """Return what failed or was refused lately, the newest first, with its image and that one's files.

    Args:
        batch: the batch.
        images: those that whoever asks may see.
        limit: how many at most.
    """
    failed = batch.items.filter(state__in=ItemState.without_result(), image__in=images)
    newest = failed.select_related("image").prefetch_related("image__files").order_by("-finished_at", "-pk")
    return list(newest[:limit])


def waiting_for_hours(batches: BatchQuerySet) -> str:
    """Return why batches wait, and until when; empty where none waits for the hours.

    Args:
        batches: those of whoever reads it.
    """
    closed: str = settings.GLMV_HOURS.sentence()
    return closed if closed and batches.for_the_worker().exists() else ""


def _rate(batch: Batch, number: int, first: datetime | None, now: datetime) -> float | None:
    """Return the rate since the first image of the window was finished: before it the batch may have been paused."""
    if batch.state != BatchState.RUNNING or first is None or number < 2 or now - first < _LEAST:
        return None
    return (number - 1) / ((now - first).total_seconds() / 60)
