"""Drafting one image: the model is asked, what it says is read, and the drafts are written, all or nothing.

While the model answers, no transaction is open and no database connection is held. One image's failure is that
image's failure; what `catalog.services.running` has to know of it, an `Outcome` says. Several images may be at work at
once, each in a thread of its own.
"""

import errno
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from catalog.drafting.asking import Question, question, shorter
from catalog.drafting.describer import Describer
from catalog.drafting.evidence import with_evidence
from catalog.drafting.facts import facts_about
from catalog.drafting.reading import Reading, read_answer
from catalog.exceptions import ClaimLost, FileRejected, Unparseable
from catalog.models import BatchItem, Image, PromptVersion, Run
from catalog.services import leases, standing_in
from catalog.services.annotations import fields_to_draft, write_drafts
from catalog.texts import storable
from catalog.vocabulary import Flag, ItemState, Selection
from inference.engine.errors import (
    Busy,
    Cancelled,
    ConnectionCut,
    DeadlineExceeded,
    EngineError,
    GenerationFailed,
    ImageError,
    ImageUnreadable,
    InvalidRequest,
    NotReady,
    OutOfMemory,
    PromptTooLong,
)
from inference.errors import sentence
from inference.types import Answer

MAX_FAILED_ATTEMPTS = 3
"""How often one image may fail for a reason that may pass before it is given up."""
_ABOUT_THE_IMAGE = (ImageError, PromptTooLong, InvalidRequest)
_MAY_PASS = (DeadlineExceeded, OutOfMemory, GenerationFailed)
_THIS_PICTURE_ALONE = (ImageError, PromptTooLong)
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_DISK_FULL_WORDS = ("disk is full", "no space left", "could not extend file", "readonly database")

# A database that one process may write at a time is not written faster by many threads that wait for each other.
_writing = threading.Lock()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed image.

    Attributes:
        item: the item it was.
        kind: `again` was given back and waits for another turn; `gone` was given back because the model is not there;
            `lost` is somebody else's now, or was deleted.
        name: what a person knows the image by, where it failed.
        reason: why it failed, or why nothing can go on, in a sentence.
        cause: names a failure that others may share, whatever their picture; empty where it is this picture's own.
        stop: whether the same would happen to every image, so that the batch has to be paused.
        more: how many images the batch was given instead of this one.
    """

    item: BatchItem
    kind: Literal["done", "failed", "skipped", "again", "gone", "lost"]
    name: str = ""
    reason: str = ""
    cause: str = ""
    stop: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model was asked and said about one image.

    `reading` is None where nothing could be read; else it was read from `run`, one of `runs`.
    """

    runs: list[Run]
    run: Run | None = None
    reading: Reading | None = None

    @property
    def flags(self) -> dict[str, Flag]:
        """Return what a reviewer should know of each field; of an answer cut short, that first of all."""
        if self.reading is None or self.run is None:
            return {}
        if self.run.finish_reason == "length":
            return dict.fromkeys(self.reading.values, Flag.TRUNCATED)
        return self.reading.flags


def attempt(
    item: BatchItem, describer: Describer, *, alone: bool = True, sleep: Callable[[float], None] = time.sleep
) -> Outcome:
    """Deal with one claimed image; give it back where the model is busy or gone, or the process is to end.

    Args:
        item: the item, claimed by this process.
        describer: who answers.
        alone: whether no other image is at work with the same describer.
        sleep: waits some seconds, when the model is busy.

    Returns:
        What became of it.

    Raises:
        DatabaseError: nothing can be written down now, not even that.
    """
    try:
        return _work_on(item, describer)
    except Busy as error:
        leases.release(item)
        sleep(max(1.0, error.retry_after_s))
        return Outcome(item, "again")
    except ConnectionCut as error:
        leases.give_back_broken_off(item, alone=alone)
        return Outcome(item, "gone", reason=sentence(error))
    except EngineError as error:
        leases.release(item)
        # Loading and stopping pass by themselves; a checkpoint or a key that is refused does not.
        return Outcome(item, "gone", reason=sentence(error), stop=not isinstance(error, NotReady | Cancelled))
    except (DatabaseError, OSError) as error:
        if not is_disk_full(error):
            raise
        leases.release(item)
        return Outcome(item, "again", reason=disk_full(), stop=True)
    except BaseException:
        leases.release(item)
        raise


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error means that nothing more can be written, whatever it is.

    Args:
        error: the operating system's or the database's.
    """
    if isinstance(error, OSError):
        return error.errno in _DISK_FULL
    return isinstance(error, DatabaseError) and any(words in str(error).lower() for words in _DISK_FULL_WORDS)


def disk_full() -> str:
    """Return what a person is told about a full disk."""
    return _("磁盘已满或不可写，无法保存起草的结果。请腾出空间后继续这个批次。")


def _work_on(item: BatchItem, describer: Describer) -> Outcome:
    """Deal with one claimed image.

    Raises:
        EngineError: the model cannot answer now, whatever the image.
    """
    image = Image.objects.with_files().select_related("collection").filter(pk=item.image_id).first()
    if image is None:
        # Deleted while it waited, and its item with it.
        return Outcome(item, "lost")
    try:
        return _draft(item, image, describer)
    except FileRejected as error:
        return _fail(item, image, str(error), cause=error.code)
    except _ABOUT_THE_IMAGE as error:
        shared = isinstance(error, ImageUnreadable) or not isinstance(error, _THIS_PICTURE_ALONE)
        return _fail(item, image, sentence(error), cause=error.code if shared else "")
    except ConnectionCut:
        raise
    except _MAY_PASS as error:
        return _fail_or_try_again(item, image, sentence(error), cause=error.code)
    except EngineError:
        raise
    except Exception as error:
        # Whatever it is, the other images must not wait for it.
        if is_disk_full(error):
            raise
        return _meet_unforeseen(item, image, error)


def _meet_unforeseen(item: BatchItem, image: Image, error: Exception) -> Outcome:
    if isinstance(error, OSError):
        reason = _("文件无法读写：%(detail)s。") % {"detail": error.strerror or error}
        return _fail_or_try_again(item, image, reason, cause=f"os_error_{error.errno}")
    log.error("drafting image %s failed", image.pk, exc_info=error)
    reason = _("处理时出现意外错误：%(detail)s。") % {"detail": f"{type(error).__name__} {error}"}
    return _fail_or_try_again(item, image, reason, cause=type(error).__name__)


def _draft(item: BatchItem, image: Image, describer: Describer) -> Outcome:
    """Ask about one image and write what was said, unless nothing needs a draft any more."""
    rules = _rules(item)
    wanted = fields_to_draft(image=image, fields=item.batch.prompt_version.fields, **rules)
    if wanted:
        return _write(item, image, _ask(item, image, describer, wanted), rules)
    return _settle(item, image, ItemState.SKIPPED)


def _ask(item: BatchItem, image: Image, describer: Describer, wanted: set[str]) -> _Heard:
    """Ask the model, a second time where its first answer cannot be read or is too long.

    Raises:
        EngineError: the model does not answer.
        FileRejected: there is no picture to show it.
    """
    version = item.batch.prompt_version
    facts = facts_about(image)
    asked = question(version, image, facts=facts, leave_out=wanted)
    runs = [_answer(item, image, describer, asked)]
    first = _read(version, runs[0])
    if first is not None and not first.is_overlong:
        return _Heard(runs, runs[0], with_evidence(first, facts))
    if first is not None:
        asked = shorter(asked, runs[0].raw_text)
    else:
        asked = question(version, image, facts=facts, leave_out=wanted, again=True)
    runs.append(_answer(item, image, describer, asked))
    second = _read(version, runs[1])
    if second is None or (first is not None and first.length <= second.length):
        # A second answer that is no shorter is no better; one that cannot be read leaves the first, if there is one.
        return _Heard(runs) if first is None else _Heard(runs, runs[0], with_evidence(first, facts))
    return _Heard(runs, runs[1], with_evidence(second, facts))


def _answer(item: BatchItem, image: Image, describer: Describer, asked: Question) -> Run:
    """Return what the model says, not yet saved.

    Raises:
        EngineError: the model does not answer.
    """
    # The connection would idle for as long as the model takes, and another process may need it.
    let_connection_go()
    with leases.heartbeat(item):
        answer = describer.describe(asked.request)
    if answer.finish_reason == "cancelled":
        raise Cancelled
    return _run(item, image, describer, answer, storable(answer.text), asked.parameters)


def _read(version: PromptVersion, run: Run) -> Reading | None:
    try:
        return read_answer(version.form, run.raw_text)
    except Unparseable:
        return None


def _rules(item: BatchItem) -> dict[str, bool]:
    """Return what the item's batch may replace."""
    batch = item.batch
    return {"replace": Selection(batch.selection).replaces_drafts, "replace_accepted": batch.replace_accepted}


def _write(item: BatchItem, image: Image, heard: _Heard, rules: dict[str, bool]) -> Outcome:
    """Write what the model said, all of it or nothing, provided the claim still holds."""
    more = 0
    try:
        with _writing, transaction.atomic():
            held = leases.locked_claim(item)
            for run in heard.runs:
                run.save()
            if heard.reading is None or heard.run is None:
                leases.settle(held, ItemState.FAILED, error=str(Unparseable()))
                more = standing_in.take_the_next(item, image)
            else:
                write_drafts(
                    image=image,
                    values=heard.reading.values,
                    flags=heard.flags,
                    evidence=heard.reading.evidence,
                    run=heard.run,
                    **rules,
                )
                standing_in.offer(item, image)
                leases.settle(held, ItemState.DONE)
    except ClaimLost:
        # Whoever has the image now writes its drafts; ours would be second ones.
        return Outcome(item, "lost")
    if heard.reading is None:
        return Outcome(item, "failed", _name(image), str(Unparseable()), cause=Unparseable.code, more=more)
    return Outcome(item, "done")


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


def _fail_or_try_again(item: BatchItem, image: Image, reason: str, *, cause: str) -> Outcome:
    if item.attempts >= MAX_FAILED_ATTEMPTS:
        return _fail(item, image, reason, cause=cause)
    leases.give_back_failed(item)
    return Outcome(item, "again")


def _fail(item: BatchItem, image: Image, reason: str, *, cause: str) -> Outcome:
    outcome = _settle(item, image, ItemState.FAILED, error=storable(reason))
    if outcome.kind == "lost":
        return outcome
    return Outcome(item, "failed", _name(image), reason, cause, more=outcome.more)


def _settle(
    item: BatchItem, image: Image, state: Literal[ItemState.FAILED, ItemState.SKIPPED], *, error: str = ""
) -> Outcome:
    """Write what became of an item nothing was drafted for."""
    try:
        with _writing, transaction.atomic():
            leases.settle(leases.locked_claim(item), state, error=error)
            more = standing_in.take_the_next(item, image)
    except ClaimLost:
        return Outcome(item, "lost")
    return Outcome(item, "skipped" if state == ItemState.SKIPPED else "failed", more=more)


def _name(image: Image) -> str:
    front = image.front
    return front.original_name if front else str(image)


def let_connection_go() -> None:
    """Close the database connection, unless a transaction around the whole run (a test's) holds it."""
    if not connection.in_atomic_block:
        connection.close()
