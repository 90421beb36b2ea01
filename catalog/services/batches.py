"""Batches: choosing their images, beginning, pausing and finishing them."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exceptions import PromptNotFound
from catalog.models import Batch, BatchItem, Collection, Prompt, PromptVersion
from catalog.querysets import ImageQuerySet
from catalog.services.actions import record
from catalog.vocabulary import BatchState, ItemState, Selection, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DEFAULT_PROMPT = "sentence"
_CHUNK = 2000

log = logging.getLogger(__name__)


def chosen_prompt(*, collection: Collection, name: str = "") -> PromptVersion:
    """Return the current version of a prompt.

    Args:
        collection: whose default is taken where `name` is empty; without one, the sentence.
        name: the prompt's name or slug.

    Returns:
        The version.

    Raises:
        PromptNotFound: there is no such prompt, or it has no version.
    """
    if name:
        prompt = Prompt.objects.filter(name=name).first() or Prompt.objects.filter(slug=name).first()
    else:
        prompt = collection.prompt or Prompt.objects.filter(slug=DEFAULT_PROMPT).first()
    version = prompt.current if prompt else None
    if version is None:
        names = "、".join(Prompt.objects.values_list("name", flat=True))
        raise PromptNotFound(name=name or DEFAULT_PROMPT, names=names)
    return version


def images_to_draft(*, collection: Collection, version: PromptVersion, selection: str) -> ImageQuerySet:
    """Return the images that a selection of a collection takes in, oldest first.

    Args:
        collection: the collection.
        version: the prompt version, whose fields are asked for.
        selection: missing, rejected or all.
    """
    images = collection.images.order_by("pk")
    if selection == Selection.ALL:
        return images
    if selection == Selection.REJECTED:
        return images.last_rejected(version.fields)
    return images.lacking(version.fields)


def open_batch(
    *,
    collection: Collection,
    version: PromptVersion,
    selection: str = Selection.MISSING,
    limit: int | None = None,
    user: "User | None" = None,
) -> Batch | None:
    """Go on with the unfinished batch of this kind, or begin one.

    An unfinished batch also takes in what was added to the collection since, unless there is a limit. Unfinished
    batches of an older version of the prompt are cancelled: nobody wants their drafts any more.

    Args:
        collection: the collection.
        version: the prompt version.
        selection: missing, rejected or all.
        limit: how many images a new batch takes at most.
        user: who asks; None for the command line.

    Returns:
        The batch, running; None where no image needs a draft.
    """
    _cancel_older(collection, version, user)
    kind: dict[str, Any] = {"collection": collection, "prompt_version": version, "selection": selection}
    batch = Batch.objects.unfinished().filter(**kind).first()
    if batch is not None:
        # A pending one is being filled by somebody, or they died while they did.
        if limit is None or batch.state == BatchState.PENDING:
            _fill(batch, limit)
        if batch.items.filter(state__in=[ItemState.PENDING, ItemState.RUNNING]).exists():
            _run(batch)
            return batch
        finish(batch=batch)
    if not images_to_draft(collection=collection, version=version, selection=selection).exists():
        return None
    try:
        batch = _create(kind, user)
    except IntegrityError:
        # Another command began the same batch at the same moment; share it.
        batch = Batch.objects.unfinished().get(**kind)
    _fill(batch, limit)
    _run(batch)
    return batch


def finish(*, batch: Batch) -> bool:
    """Mark a batch done where nothing of it is left to do.

    Returns:
        Whether it is done now.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if batch.state not in BatchState.unfinished():
            return batch.state == BatchState.DONE
        if batch.items.filter(state__in=[ItemState.PENDING, ItemState.RUNNING]).exists():
            return False
        batch.state, batch.reason, batch.finished_at = BatchState.DONE, "", timezone.now()
        batch.save(update_fields=["state", "reason", "finished_at"])
        record(verb=Verb.BATCH_FINISHED, batch=batch)
    return True


@transaction.atomic
def pause(*, batch: Batch, reason: str, user: "User | None" = None) -> None:
    """Pause a running batch; what is being worked on is finished, nothing new is taken.

    Args:
        batch: the batch.
        reason: why, in a sentence.
        user: who pauses it; None where it pauses itself.
    """
    changed = Batch.objects.filter(pk=batch.pk, state__in=[BatchState.PENDING, BatchState.RUNNING]).update(
        state=BatchState.PAUSED, reason=reason
    )
    if changed:
        record(verb=Verb.BATCH_PAUSED, batch=batch, user=user, reason=reason)


def pause_if_possible(*, batch: Batch, reason: str) -> None:
    """Pause a batch that cannot go on; where not even that can be written, its log line has to do.

    Args:
        batch: the batch.
        reason: why, in a sentence.
    """
    try:
        pause(batch=batch, reason=reason)
    except DatabaseError:
        log.exception("batch %s could not be paused: %s", batch.pk, reason)


@transaction.atomic
def cancel(*, batch: Batch, reason: str, user: "User | None" = None) -> None:
    """Cancel an unfinished batch for good; the drafts it wrote stay.

    Args:
        batch: the batch.
        reason: why, in a sentence.
        user: who cancels it.
    """
    changed = (
        Batch.objects.unfinished()
        .filter(pk=batch.pk)
        .update(state=BatchState.CANCELLED, reason=reason, finished_at=timezone.now())
    )
    if changed:
        record(verb=Verb.BATCH_CANCELLED, batch=batch, user=user, reason=reason)


def _create(kind: dict[str, Any], user: "User | None") -> Batch:
    with transaction.atomic():
        batch = Batch.objects.create(**kind, created_by=user)
        record(verb=Verb.BATCH_CREATED, batch=batch, user=user, selection=batch.selection)
    return batch


def _run(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk, started_at=None).update(started_at=timezone.now())
    Batch.objects.unfinished().filter(pk=batch.pk).update(state=BatchState.RUNNING, reason="")
    batch.refresh_from_db()


def _fill(batch: Batch, limit: int | None) -> None:
    """Add the images of the batch's selection that it does not have yet, in chunks that lock the database briefly.

    Args:
        batch: the batch.
        limit: how many it may have altogether; None for all.
    """
    chosen = images_to_draft(collection=batch.collection, version=batch.prompt_version, selection=batch.selection)
    room = None if limit is None else max(0, limit - batch.items.count())
    ids = list(chosen.exclude(batch_items__batch=batch).values_list("pk", flat=True)[:room])
    for chunk in _chunks(ids):
        # Two commands may fill one batch at the same time.
        BatchItem.objects.bulk_create([BatchItem(batch=batch, image_id=pk) for pk in chunk], ignore_conflicts=True)


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _cancel_older(collection: Collection, version: PromptVersion, user: "User | None") -> None:
    older = Batch.objects.unfinished().filter(collection=collection, prompt_version__prompt=version.prompt_id)
    for batch in older.exclude(prompt_version=version):
        cancel(batch=batch, reason=_("提示词已有新版本。"), user=user)
