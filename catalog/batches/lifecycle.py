"""Batches: choosing their images, beginning, pausing and finishing them."""

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches import representatives
from catalog.batches.items import add_items
from catalog.batches.selection import CHOSEN_IDS, LIMIT, OLDER_THAN, images_to_work_on
from catalog.exceptions import BatchInTheWay, BatchOver, NothingToReplace, PromptNotFound
from catalog.models import Batch, Collection, Prompt, PromptVersion
from catalog.querysets import ImageQuerySet
from catalog.records import outbox
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import BatchState, ItemState, Selection, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DEFAULT_PROMPT = "sentence"

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


def open_batch(
    *,
    collection: Collection,
    version: PromptVersion | None,
    selection: str = Selection.MISSING,
    older_than: int | None = None,
    limit: int | None = None,
    replace_accepted: bool = False,
    background: bool = False,
    user: "User | None" = None,
) -> Batch | None:
    """Go on with the unfinished batch of this kind, or begin one.

    An unfinished batch also takes in what was added to the collection since, unless there is a limit. Where a batch
    begins, an unfinished one of the same selection with an older version of the prompt is cancelled: nobody wants its
    drafts any more.

    Args:
        collection: the collection.
        version: the prompt version; None has the writing on the images read.
        selection: missing, rejected, all or outdated; of a reading, missing or all.
        older_than: for outdated ones, the version from which on drafts are recent enough; None for `version`.
        limit: how many images a new batch takes at most, now and later.
        replace_accepted: whether accepted values that no person touched get a new draft, too.
        background: whether the worker is to run it, rather than whoever opens it.
        user: who asks; None for the command line.

    Returns:
        The batch, running; None where no image needs it.

    Raises:
        BatchInTheWay: an unfinished batch of the same images has it otherwise with accepted values, or takes more
            images than the limit of one for the background.
        NothingToReplace: accepted values are to be replaced by a selection in which there are none.
        ReaderMissing: writing is to be read, and there is no reader on this machine.
    """
    if replace_accepted and not Selection(selection).replaces_drafts:
        raise NothingToReplace
    values: dict[str, Any] = {"collection": collection, "prompt_version": version, "selection": selection}
    kind = dict(values)
    criteria: dict[str, Any] = {}
    if version is not None and selection == Selection.OUTDATED:
        criteria = {OLDER_THAN: older_than or version.number}
        kind[f"criteria__{OLDER_THAN}"] = criteria[OLDER_THAN]
    batch = Batch.objects.unfinished().filter(**kind).first()
    if batch is not None and batch.replace_accepted != replace_accepted:
        raise BatchInTheWay(batch=str(batch))
    if batch is not None and _goes_on(batch, limit, background=background):
        return batch
    chosen = {"older_than": criteria.get(OLDER_THAN)} if criteria else {}
    if not images_to_work_on(collection=collection, version=version, selection=selection, **chosen).exists():
        return None
    criteria |= {LIMIT: limit} if limit is not None else {}
    more = {"criteria": criteria, "replace_accepted": replace_accepted, "background": background}
    try:
        batch = _create(values | more, user)
    except IntegrityError:
        # Another command began the same batch at the same moment; share it.
        batch = Batch.objects.unfinished().get(**kind)
    _fill(batch)
    _run(batch, background=background)
    if version is not None:
        _cancel_older(batch, user)
    return batch


def open_chosen(
    *,
    images: ImageQuerySet,
    version: PromptVersion | None,
    replace_accepted: bool = False,
    background: bool = True,
    user: "User | None" = None,
) -> list[Batch]:
    """Begin batches of images that somebody chose, one for each collection they are from, or go on with them.

    Args:
        images: the images; those that the user may not see are the caller's to leave out.
        version: the prompt version; None has the writing on the images read.
        replace_accepted: whether accepted values that no person touched get a new draft, too.
        background: whether the worker is to run them.
        user: who asks; None for the command line.

    Returns:
        The batches, running; none where no image was chosen.
    """
    opened = []
    for collection in Collection.objects.filter(pk__in=images.order_by().values("collection")).order_by("pk"):
        ids = list(images.filter(collection=collection).order_by("pk").values_list("pk", flat=True))
        if not ids:
            continue
        values = {
            "collection": collection,
            "prompt_version": version,
            "selection": Selection.CHOSEN,
            "criteria": {CHOSEN_IDS: _fingerprint(ids)},
            "replace_accepted": replace_accepted,
        }
        opened.append(_chosen_batch(values, ids, user, background=background))
    return opened


def _chosen_batch(values: dict[str, Any], ids: list[int], user: "User | None", *, background: bool) -> Batch:
    """Go on with somebody's unfinished batch of the same images, or begin one; all of them or none."""
    with transaction.atomic():
        # Whoever asks twice, or a second time after an interruption, means one batch.
        Collection.objects.select_for_update(of=("self",)).get(pk=values["collection"].pk)
        batch = Batch.objects.unfinished().filter(**values, created_by=user).first()
        if batch is None:
            batch = _create(values | {"background": background}, user)
            # Nothing else tells afterwards which were chosen.
            add_items(batch, ids)
        _run(batch, background=background)
    return batch


def _fingerprint(ids: list[int]) -> str:
    """Return what tells this choice of images from others."""
    return hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()


def resume(*, batch: Batch, user: "User | None" = None) -> bool:
    """Let the worker go on with a batch that was paused, or that a command left.

    Args:
        batch: the batch.
        user: who resumes it.

    Returns:
        Whether it stood still; False where the worker is at it anyway, and nothing was changed.

    Raises:
        BatchOver: it is done or cancelled.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if batch.state not in BatchState.unfinished():
            raise BatchOver(batch=str(batch), state=batch.get_state_display())
        was_pending = batch.state == BatchState.PENDING
        if batch.state == BatchState.RUNNING and batch.background:
            return False
        _run(batch, background=True)
        record(verb=Verb.BATCH_RESUMED, batch=batch, user=user)
    if was_pending:
        # Whoever was filling it has died over it.
        _fill(batch)
    return True


def retry_failed(*, batch: Batch, user: "User | None" = None) -> int:
    """Have the images that failed, or that the model said nothing of, tried again, by the worker.

    Args:
        batch: the batch, done or not.
        user: who asks.

    Returns:
        How many images it is about.

    Raises:
        BatchOver: it was cancelled.
        BatchInTheWay: another batch of the same images is under way; they can be tried there.
    """
    try:
        with transaction.atomic():
            batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
            if batch.state == BatchState.CANCELLED:
                raise BatchOver(batch=str(batch), state=batch.get_state_display())
            number = batch.items.filter(state__in=ItemState.without_result()).update(
                state=ItemState.PENDING, attempts=0, error="", finished_at=None
            )
            if number:
                Batch.objects.filter(pk=batch.pk).update(state=BatchState.PENDING, finished_at=None)
                _run(batch, background=True)
                record(verb=Verb.BATCH_RETRIED, batch=batch, user=user, images=number)
            return number
    except IntegrityError as error:
        raise BatchInTheWay(batch=str(batch)) from error


def finish(*, batch: Batch) -> bool:
    """Mark a batch done where nothing of it is left to do.

    Returns:
        Whether it is done now.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if batch.state not in BatchState.unfinished():
            return batch.state == BatchState.DONE
        if batch.items.unsettled().exists() or representatives.catch_up(batch):
            return False
        batch.state, batch.reason, batch.finished_at = BatchState.DONE, "", timezone.now()
        batch.save(update_fields=["state", "reason", "finished_at"])
        record(verb=Verb.BATCH_FINISHED, batch=batch)
        outbox.batch_ended(batch, BatchState.DONE)
    return True


@transaction.atomic
def catch_up(*, batch: Batch) -> int:
    """Let a batch that seems to be at its end take in the images of groups that got nothing after all.

    Args:
        batch: the batch.

    Returns:
        How many images it has more.
    """
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state != BatchState.RUNNING or batch.items.unsettled().exists():
        return 0
    return representatives.catch_up(batch)


@transaction.atomic
def pause(*, batch: Batch, reason: str, user: "User | None" = None) -> bool:
    """Pause a running batch; what is being worked on is finished, nothing new is taken.

    Args:
        batch: the batch.
        reason: why, in a sentence.
        user: who pauses it; None where it pauses itself.

    Returns:
        Whether it was under way; False where it had been paused before, or is over, and nothing was changed.
    """
    reason = storable(reason)
    changed = Batch.objects.filter(pk=batch.pk, state__in=[BatchState.PENDING, BatchState.RUNNING]).update(
        state=BatchState.PAUSED, reason=reason
    )
    if changed:
        record(verb=Verb.BATCH_PAUSED, batch=batch, user=user, reason=reason)
    return bool(changed)


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
def cancel(*, batch: Batch, reason: str, user: "User | None" = None) -> bool:
    """Cancel an unfinished batch for good; the drafts it wrote stay.

    Args:
        batch: the batch.
        reason: why, in a sentence.
        user: who cancels it.

    Returns:
        Whether it was unfinished; False where it was over before, and nothing was changed.
    """
    reason = storable(reason)
    changed = (
        Batch.objects.unfinished()
        .filter(pk=batch.pk)
        .update(state=BatchState.CANCELLED, reason=reason, finished_at=timezone.now())
    )
    if changed:
        record(verb=Verb.BATCH_CANCELLED, batch=batch, user=user, reason=reason)
        outbox.batch_ended(batch, BatchState.CANCELLED)
    return bool(changed)


def _create(values: dict[str, Any], user: "User | None") -> Batch:
    with transaction.atomic():
        batch = Batch.objects.create(**values, created_by=user)
        record(verb=Verb.BATCH_CREATED, batch=batch, user=user, selection=batch.selection)
    return batch


def _run(batch: Batch, *, background: bool) -> None:
    Batch.objects.filter(pk=batch.pk, started_at=None).update(started_at=timezone.now())
    running: dict[str, Any] = {"state": BatchState.RUNNING, "reason": ""}
    if background:
        running["background"] = True
    Batch.objects.unfinished().filter(pk=batch.pk).update(**running)
    batch.refresh_from_db()


def _goes_on(batch: Batch, limit: int | None, *, background: bool) -> bool:
    """Go on with an unfinished batch; return False where nothing of it is left to do.

    Raises:
        BatchInTheWay: fewer images are wanted in the background than it has.
    """
    if limit is None and LIMIT in batch.criteria:
        # Now all of them are wanted.
        batch.criteria = {name: value for name, value in batch.criteria.items() if name != LIMIT}
        batch.save(update_fields=["criteria"])
    # A pending one is being filled by somebody, or they died while they did.
    if limit is None or batch.state == BatchState.PENDING:
        _fill(batch)
    left = batch.items.unsettled().count()
    if background and limit is not None and left > limit:
        raise BatchInTheWay(batch=str(batch))
    if left:
        _run(batch, background=background)
        return True
    return not finish(batch=batch)


def _fill(batch: Batch) -> None:
    """Add the images of the batch's selection that it does not have yet."""
    limit = batch.criteria.get(LIMIT)
    room = None if limit is None else max(0, limit - batch.items.count())
    add_items(batch, representatives.new_for(batch)[:room])


def _cancel_older(batch: Batch, user: "User | None") -> None:
    assert batch.prompt_version is not None  # noqa: S101 - the caller has looked
    older = Batch.objects.unfinished().filter(
        collection=batch.collection, selection=batch.selection, prompt_version__prompt=batch.prompt_version.prompt_id
    )
    for other in older.filter(prompt_version__number__lt=batch.prompt_version.number):
        cancel(batch=other, reason=_("提示词已有新版本。"), user=user)
