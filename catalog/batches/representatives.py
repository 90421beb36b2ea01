"""Batches and near-duplicate groups: a representative of each is drafted, and what it says is offered to the rest.

That goes for batches of a whole collection. Whoever names images, or wants back what was refused, means each of them;
and where writing is read, each is read. An image to which not all that it lacks can be offered gets its own turn.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from django.db.models import Q

from catalog.batches.items import add_items
from catalog.batches.selection import AGAIN, LIMIT, images_of
from catalog.models import Batch, BatchItem, Image, Run
from catalog.querysets import ImageQuerySet
from catalog.records import near_duplicates
from catalog.records.annotations import fields_to_draft, write_drafts
from catalog.vocabulary import Access, Disclosure, Field, ItemState, Selection

_REPRESENTED = (Selection.MISSING, Selection.ALL)
_OWN = {Field.TRANSCRIPTION.value}
"""What is written on one print need not be written on another that looks like it."""


class Proposal(Protocol):
    """What a model says of an image, field by field: the values, the reviewer's flags and the evidence."""

    @property
    def values(self) -> Mapping[str, str]:
        """Descriptive field → proposed value."""

    @property
    def flags(self) -> Mapping[str, str]:
        """Descriptive field → what a reviewer should know."""

    @property
    def evidence(self) -> Mapping[str, str]:
        """Descriptive field → what the value rests on."""


def new_for(batch: Batch) -> list[int]:
    """Return the keys of the images that a batch is still to take in, oldest first: of each group one at most.

    Args:
        batch: the batch.
    """
    images = images_of(batch).exclude(batch_items__batch=batch)
    if not _is_represented(batch):
        return list(images.values_list("pk", flat=True))
    images = images.exclude(near_group__in=_taken_groups(batch))
    return _one_of_each_group(images)


def rules_of(batch: Batch) -> dict[str, bool]:
    """Return what a batch may replace, as `fields_to_draft` and `write_drafts` want it.

    Args:
        batch: the batch.
    """
    replace = Selection(batch.selection).replaces_drafts and AGAIN not in batch.criteria
    return {"replace": replace, "replace_accepted": batch.replace_accepted}


def offer(item: BatchItem, image: Image, run: Run, proposed_for: Callable[[Image], Proposal]) -> int:
    """Offer what was just said of an image to its group, in the caller's transaction.

    Args:
        item: the image's, of the batch that drafted it.
        image: the image.
        run: the answer.
        proposed_for: returns what the answer says, grounded in what is known of another image.

    Returns:
        How many images the batch has more, because the answer is not enough for them.
    """
    batch = item.batch
    if image.near_group_id is None or not _is_represented(batch) or batch.prompt_version is None:
        return 0
    more = []
    # Those that failed as well: a damaged scan may look like one that is not, and what is unclear in one be clear here.
    tried = batch.items.filter(state__in=ItemState.without_result()).values("image")
    group = images_of(batch).filter(near_group=image.near_group_id, secrecy_hold=False).exclude(pk=image.pk)
    open_to_it = group.filter(~Q(batch_items__batch=batch) | Q(pk__in=tried))
    for other in open_to_it.with_files().select_related("collection"):
        proposal = proposed_for(other)
        offered = {name: value for name, value in proposal.values.items() if name not in _OWN}
        wanted = fields_to_draft(image=other, fields=batch.prompt_version.fields, **rules_of(batch))
        # What was said of a picture, and of what is known about it, is for those who may see that picture.
        if not wanted <= set(offered) or not _is_seen_by_all_who_see(image, other):
            more.append(other.pk)
            continue
        write_drafts(
            image=other,
            values=offered,
            flags=proposal.flags,
            evidence=proposal.evidence,
            run=run,
            **rules_of(batch),
        )
    failed = set(tried.filter(image__in=more).values_list("image", flat=True))
    return add_items(batch, [key for key in more if key not in failed])


def take_the_next(item: BatchItem, image: Image) -> int:
    """Let another image represent a group whose first one came to nothing, in the caller's transaction.

    Args:
        item: the image's, of the batch that could not or need not draft it.
        image: the image.

    Returns:
        How many images the batch has more: 1 or 0.
    """
    if image.near_group_id is None or not _is_represented(item.batch):
        return 0
    chosen = _one_of_each_group(_others(item, image))
    return add_items(item.batch, chosen[:1])


def catch_up(batch: Batch) -> int:
    """Take in the images of groups that were passed over and got nothing after all.

    Their representative was deleted or given up, they left the group, or came into it too late.

    Args:
        batch: a batch with nothing left to do.

    Returns:
        How many images the batch has more.
    """
    if not _is_represented(batch) or batch.criteria.get(LIMIT):
        return 0
    passed_over = images_of(batch).exclude(batch_items__batch=batch).exclude(annotations__run__batch_item__batch=batch)
    grouped = passed_over.filter(near_group__isnull=False) | passed_over.filter(grouped_by_person=True)
    return add_items(batch, _one_of_each_group(grouped.distinct()))


def _is_seen_by_all_who_see(image: Image, other: Image) -> bool:
    """Tell whether whoever may look at the other image, the public included, may look at the one."""
    is_open = image.disclosure == Disclosure.OPEN or other.disclosure != Disclosure.OPEN
    return is_open and Access(image.access).covers(Access(other.access))


def _others(item: BatchItem, image: Image) -> ImageQuerySet:
    """Return the rest of an image's group, of those that its batch wants and does not have."""
    return images_of(item.batch).filter(near_group=image.near_group_id).exclude(batch_items__batch=item.batch)


def _one_of_each_group(images: ImageQuerySet) -> list[int]:
    represented = near_duplicates.representatives_of(images)
    return [key for key in images.values_list("pk", flat=True) if key not in represented]


def _is_represented(batch: Batch) -> bool:
    return not batch.reads and batch.selection in _REPRESENTED


def _taken_groups(batch: Batch) -> ImageQuerySet:
    grouped = Image.objects.filter(batch_items__batch=batch, near_group__isnull=False)
    return grouped.values("near_group")  # type: ignore[return-value]  # of one column, for a subquery
