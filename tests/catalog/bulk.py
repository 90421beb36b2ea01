"""Bulk changes in one line, for tests."""

import time
from typing import Any

from django.contrib.auth.models import User

from catalog import policies
from catalog.draft_criteria import DraftCriteria
from catalog.models import BulkChange, Image
from catalog.querysets import ImageQuerySet
from catalog.review.bulk import running
from catalog.review.bulk.changes import Accepting, Change
from catalog.review.bulk.jobs import BulkChanging
from catalog.review.bulk.policies import changeable_images
from catalog.review.bulk.rows import Tally
from catalog.review.bulk.selection import Choice, prepare, prepare_undo
from catalog.review.bulk.sources import OfBulkChange, Source
from catalog.worker.worker import Worker

NOT_ROWS = {"updated_at", "revision"}
"""Columns of an image that a change which was undone leaves other than they were."""


def chosen(user: User, images: ImageQuerySet | None = None, **criteria: Any) -> Choice:
    """Return a choice of all images that a user may review, or of some."""
    own = policies.reviewable_images(user)
    return Choice(own if images is None else own.filter(pk__in=images.values("pk")), DraftCriteria(**criteria))


def prepared(user: User, change: Change | None = None, **criteria: Any) -> BulkChange:
    """Prepare a change of everything that a user may review."""
    return prepare(user=user, change=change or Accepting(), choice=chosen(user, **criteria))


def undo_prepared(user: User, source: Source | BulkChange) -> BulkChange:
    """Prepare that something is taken back."""
    if isinstance(source, BulkChange):
        return prepare_undo(
            user=user, source=OfBulkChange(source.pk), allowed=policies.reviewable_images(user), words=str(source)
        )
    return prepare_undo(user=user, source=source, allowed=changeable_images(user), words="")


def done(change: BulkChange) -> BulkChange:
    """Begin a change and have the worker carry it out."""
    running.start(change=change, user=change.user)
    work()
    change.refresh_from_db()
    return change


def work(job: BulkChanging | None = None) -> None:
    """Have a worker do whatever waits."""
    changing = job or BulkChanging()
    worker = Worker(changing)
    while changing.claim():
        # As the worker does it: others are left their turn.
        time.sleep(worker.turn())


def left_out(change: BulkChange) -> dict[str, int]:
    """Return why what the preview left out was left out, and how often."""
    return Tally.read(change.left_out).numbers


def skipped(change: BulkChange) -> dict[str, int]:
    """Return why what was skipped when it was carried out was skipped, and how often."""
    return Tally.read(change.skipped).numbers


def rows_of_images(*, without: set[str] = NOT_ROWS) -> list[dict[str, Any]]:
    """Return all images with their columns, but for those that tell that something happened."""
    return [
        {name: value for name, value in row.items() if name not in without}
        for row in Image.objects.order_by("pk").values()
    ]
