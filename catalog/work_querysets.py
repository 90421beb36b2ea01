"""Queries about what is worked through image by image: batches, and audits with their lots and samples."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from catalog.audit_words import AuditState, UnitVerdict
from catalog.subqueries import all_of, number_of
from catalog.vocabulary import BatchState, ItemState

if TYPE_CHECKING:
    from catalog import models as rows  # noqa: F401 - by name only, in strings: the models use these querysets


class BatchQuerySet(models.QuerySet["rows.Batch"]):
    """Queries about batches."""

    def for_the_worker(self) -> Self:
        """Keep the running batches that are left to the worker, oldest first."""
        return self.filter(state=BatchState.RUNNING, background=True).order_by("pk")

    def drafting(self) -> Self:
        """Keep the batches that ask the model."""
        return self.filter(prompt_version__isnull=False)

    def reading(self) -> Self:
        """Keep the batches that read the writing on images."""
        return self.filter(prompt_version__isnull=True)

    def unfinished(self) -> Self:
        """Keep the batches that may still have work."""
        return self.filter(state__in=[state.value for state in BatchState.unfinished()])

    def with_progress(self) -> Self:
        """Add `total`, `done_count`, `failed_count`, `refused_count`, `skipped_count` and `left_count`."""
        left = Q(items__state__in=[ItemState.PENDING, ItemState.RUNNING])
        return self.annotate(
            total=Count("items"),
            done_count=Count("items", filter=Q(items__state=ItemState.DONE)),
            failed_count=Count("items", filter=Q(items__state=ItemState.FAILED)),
            refused_count=Count("items", filter=Q(items__state=ItemState.REFUSED)),
            skipped_count=Count("items", filter=Q(items__state=ItemState.SKIPPED)),
            left_count=Count("items", filter=left),
        )

    def with_what_is_left(self) -> Self:
        """Add `total` and `left_count` as `with_progress` does, each read off an index: for a few batches of a page."""
        items = all_of("BatchItem").filter(batch=OuterRef("pk")).order_by()
        left = items.filter(state__in=[ItemState.PENDING, ItemState.RUNNING])
        return self.annotate(total=number_of(items, "batch"), left_count=number_of(left, "batch"))


class BatchItemQuerySet(models.QuerySet["rows.BatchItem"]):
    """Queries about batch items."""

    def pending(self) -> Self:
        """Keep what nobody has taken yet."""
        return self.filter(state=ItemState.PENDING)

    def running(self) -> Self:
        """Keep what somebody holds a lease on."""
        return self.filter(state=ItemState.RUNNING)

    def unsettled(self) -> Self:
        """Keep what still has to be done, or is being done."""
        return self.filter(state__in=[ItemState.PENDING, ItemState.RUNNING])

    def claimable(self) -> Self:
        """Keep pending items whose image no other batch is working on."""
        busy = self.model.objects.running().filter(image=OuterRef("image"))
        return self.pending().filter(~Exists(busy))


class AuditQuerySet(models.QuerySet["rows.Audit"]):
    """Queries about audits."""

    def at_work(self) -> Self:
        """Keep those for which the background has something to do, oldest first."""
        return self.filter(state__in=AuditState.at_work()).order_by("pk")

    def with_progress(self) -> Self:
        """Add `judged_count` and `fault_count`, of the sample."""
        judged = ~Q(sample__verdict="")
        at_fault = Q(sample__verdict__in=[UnitVerdict.WRONG, UnitVerdict.MISSING])
        return self.annotate(judged_count=Count("sample", filter=judged), fault_count=Count("sample", filter=at_fault))


class AuditUnitQuerySet(models.QuerySet["rows.AuditUnit"]):
    """Queries about the units of lots."""

    def after(self, number: int) -> Self:
        """Keep the units after one of their list, in its order."""
        return self.filter(number__gt=number).order_by("number")

    def outcome_counts(self) -> dict[str, int]:
        """Return how many became what."""
        return dict(self.order_by().values_list("outcome").annotate(number=Count("*")))


class SampledUnitQuerySet(models.QuerySet["rows.SampledUnit"]):
    """Queries about units that were drawn."""

    def judged(self) -> Self:
        """Keep those with a verdict."""
        return self.exclude(verdict="")

    def unjudged(self) -> Self:
        """Keep those without."""
        return self.filter(verdict="")

    def at_fault(self) -> Self:
        """Keep those that count against their lot."""
        return self.filter(verdict__in=[UnitVerdict.WRONG, UnitVerdict.MISSING])


class ControlUnitQuerySet(models.QuerySet["rows.ControlUnit"]):
    """Queries about units of which it is known whether they are right."""

    def judged(self) -> Self:
        """Keep those with a verdict."""
        return self.exclude(verdict="")

    def unjudged(self) -> Self:
        """Keep those without."""
        return self.filter(verdict="")
