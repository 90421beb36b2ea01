"""Drafting again what a reviewer rejected: one batch of theirs takes the images in, one after the other.

Unlike a batch of chosen images it replaces no draft: only the rejected field and whatever else is missing is asked for.
"""

from typing import TYPE_CHECKING

from django.db import transaction

from catalog.batches.items import add_items
from catalog.batches.selection import AGAIN
from catalog.models import Batch, Collection, Image, PromptVersion
from catalog.records.action_log import record
from catalog.vocabulary import BatchState, ItemState, Selection, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def draft_again(*, image: Image, version: PromptVersion, user: "User") -> Batch:
    """Have an image drafted again by the worker, which gives every batch its turn.

    Args:
        image: the image.
        version: the prompt version to ask.
        user: who asks.

    Returns:
        The batch that has it: the person's own that is under way, or a new one.
    """
    # Two rejections at the same moment mean one batch.
    Collection.objects.select_for_update(of=("self",)).get(pk=image.collection_id)
    kind = {"collection_id": image.collection_id, "prompt_version": version, "created_by": user}
    batch = (
        Batch.objects.unfinished()
        .filter(**kind, selection=Selection.CHOSEN, criteria={AGAIN: True})
        .exclude(state=BatchState.PAUSED)
        # Nobody calls it done meanwhile.
        .select_for_update(of=("self",))
        .first()
    )
    if batch is None:
        batch = Batch.objects.create(
            **kind,
            selection=Selection.CHOSEN,
            criteria={AGAIN: True},
            background=True,
            state=BatchState.RUNNING,
        )
        record(verb=Verb.BATCH_CREATED, batch=batch, user=user, selection=batch.selection)
    if not batch.items.filter(image=image).exclude(state__in=_OVER).exists():
        batch.items.filter(image=image).update(state=ItemState.PENDING, attempts=0, error="", finished_at=None)
        add_items(batch, [image.pk])
    return batch


_OVER = [ItemState.DONE, ItemState.FAILED, ItemState.REFUSED, ItemState.SKIPPED]
