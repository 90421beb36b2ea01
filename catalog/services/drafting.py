"""Drafting: runs a batch with a describer, image by image.

While the model answers, no transaction is open and no database connection is held. One image's failure is that
image's failure; a model that is gone pauses the batch.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.drafting.asking import question
from catalog.drafting.describer import Describer
from catalog.drafting.owners import this_process
from catalog.drafting.reading import Reading, read_answer
from catalog.exceptions import ClaimLost, DraftingPaused, FileRejected, Unparseable
from catalog.models import Batch, BatchItem, Image, Run
from catalog.services import batches, leases
from catalog.services.annotations import fields_to_draft, write_drafts
from catalog.texts import storable
from catalog.vocabulary import BatchState, Flag, ItemState, Selection
from inference.engine.errors import (
    Busy,
    Cancelled,
    DeadlineExceeded,
    EngineError,
    GenerationFailed,
    ImageError,
    InvalidRequest,
    OutOfMemory,
    PromptTooLong,
)
from inference.errors import sentence
from inference.types import Answer

MAX_FAILED_ATTEMPTS = 3
"""How often one image may fail for a reason that may pass before it is given up."""
_ABOUT_THE_IMAGE = (ImageError, PromptTooLong, InvalidRequest)
_MAY_PASS = (DeadlineExceeded, OutOfMemory, GenerationFailed)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        total: images of the batch.
        before: images settled before this run.
        done: images drafted in this run.
        failed: images given up in this run.
        skipped: images that needed no draft any more when their turn came.
        failures: identifier or file name, and reason, of what was given up.
    """

    total: int
    before: int
    done: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """Return how many images of the batch need no more work."""
        return self.before + self.done + self.failed + self.skipped

    @property
    def worked(self) -> int:
        """Return how many images this run dealt with."""
        return self.done + self.failed + self.skipped


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model was asked and said about one image; `reading` is None where nothing could be read."""

    runs: list[Run]
    reading: Reading | None

    @property
    def flags(self) -> dict[str, Flag]:
        """Return what a reviewer should know of each field; of an answer cut short, that first of all."""
        if self.reading is None:
            return {}
        if self.runs[-1].finish_reason == "length":
            return dict.fromkeys(self.reading.values, Flag.TRUNCATED)
        return self.reading.flags


def run_batch(
    *,
    batch: Batch,
    describer: Describer,
    limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    waiting: Callable[[datetime], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Progress:
    """Work on a batch until nothing of it is left to take.

    Args:
        batch: a running batch.
        describer: who answers.
        limit: how many images to deal with at most.
        progress: called after each image.
        waiting: called before waiting for another machine's lease, with the time at which it runs out.
        sleep: waits some seconds, when the model is busy or another machine holds the last images.

    Returns:
        How far the batch is.

    Raises:
        DraftingPaused: the model is gone, or somebody paused the batch; it can be run again.
        KeyboardInterrupt: the image at work has been given back.
    """
    leases.take_back_abandoned(now=timezone.now())
    so_far = _progress(batch)
    owner = this_process()
    alive: set[str] = set()
    with leases.given_back_when_interrupted(batch=batch, owner=owner):
        while limit is None or so_far.worked < limit:
            item = leases.claim_next(batch=batch, owner=owner, now=timezone.now())
            if item is None:
                # Before leaving: somebody working on the same batch may have died meanwhile.
                if leases.take_back_abandoned(now=timezone.now()) or _waited(batch, alive, waiting, sleep):
                    continue
                break
            _attempt(item, describer, so_far, sleep)
            if progress is not None:
                progress(so_far)
    if not batches.finish(batch=batch):
        batch.refresh_from_db()
        if batch.state != BatchState.RUNNING:
            raise DraftingPaused(_("批次已停下：%(reason)s"), reason=batch.reason)
    return so_far


def _waited(
    batch: Batch, alive: set[str], waiting: Callable[[datetime], None] | None, sleep: Callable[[float], None]
) -> bool:
    """Wait until a lease of another machine runs out; return False where there is none to wait for.

    Of a process on another machine only its lease tells. One that renews it is at work and will finish: it is added
    to `alive`, and not waited for again.
    """
    held = leases.held_elsewhere(batch=batch, besides=alive)
    if held is None or held.lease_until is None:
        return False
    alive.add(held.owner)
    if waiting is not None:
        waiting(held.lease_until)
    _let_connection_go()
    sleep(max(1.0, (held.lease_until - timezone.now()).total_seconds() + 1.0))
    return True


def _attempt(item: BatchItem, describer: Describer, so_far: Progress, sleep: Callable[[float], None]) -> None:
    """Deal with one claimed image; give it back where the model is busy or gone, or the process is to end.

    Raises:
        DraftingPaused: the model is gone.
    """
    try:
        _work_on(item, describer, so_far)
    except Busy as error:
        leases.release(item)
        sleep(max(1.0, error.retry_after_s))
    except EngineError as error:
        leases.release(item)
        _pause(item.batch, sentence(error))
    except BaseException:
        leases.release(item)
        raise


def _work_on(item: BatchItem, describer: Describer, so_far: Progress) -> None:
    """Deal with one claimed image.

    Raises:
        EngineError: the model cannot answer now, whatever the image.
    """
    image = Image.objects.with_files().filter(pk=item.image_id).first()
    if image is None:
        # Deleted while it waited, and its item with it.
        return
    try:
        _draft(item, image, describer, so_far)
    except FileRejected as error:
        _fail(item, image, str(error), so_far)
    except _ABOUT_THE_IMAGE as error:
        _fail(item, image, sentence(error), so_far)
    except _MAY_PASS as error:
        _fail_or_try_again(item, image, sentence(error), so_far)
    except EngineError:
        raise
    except OSError as error:
        reason = _("文件无法读写：%(detail)s。") % {"detail": error.strerror or error}
        _fail_or_try_again(item, image, reason, so_far)
    except Exception as error:
        # Whatever it is, the other images must not wait for it.
        log.exception("drafting image %s failed", image.pk)
        reason = _("处理时出现意外错误：%(detail)s。") % {"detail": f"{type(error).__name__} {error}"}
        _fail_or_try_again(item, image, reason, so_far)


def _draft(item: BatchItem, image: Image, describer: Describer, so_far: Progress) -> None:
    """Ask about one image and write what was said, unless nothing needs a draft any more."""
    replace = item.batch.selection == Selection.ALL
    if fields_to_draft(image=image, fields=item.batch.prompt_version.fields, replace=replace):
        _write(item, image, _ask(item, image, describer), so_far, replace=replace)
    else:
        _settle(item, ItemState.SKIPPED, so_far)


def _ask(item: BatchItem, image: Image, describer: Describer) -> _Heard:
    """Ask the model, a second time where its first answer cannot be read.

    Raises:
        EngineError: the model does not answer.
        FileRejected: there is no picture to show it.
    """
    version = item.batch.prompt_version
    runs: list[Run] = []
    for again in (False, True):
        asked = question(version, image, again=again)
        # The connection would idle for as long as the model takes, and another process may need it.
        _let_connection_go()
        with leases.heartbeat(item):
            answer = describer.describe(asked.request)
        text = storable(answer.text)
        if answer.finish_reason == "cancelled":
            raise Cancelled
        runs.append(_run(item, image, describer, answer, text, asked.parameters))
        try:
            return _Heard(runs, read_answer(version.form, text))
        except Unparseable:
            continue
    return _Heard(runs, None)


def _write(item: BatchItem, image: Image, heard: _Heard, so_far: Progress, *, replace: bool) -> None:
    """Write what the model said, all of it or nothing, provided the claim still holds."""
    try:
        with transaction.atomic():
            held = leases.locked_claim(item)
            for run in heard.runs:
                run.save()
            if heard.reading is None:
                leases.settle(held, ItemState.FAILED, error=str(Unparseable()))
            else:
                write_drafts(
                    image=image,
                    values=heard.reading.values,
                    flags=heard.flags,
                    run=heard.runs[-1],
                    replace=replace,
                )
                leases.settle(held, ItemState.DONE)
    except ClaimLost:
        # Whoever has the image now writes its drafts; ours would be second ones.
        return
    if heard.reading is None:
        _count_failure(image, str(Unparseable()), so_far)
    else:
        so_far.done += 1


def _run(
    item: BatchItem, image: Image, describer: Describer, answer: Answer, text: str, parameters: dict[str, Any]
) -> Run:
    """Return the record of an answer, not yet saved."""
    return Run(
        image=image,
        prompt_version=item.batch.prompt_version,
        batch_item=item,
        model_name=describer.model_name,
        model_version=answer.model_version,
        parameters=parameters,
        raw_text=text,
        finish_reason=answer.finish_reason,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        timings={name: round(seconds, 4) for name, seconds in asdict(answer.timings).items()},
    )


def _fail_or_try_again(item: BatchItem, image: Image, reason: str, so_far: Progress) -> None:
    if item.attempts >= MAX_FAILED_ATTEMPTS:
        _fail(item, image, reason, so_far)
    else:
        leases.give_back_failed(item)


def _fail(item: BatchItem, image: Image, reason: str, so_far: Progress) -> None:
    if _settle(item, ItemState.FAILED, so_far, error=storable(reason)):
        _count_failure(image, reason, so_far)


def _settle(item: BatchItem, state: ItemState, so_far: Progress, *, error: str = "") -> bool:
    """Write what became of an item nothing was drafted for; return False where the claim was lost."""
    try:
        with transaction.atomic():
            leases.settle(leases.locked_claim(item), state, error=error)
    except ClaimLost:
        return False
    if state == ItemState.SKIPPED:
        so_far.skipped += 1
    return True


def _count_failure(image: Image, reason: str, so_far: Progress) -> None:
    so_far.failed += 1
    front = image.front
    so_far.failures.append((front.original_name if front else str(image), reason))


def _pause(batch: Batch, reason: str) -> None:
    batches.pause(batch=batch, reason=reason)
    raise DraftingPaused(_("起草已暂停：%(reason)s"), reason=reason)


def _progress(batch: Batch) -> Progress:
    left = Q(state__in=[ItemState.PENDING, ItemState.RUNNING])
    counts = batch.items.aggregate(total=Count("pk"), left=Count("pk", filter=left))
    return Progress(total=counts["total"], before=counts["total"] - counts["left"])


def _let_connection_go() -> None:
    """Close the database connection, unless a transaction around the whole run (a test's) holds it."""
    if not connection.in_atomic_block:
        connection.close()
