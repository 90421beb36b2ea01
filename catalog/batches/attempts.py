"""One claimed image of a batch: whatever is to be done with it, what became of it is one of a few outcomes.

One image's failure is that image's failure; what those who run batches have to know of it, an `Outcome` says. What is
done (drafting, reading) is a `Work`. Several images may be at work at once, each in a thread of its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from catalog import shares
from catalog.batches import leases, representatives
from catalog.exceptions import ClaimLost, FileRejected, ShareAway
from catalog.faults import disk_full, disk_reason, is_disk_full
from catalog.models import BatchItem, Image
from catalog.records.secrecy import skipped_because_held
from catalog.shares import Absence
from catalog.texts import storable
from catalog.vocabulary import ItemState
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
from inference.reader import ReadingFailed

MAX_FAILED_ATTEMPTS = 3
"""How often one image may fail for a reason that may pass before it is given up."""
_ABOUT_THE_IMAGE = (ImageError, PromptTooLong, InvalidRequest, ReadingFailed)
_MAY_PASS = (DeadlineExceeded, OutOfMemory, GenerationFailed)
_THIS_PICTURE_ALONE = (ImageError, PromptTooLong)

writing = threading.Lock()
"""A database that one process may write at a time is not written faster by many threads that wait for each other."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed image.

    Attributes:
        item: the item it was.
        kind: `refused` was answered without a value; `again` was given back and waits for another turn; `gone` was
            given back because the model, or the reader, is not there; `away` was given back because its scans lie on a
            share that is away; `lost` is somebody else's now, or was deleted.
        name: what a person knows the image by, where nothing came of it.
        reason: why nothing came of it, or why nothing can go on, in a sentence.
        cause: names a failure that others may share, whatever their picture; empty where it is this picture's own.
        stop: whether the same would happen to every image, so that the batch has to be paused.
        more: how many images the batch was given instead of this one.
        absence: which share is away.
    """

    item: BatchItem
    kind: Literal["done", "failed", "refused", "skipped", "again", "gone", "away", "lost"]
    name: str = ""
    reason: str = ""
    cause: str = ""
    stop: bool = False
    more: int = 0
    absence: Absence | None = None


class Work(Protocol):
    """What is done with the images of batches."""

    @property
    def most_at_once(self) -> int:
        """How many images it deals with at the same time."""

    def do(self, item: BatchItem, image: Image) -> Outcome:
        """Deal with one image, and write what came of it, provided the claim still holds.

        While it takes time, no transaction is open and no database connection is held.

        Args:
            item: the item, claimed by this process.
            image: its image, the files prefetched.

        Raises:
            EngineError: it cannot be done, now or at all.
            FileRejected: there is no picture.
        """


def attempt(item: BatchItem, work: Work, *, alone: bool = True, sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """Deal with one claimed image; give it back where the model is busy or gone, or the process is to end.

    Args:
        item: the item, claimed by this process.
        work: what is to be done with it.
        alone: whether no other image is at work beside it.
        sleep: waits some seconds, when the model is busy.

    Returns:
        What became of it.

    Raises:
        DatabaseError: nothing can be written down now, not even that.
    """
    try:
        return _work_on(item, work)
    except Busy as error:
        leases.release(item)
        sleep(max(1.0, error.retry_after_s))
        return Outcome(item, "again")
    except ShareAway as away:
        leases.release(item)
        return Outcome(item, "away", reason=str(away), absence=away.absence)
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
    except BaseException:  # whatever ends this, somebody else may take the image at once
        leases.release(item)
        raise


def _work_on(item: BatchItem, work: Work) -> Outcome:
    """Deal with one claimed image.

    Raises:
        EngineError: the model cannot answer now, whatever the image.
        ShareAway: the image's scans cannot be got at now, whatever the image.
    """
    image = Image.objects.with_files().select_related("collection").filter(pk=item.image_id).first()
    if image is None:
        # Deleted while it waited, and its item with it.
        return Outcome(item, "lost")
    try:
        return _do_with_files(item, image, work)
    except ShareAway:
        raise
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


def _do_with_files(item: BatchItem, image: Image, work: Work) -> Outcome:
    """Deal with one image whose files are there.

    Raises:
        ShareAway: they lie on a share that is away, or that went away meanwhile.
    """
    if image.secrecy_hold:
        return settle_without_result(item, image, ItemState.SKIPPED, error=skipped_because_held())
    places = [place for scan in image.scans if (place := scan.place_outside) is not None]
    shares.require(places)
    try:
        return work.do(item, image)
    except (FileRejected, *_ABOUT_THE_IMAGE, OSError):
        # One file that is gone or damaged looks no different.
        shares.require(places, fresh=True)
        raise


def _meet_unforeseen(item: BatchItem, image: Image, error: Exception) -> Outcome:
    if isinstance(error, OSError):
        reason = _("文件无法读写：%(detail)s。") % {"detail": disk_reason(error)}
        return _fail_or_try_again(item, image, reason, cause=f"os_error_{error.errno}")
    log.error("work on image %s failed", image.pk, exc_info=error)
    reason = _("处理时出现意外错误：%(detail)s。") % {"detail": f"{type(error).__name__} {error}"}
    return _fail_or_try_again(item, image, reason, cause=type(error).__name__)


def _fail_or_try_again(item: BatchItem, image: Image, reason: str, *, cause: str) -> Outcome:
    if item.attempts >= MAX_FAILED_ATTEMPTS:
        return _fail(item, image, reason, cause=cause)
    leases.give_back_failed(item)
    return Outcome(item, "again")


def _fail(item: BatchItem, image: Image, reason: str, *, cause: str) -> Outcome:
    outcome = settle_without_result(item, image, ItemState.FAILED, error=storable(reason))
    if outcome.kind == "lost":
        return outcome
    return Outcome(item, "failed", image.file_name, reason, cause, more=outcome.more)


def settle_without_result(
    item: BatchItem, image: Image, state: Literal[ItemState.FAILED, ItemState.SKIPPED], *, error: str = ""
) -> Outcome:
    """Write what became of an item that came to nothing; where it represented others, one of them takes its turn."""
    try:
        with writing, transaction.atomic():
            leases.settle(leases.locked_claim(item), state, error=error)
            more = representatives.take_the_next(item, image)
    except ClaimLost:
        return Outcome(item, "lost")
    return Outcome(item, "skipped" if state == ItemState.SKIPPED else "failed", more=more)
