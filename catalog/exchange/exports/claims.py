"""Who makes an export: claims, their leases, and what becomes of one whose maker is gone.

An export is made as a whole: killed at any moment, a process leaves none of it behind that anybody could fetch, and
whoever makes it next begins at its first record.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead, is_here
from catalog.exceptions import ClaimLost, ExportRefused
from catalog.models import Export, ExportPart

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

LEASE = timedelta(minutes=10)
"""Renewed with each part, which takes a second or so; putting a large workbook together takes minutes."""
MOST_ATTEMPTS = 5
"""How often in a row an export may take its process down."""
_UNCLAIMED: dict[str, Any] = {"claim": None, "owner": "", "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """An export that a process makes.

    Attributes:
        export: its key.
        token: known to its owner alone.
    """

    export: uuid.UUID
    token: uuid.UUID


def claim_next(*, owner: str) -> Claim | None:
    """Take an export that waits for the worker, or that a worker that is gone has left.

    Args:
        owner: the process that takes it, as named by `batches.owners.this_process`.

    Returns:
        The claim; None where nothing is left to take.
    """
    # Asked every other second: where nothing waits, no lock is taken.
    if not (free := _takeable(owner)):
        return None
    with transaction.atomic():
        rows = Export.objects.filter(pk__in=free).select_for_update(skip_locked=True)
        row = rows.order_by("created_at", "pk").first()
        if row is None or not _is_takeable(row, owner):
            return None
        if row.attempts >= MOST_ATTEMPTS:
            _end(row, Export.State.FAILED, _("多次中断，没有完成。请让管理员查看日志，再重新导出。"))
            return None
        return _claim(row, owner)


def claim_this(export: Export, *, owner: str) -> Claim:
    """Take an export that is made where it was asked for.

    Args:
        export: just prepared.
        owner: the process that takes it.

    Returns:
        The claim.

    Raises:
        ExportRefused: it has been made, or is being made.
    """
    with transaction.atomic():
        row = Export.objects.select_for_update().get(pk=export.pk)
        if row.state != Export.State.PENDING:
            raise ExportRefused(_("%(export)s 已经开始过，不会重复执行。"), export=row)
        return _claim(row, owner)


def keep_part(claim: Claim, *, position: int, kept: bytes, written: int, left_out: int) -> None:
    """Keep what a part's rows said, and renew the lease.

    Args:
        claim: the claim.
        position: of the part.
        kept: what its rows said, packed.
        written: how many rows it has.
        left_out: how many of its records are gone, or are not the user's to see any more.

    Raises:
        ClaimLost: somebody stopped the export, or another process makes it.
    """
    with transaction.atomic():
        row = _locked(claim)
        ExportPart.objects.filter(export=row, position=position).update(kept=kept)
        row.done_records, row.left_out = row.done_records + written, row.left_out + left_out
        row.lease_until = timezone.now() + LEASE
        row.save(update_fields=["done_records", "left_out", "lease_until"])


def finish(claim: Claim, *, size: int, sha256: str, lasts: timedelta | None, restricted: Iterable[int] = ()) -> Export:
    """Say that an export's file is there, complete; in the caller's transaction.

    Args:
        claim: the claim.
        size: of the file, in bytes.
        sha256: of the file.
        lasts: for how long it can be fetched; None where it lies elsewhere.
        restricted: keys of the collections of which it has records that reviewers alone see.

    Returns:
        The export.

    Raises:
        ClaimLost: somebody stopped the export, or another process makes it.
    """
    row = _locked(claim)
    row.size, row.sha256, row.restricted = size, sha256, sorted(restricted)
    row.expires_at = None if lasts is None else timezone.now() + lasts
    _end(row, Export.State.DONE, "")
    return row


def fail(claim: Claim, reason: str) -> None:
    """Say that an export cannot be made.

    Args:
        claim: the claim; where it is lost nothing is done.
        reason: why, in a sentence.
    """
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is not None:
            _end(row, Export.State.FAILED, reason)


def release(claim: Claim) -> None:
    """Give an export back; whoever makes it next begins anew. Does nothing where the claim is lost."""
    _held(claim).update(state=Export.State.PENDING, attempts=0, **_UNCLAIMED)


def cancel(*, export: Export, user: "User") -> Export:
    """Stop an export; what is written of it is thrown away.

    Args:
        export: the export.
        user: who stops it.

    Returns:
        The export as it is now.

    Raises:
        ExportRefused: it is over.
    """
    with transaction.atomic():
        row = Export.objects.select_for_update().get(pk=export.pk)
        if not row.is_under_way:
            raise ExportRefused(
                _("%(export)s 不在进行（%(state)s），无须取消。"), export=row, state=row.get_state_display()
            )
        _end(row, Export.State.CANCELLED, _("由 %(who)s 取消。") % {"who": user.get_username()})
    return row


def fail_abandoned() -> None:
    """Say of exports that nobody waits for any more, because whoever made them is gone, that they failed."""
    waiting = Export.objects.filter(state=Export.State.RUNNING, background=False)
    for row in waiting:
        if _is_left(row):
            fail(Claim(row.pk, row.claim or uuid.UUID(int=0)), _("导出的进程中断了，没有留下文件。请重新导出。"))
    never_begun = Export.objects.filter(state=Export.State.PENDING, background=False)
    never_begun.filter(created_at__lt=timezone.now() - LEASE).update(
        state=Export.State.FAILED, reason=_("没有开始。请重新导出。"), finished_at=timezone.now()
    )


def _claim(row: Export, owner: str) -> Claim:
    row.state, row.claim, row.owner = Export.State.RUNNING, uuid.uuid4(), owner
    row.lease_until = timezone.now() + LEASE
    row.attempts += 1
    row.started_at = row.started_at or timezone.now()
    # It is made from its first record on, whatever somebody else had written of it.
    row.done_records = row.left_out = 0
    row.save()
    return Claim(row.pk, row.claim)


def _takeable(owner: str) -> list[uuid.UUID]:
    rows = Export.objects.filter(background=True, state__in=[Export.State.PENDING, Export.State.RUNNING])
    return [row.pk for row in rows if _is_takeable(row, owner)]


def _is_takeable(row: Export, owner: str) -> bool:
    """Tell whether nobody makes it; a process that asks for one has none in hand, so that its own are left over."""
    if row.state == Export.State.PENDING:
        return True
    return row.state == Export.State.RUNNING and (row.owner == owner or _is_left(row))


def _is_left(row: Export) -> bool:
    """Tell whether whoever made it is gone; one that lives on this machine may be putting a large workbook together."""
    over = row.lease_until is None or row.lease_until < timezone.now()
    return is_dead(row.owner) or (over and not is_here(row.owner))


def _held(claim: Claim) -> "QuerySet[Export]":
    return Export.objects.filter(Q(pk=claim.export), state=Export.State.RUNNING, claim=claim.token)


def _locked(claim: Claim) -> Export:
    row = _held(claim).select_for_update(of=("self",)).first()
    if row is None:
        raise ClaimLost
    return row


def _end(row: Export, state: Export.State, reason: str) -> None:
    row.state, row.reason, row.finished_at = state, reason, timezone.now()
    row.claim, row.owner, row.lease_until = None, "", None
    row.save()
