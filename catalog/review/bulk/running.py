"""Carrying bulk changes out: begun and cancelled by people, done chunk by chunk under a lease by whoever works.

A chunk is one transaction: it checks that the change is still this process's, locks the records, plans them again from
what the preview froze, changes them, and marks itself done. Killed at any moment, a process leaves whole chunks behind,
and none is done twice.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead
from catalog.exceptions import BulkRefused, CatalogError
from catalog.models import Action, BulkChange, BulkChunk, Image
from catalog.records.action_log import record
from catalog.review import holds
from catalog.review.bulk.planning import Planner
from catalog.review.bulk.policies import changeable_images
from catalog.review.bulk.rows import LeftOut, Plan, Reason, Seen, Tally
from catalog.review.bulk.undoing import carry_out_undo
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = timedelta(seconds=120)
"""Renewed with each chunk, which takes a second or so."""
MOST_ATTEMPTS = 5
"""How often in a row a change may take its process down before any chunk is done."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that a process works on.

    Attributes:
        change: its key.
        token: known to its owner alone.
    """

    change: int
    token: uuid.UUID


def start(*, change: BulkChange, user: "User") -> BulkChange:
    """Leave a change that was looked at to the worker.

    Args:
        change: the change.
        user: who begins it.

    Returns:
        The change as it is now.

    Raises:
        BulkRefused: it has begun already, or would change nothing.
    """
    with transaction.atomic():
        row = BulkChange.objects.select_for_update().get(pk=change.pk)
        if row.state != BulkChange.State.PREVIEW:
            raise BulkRefused(_("%(change)s 已经开始过，不会重复执行。"), change=row)
        if not row.records:
            raise BulkRefused(_("没有可以改动的内容。请换一个范围或参数，再预览一次。"))
        row.state = BulkChange.State.PENDING
        row.save(update_fields=["state"])
        _log(row, Verb.BULK_STARTED, user, records=row.records, fields=row.fields, **_asked(row))
    return row


def cancel(*, change: BulkChange, user: "User") -> BulkChange:
    """Stop a change; what is done stays done, and can be undone.

    Args:
        change: the change.
        user: who stops it.

    Returns:
        The change as it is now.

    Raises:
        BulkRefused: it is over, or has not begun.
    """
    with transaction.atomic():
        # Waits for the chunk that is being carried out.
        row = BulkChange.objects.select_for_update().get(pk=change.pk)
        if not row.is_under_way:
            raise BulkRefused(
                _("%(change)s 不在进行（%(state)s），无须取消。"), change=row, state=row.get_state_display()
            )
        _end(row, BulkChange.State.CANCELLED, user=user)
    return row


def discard(*, change: BulkChange) -> None:
    """Throw a preview away that nobody goes on with; what has begun stays."""
    BulkChange.objects.filter(pk=change.pk, state=BulkChange.State.PREVIEW).delete()


def claim_next(*, owner: str, after: int = 0) -> Claim | None:
    """Take a change that waits, or that a process that is gone has left.

    Args:
        owner: the process that takes it, as named by `batches.owners.this_process`.
        after: key of the change that was worked on last: others have their turn first.

    Returns:
        The claim; None where nothing is left to take.
    """
    # Asked every other second: where nothing waits, no lock is taken.
    if not _takeable(owner):
        return None
    _give_up_the_hopeless(owner)
    with transaction.atomic():
        free = BulkChange.objects.filter(pk__in=_takeable(owner)).select_for_update(skip_locked=True)
        later, earlier = free.filter(pk__gt=after).order_by("pk"), free.filter(pk__lte=after).order_by("pk")
        row = later.first() or earlier.first()
        if row is None:
            return None
        row.state, row.claim, row.owner = BulkChange.State.RUNNING, uuid.uuid4(), owner
        row.lease_until = timezone.now() + LEASE
        row.attempts += 1
        row.started_at = row.started_at or timezone.now()
        row.save(update_fields=["state", "claim", "owner", "lease_until", "attempts", "started_at"])
        return Claim(row.pk, row.claim)


def others_wait(claim: Claim) -> bool:
    """Tell whether another change waits for its turn."""
    return BulkChange.objects.filter(state=BulkChange.State.PENDING).exclude(pk=claim.change).exists()


def release(claim: Claim) -> None:
    """Give a change back; whoever works next goes on with it. Does nothing where the claim is lost."""
    _held(claim).update(state=BulkChange.State.PENDING, attempts=0, **_UNCLAIMED)


def fail(claim: Claim, reason: str) -> None:
    """Stop a change that cannot go on; what is done stays done.

    Args:
        claim: the claim.
        reason: why, in a sentence.
    """
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is not None:
            _end(row, BulkChange.State.FAILED, user=row.user, reason=reason)


def work_on(claim: Claim) -> bool:
    """Carry the next chunk out.

    Args:
        claim: the claim.

    Returns:
        Whether there may be more to do; False where the change is over, or another process has it.
    """
    with transaction.atomic():
        row = _held(claim).select_for_update(of=("self",)).select_related("user").first()
        if row is None:
            return False
        chunk = row.chunks.filter(finished_at__isnull=True).order_by("position").first()
        if chunk is None:
            _end(row, BulkChange.State.DONE, user=row.user)
            return False
        _carry_out(row, chunk)
        row.lease_until, row.attempts = timezone.now() + LEASE, 0
        row.save(update_fields=["done_records", "done_fields", "skipped", "lease_until", "attempts"])
    return True


def _carry_out(row: BulkChange, chunk: BulkChunk) -> None:
    wanted = [Seen.read(kept) for kept in chunk.records]
    keys = [seen.image for seen in wanted]
    allowed = changeable_images(row.user).filter(pk__in=keys)
    # In one order, so that two changes that meet wait for each other and do not block each other.
    images = {image.pk: image for image in allowed.select_for_update(of=("self",)).order_by("pk")}
    held: set[int] = set()
    if row.kind != BulkChange.Kind.UNDO:
        held = set(holds.of_others(row.user).filter(image__in=keys).values_list("image", flat=True))
    tally, planner = Tally.read(row.skipped), Planner(row, list(images))
    for seen in wanted:
        reason = _why_not(row, seen.image, images, held)
        if reason is not None:
            tally.add(seen.image, reason, len(seen.drafts) + len(seen.values) + len(seen.actions))
            continue
        plan = planner.plan(seen)
        done = _change(row, planner, images[seen.image], plan)
        tally.add_all(seen.image, plan.left_out)
        row.done_fields += done
        row.done_records += bool(done)
    row.skipped = tally.as_json()
    chunk.entries, chunk.finished_at = _entries(row, keys), timezone.now()
    chunk.save(update_fields=["entries", "finished_at"])


def _why_not(row: BulkChange, image: int, images: dict[int, Image], held: set[int]) -> Reason | None:
    """Return why a record is left as it is; None where it may be changed."""
    if image not in images:
        return Reason.NOT_ALLOWED if Image.objects.filter(pk=image).exists() else Reason.MEANWHILE
    if image in held:
        return Reason.HELD
    return Reason.SECRECY if row.kind != BulkChange.Kind.UNDO and images[image].secrecy_hold else None


def _change(row: BulkChange, planner: Planner, image: Image, plan: Plan) -> int:
    """Change a record, all of what is planned or nothing; return how many of its fields were changed."""
    if not plan.planned:
        return 0
    try:
        with transaction.atomic():
            if planner.change is None:
                carry_out_undo(image, plan, planner.histories[image.pk], row.user, row.pk)
            else:
                planner.change.carry_out(image, plan.planned, row.user, row.pk)
    except CatalogError:
        plan.left_out += [LeftOut(planned.field, Reason.MEANWHILE) for planned in plan.planned]
        return 0
    return len(plan.planned)


def _entries(row: BulkChange, images: list[int]) -> list[list[Any]]:
    """Return the entries of the log that a chunk has written, record by record."""
    entries: dict[int, list[int]] = {}
    found = Action.objects.filter(image__in=images, user=row.user, details__bulk=row.pk).order_by("pk")
    for key, image in found.values_list("pk", "image"):
        entries.setdefault(image, []).append(key)
    return [[image, keys] for image, keys in entries.items()]


def _takeable(owner: str) -> list[int]:
    """Return the keys of changes that wait, or whose process is gone; this one's own it has lost hold of."""
    under_way = BulkChange.objects.filter(state__in=[BulkChange.State.PENDING, BulkChange.State.RUNNING])
    now = timezone.now()
    return [
        key
        for key, state, holder, lease in under_way.values_list("pk", "state", "owner", "lease_until")
        if state == BulkChange.State.PENDING or lease is None or lease < now or holder == owner or is_dead(holder)
    ]


def _give_up_the_hopeless(owner: str) -> None:
    with transaction.atomic():
        worn_out = BulkChange.objects.filter(pk__in=_takeable(owner), attempts__gte=MOST_ATTEMPTS)
        for row in worn_out.select_for_update(skip_locked=True):
            reason = _("后台进程在同一处中断了 %(number)d 次，已停下；已改的都保留，可以撤销。请让管理员查看日志。")
            _end(row, BulkChange.State.FAILED, user=row.user, reason=reason % {"number": row.attempts})


_UNCLAIMED: dict[str, Any] = {"claim": None, "owner": "", "lease_until": None}


def _held(claim: Claim) -> Any:
    return BulkChange.objects.filter(pk=claim.change, claim=claim.token, state=BulkChange.State.RUNNING)


def _end(row: BulkChange, state: BulkChange.State, *, user: "User", reason: str = "") -> None:
    row.state, row.reason, row.finished_at = state, reason, timezone.now()
    for column, value in _UNCLAIMED.items():
        setattr(row, column, value)
    row.save(update_fields=["state", "reason", "finished_at", *_UNCLAIMED])
    _log(row, Verb.BULK_ENDED, user, state=state.value, records=row.done_records, fields=row.done_fields)


def _asked(row: BulkChange) -> dict[str, Any]:
    return {"kind": row.kind, "parameters": row.parameters, "selection": row.selection}


def _log(row: BulkChange, verb: Verb, user: "User", **details: Any) -> None:
    """Write an entry about a change for each collection, whose members read its log."""
    for collection in row.collections.all():
        record(verb=verb, user=user, collection=collection, bulk=row.pk, **details)
