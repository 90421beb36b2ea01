"""Batches and groups of images that look alike: one of each group is drafted, and what it says is offered to the rest.

That goes for batches of a whole collection. Whoever names images, or wants back what was refused, means each of them;
and where writing is read, each is read.
"""

from catalog.models import Batch, BatchItem, Image
from catalog.querysets import ImageQuerySet
from catalog.services import groups
from catalog.services.selecting import images_of
from catalog.vocabulary import Selection

_STANDS_IN = (Selection.MISSING, Selection.ALL)


def new_for(batch: Batch) -> list[int]:
    """Return the keys of the images that a batch is still to take in, oldest first: of each group one at most.

    Args:
        batch: the batch.
    """
    images = images_of(batch).exclude(batch_items__batch=batch)
    if not _stands_in(batch):
        return list(images.values_list("pk", flat=True))
    images = images.exclude(near_group__in=_taken_groups(batch))
    stood_in_for = groups.representative(images)
    return [key for key in images.values_list("pk", flat=True) if key not in stood_in_for]


def offer(item: BatchItem, image: Image) -> None:
    """Offer the drafts that were just written for an image to its group, in the caller's transaction.

    Args:
        item: the image's, of the batch that drafted it.
        image: the image.
    """
    if image.near_group_id is not None and _stands_in(item.batch):
        groups.offer(image=image, replace=Selection(item.batch.selection).replaces_drafts)


def take_the_next(item: BatchItem, image: Image) -> int:
    """Let another image stand for a group whose first one came to nothing, in the caller's transaction.

    Args:
        item: the image's, of the batch that could not or need not draft it.
        image: the image.

    Returns:
        How many images the batch has more: 1 or 0.
    """
    if image.near_group_id is None or not _stands_in(item.batch):
        return 0
    others = images_of(item.batch).filter(near_group=image.near_group_id).exclude(batch_items__batch=item.batch)
    stood_in_for = groups.representative(others)
    chosen = next((key for key in others.values_list("pk", flat=True) if key not in stood_in_for), None)
    if chosen is None:
        return 0
    BatchItem.objects.bulk_create([BatchItem(batch=item.batch, image_id=chosen)], ignore_conflicts=True)
    return 1


def _stands_in(batch: Batch) -> bool:
    # What is written on one print need not be written on the other.
    return not batch.reads and batch.selection in _STANDS_IN


def _taken_groups(batch: Batch) -> ImageQuerySet:
    grouped = Image.objects.filter(batch_items__batch=batch, near_group__isnull=False)
    return grouped.values("near_group")  # type: ignore[return-value]
