"""Imports of tables from their upload to their end: begun by people, carried on under a lease by whoever works.

An import is checked, then waits for a person; applied, and undone where a person wants that. Each of these is carried
on by one process, chunk by chunk; each chunk is one transaction that checks that the import is still this process's.
Killed at any moment, a process leaves whole chunks behind, and none is done twice. A check writes nothing but its own
lists: broken off, it begins anew.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead
from catalog.exceptions import TableRefused
from catalog.exchange.imports import files
from catalog.exchange.imports.applying import apply_chunk
from catalog.exchange.imports.checking import Check
from catalog.exchange.imports.planning import Planned
from catalog.exchange.imports.undoing import undo_chunk
from catalog.models import Collection, TableImport, TableImportChunk
from catalog.records import outbox
from catalog.records.action_log import record
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = timedelta(seconds=120)
"""Renewed with each chunk, which takes a second or so."""
MOST_ATTEMPTS = 5
"""How often in a row an import may take its process down before any chunk is done."""
_State = TableImport.State
_AT_WORK = {_State.WAITING: _State.CHECKING, _State.PENDING: _State.RUNNING, _State.UNDO_PENDING: _State.UNDOING}
_BACK = {at_work: waiting for waiting, at_work in _AT_WORK.items()}
_UNCLAIMED: dict[str, Any] = {"claim": None, "owner": "", "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """An import that a process works on.

    Attributes:
        table: its key.
        token: known to its owner alone.
        resumes: whether whoever takes it next goes on where this one stops; a check begins anew.
    """

    table: int
    token: uuid.UUID
    resumes: bool = True


def take_in(*, user: "User", collection: Collection | None, name: str, pieces: Iterable[bytes]) -> TableImport:
    """Take a table in; it is checked by the worker, or by `check_now`.

    Args:
        user: whose it is; they may change records by it.
        collection: which one it is for; None where the table says it of each row.
        name: of the file.
        pieces: its bytes.

    Returns:
        The import.

    Raises:
        TableRefused: it is too large; nothing was kept.
        OSError: the disk says no.
    """
    table = TableImport(user=user, collection=collection, file_name=name[:300])
    table.sha256 = files.keep(table, pieces)
    try:
        table.save()
    except BaseException:
        files.remove(table)
        raise
    return table


def start(*, table: TableImport, user: "User") -> TableImport:
    """Leave a table that was checked to whoever applies it.

    Args:
        table: the import.
        user: who begins it.

    Returns:
        The import as it is now.

    Raises:
        TableRefused: it has begun already, or would change nothing.
    """
    with transaction.atomic():
        row = TableImport.objects.select_for_update().get(pk=table.pk)
        if row.state != _State.CHECKED:
            raise TableRefused(
                _("%(table)s 现在是“%(state)s”，不能开始导入。"), table=row, state=row.get_state_display()
            )
        if not row.cells and not row.conflicts:
            raise TableRefused(_("表格里没有可以导入的改动。"))
        _enter(row, _State.PENDING)
        _log(row, Verb.TABLE_STARTED, user, records=row.records, cells=row.cells, conflicts=row.conflicts)
    return row


def undo(*, table: TableImport, user: "User") -> TableImport:
    """Have a table taken back as a whole.

    Args:
        table: the import.
        user: who undoes it.

    Returns:
        The import as it is now.

    Raises:
        TableRefused: it has changed nothing, is under way, or was undone.
    """
    with transaction.atomic():
        row = TableImport.objects.select_for_update().get(pk=table.pk)
        if not can_be_undone(row):
            raise TableRefused(
                _("%(table)s 现在是“%(state)s”，没有可以撤销的。"), table=row, state=row.get_state_display()
            )
        row.undoer, row.kept, row.finished_at = user, {}, None
        _enter(row, _State.UNDO_PENDING, "undoer", "kept", "finished_at")
        _log(row, Verb.TABLE_STARTED, user, undo=True)
    return row


def can_be_undone(table: TableImport) -> bool:
    """Tell whether an import has ended and something of it is there to be taken back."""
    ended = table.state in (_State.DONE, _State.CANCELLED, _State.FAILED)
    return ended and (table.done_cells > 0 or table.done_conflicts > 0)


def cancel(*, table: TableImport, user: "User") -> TableImport:
    """Stop an import; what is done stays done, and can be undone.

    Args:
        table: the import.
        user: who stops it.

    Returns:
        The import as it is now.

    Raises:
        TableRefused: it is not under way, or is being undone.
    """
    with transaction.atomic():
        # Waits for the chunk that is being applied.
        row = TableImport.objects.select_for_update().get(pk=table.pk)
        if not row.is_under_way or row.state in (_State.UNDO_PENDING, _State.UNDOING):
            raise _refused(row, _("%(table)s 现在是“%(state)s”，无须取消。"))
        _end(row, _State.CANCELLED, user=user)
        if row.started_at is None:
            transaction.on_commit(lambda: files.remove_upload(row))
    return row


def discard(*, table: TableImport) -> None:
    """Throw an import away that has changed nothing; what has begun stays."""
    with transaction.atomic():
        row = TableImport.objects.select_for_update().filter(pk=table.pk).first()
        if row is None or row.started_at is not None or row.is_under_way:
            return
        row.delete()
    files.remove(table)


def claim_next(*, owner: str, after: int = 0) -> Claim | None:
    """Take an import that waits, or that a process that is gone has left.

    Args:
        owner: the process that takes it, as named by `batches.owners.this_process`.
        after: key of the import that was worked on last: others have their turn first.

    Returns:
        The claim; None where nothing is left to take.
    """
    # Asked every other second: where nothing waits, no lock is taken.
    if not _takeable(owner):
        return None
    _give_up_the_hopeless(owner)
    with transaction.atomic():
        free = TableImport.objects.filter(pk__in=_takeable(owner)).select_for_update(skip_locked=True)
        later, earlier = free.filter(pk__gt=after).order_by("pk"), free.filter(pk__lte=after).order_by("pk")
        row = later.first() or earlier.first()
        return None if row is None else _claim(row, owner)


def claim_this(table: TableImport, *, owner: str) -> Claim:
    """Take an import for the process that asked for it: a command.

    Raises:
        TableRefused: another process has it.
    """
    with transaction.atomic():
        row = TableImport.objects.select_for_update().get(pk=table.pk)
        if row.state not in _State.waiting():
            raise TableRefused(_("%(table)s 正由另一个进程处理。"), table=row)
        return _claim(row, owner)


def others_wait(claim: Claim) -> bool:
    """Tell whether another import waits for its turn."""
    return TableImport.objects.filter(state__in=_State.waiting()).exclude(pk=claim.table).exists()


def release(claim: Claim) -> None:
    """Give an import back; whoever works next goes on with it. Does nothing where the claim is lost."""
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is not None:
            row.attempts = 0
            _enter(row, _BACK[_State(row.state)], "attempts")


def fail(claim: Claim, reason: str) -> None:
    """Stop an import that cannot go on; what is done stays done.

    Args:
        claim: the claim.
        reason: why, in a sentence.
    """
    with transaction.atomic():
        row = _held(claim).select_for_update(of=("self",)).select_related("user", "undoer").first()
        if row is not None:
            _end(row, _failed(row), user=row.undoer or row.user, reason=reason)


def work(claim: Claim) -> Iterator[None]:
    """Carry an import on, and yield after each chunk; it is over, or another process's, when this ends.

    Args:
        claim: the claim.
    """
    row = _held(claim).select_related("user", "collection").first()
    if row is None:
        return
    if row.state == _State.CHECKING:
        yield from _check(claim, row)
        return
    while _work_on(claim):
        yield


def _check(claim: Claim, table: TableImport) -> Iterator[None]:
    """Check a table from its beginning."""
    table.chunks.all().delete()
    check, position = Check(table), 0
    try:
        for planned in check.run():
            if not _keep(claim, check, planned, position):
                return
            position += bool(planned)
            yield
    except TableRefused as error:
        fail(claim, str(error))
    except OSError:
        fail(claim, _("上传的表格读不到了。请重新上传。"))
    else:
        _checked(claim, check)
    files.remove_upload(table)


def _keep(claim: Claim, check: Check, planned: list[Planned], position: int) -> bool:
    """Freeze what a check has found; tell whether the import is still this process's."""
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is None:
            return False
        if planned:
            records = [item.as_json() for item in planned]
            TableImportChunk.objects.create(table=row, position=position, records=records)
        row.rows, row.checked_rows = check.found.total, check.found.rows
        row.lease_until, row.attempts = timezone.now() + LEASE, 0
        row.save(update_fields=["rows", "checked_rows", "lease_until", "attempts"])
    return True


def _checked(claim: Claim, check: Check) -> None:
    found = check.found
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is None:
            return
        row.rows = row.checked_rows = found.rows
        row.records, row.cells, row.conflicts = found.records, found.cells, found.conflicts
        tallies = {"refused": found.refused.as_json(), "ignored": found.ignored.as_json()}
        row.findings = {**check.findings, **tallies}
        row.collections.set(found.collections)
        _enter(row, _State.CHECKED, "rows", "checked_rows", "records", "cells", "conflicts", "findings")


def _work_on(claim: Claim) -> bool:
    """Apply the next chunk, or undo the last; tell whether there may be more to do."""
    with transaction.atomic():
        found = _held(claim).select_for_update(of=("self",)).select_related("user", "undoer")
        row = found.first()
        if row is None:
            return False
        undoes = row.state == _State.UNDOING
        if undoes:
            chunk = row.chunks.filter(finished_at__isnull=False, undone_at__isnull=True).order_by("-position").first()
        else:
            chunk = row.chunks.filter(finished_at__isnull=True).order_by("position").first()
        if chunk is None:
            _end(row, _State.UNDONE if undoes else _State.DONE, user=(row.undoer if undoes else None) or row.user)
            return False
        (undo_chunk if undoes else apply_chunk)(row, chunk)
        row.lease_until, row.attempts = timezone.now() + LEASE, 0
        counted = ["done_records", "done_cells", "done_conflicts", "undone_cells", "skipped", "kept"]
        row.save(update_fields=[*counted, "lease_until", "attempts"])
    return True


def _claim(row: TableImport, owner: str) -> Claim:
    row.state = _AT_WORK.get(_State(row.state), _State(row.state))
    row.claim, row.owner, row.lease_until = uuid.uuid4(), owner, timezone.now() + LEASE
    row.attempts += 1
    changed = ["state", "claim", "owner", "lease_until", "attempts"]
    if row.state == _State.RUNNING and row.started_at is None:
        row.started_at = timezone.now()
        changed.append("started_at")
    row.save(update_fields=changed)
    return Claim(row.pk, row.claim, resumes=row.state != _State.CHECKING)


def _takeable(owner: str) -> list[int]:
    """Return the keys of imports that wait, or whose process is gone; this one's own it has lost hold of."""
    under_way = TableImport.objects.filter(state__in=[*_State.waiting(), *_State.at_work()])
    now = timezone.now()
    return [
        key
        for key, state, holder, lease in under_way.values_list("pk", "state", "owner", "lease_until")
        if state in _State.waiting() or lease is None or lease < now or holder == owner or is_dead(holder)
    ]


def _give_up_the_hopeless(owner: str) -> None:
    with transaction.atomic():
        worn_out = TableImport.objects.filter(pk__in=_takeable(owner), attempts__gte=MOST_ATTEMPTS)
        for row in worn_out.select_for_update(skip_locked=True):
            reason = _("后台进程在同一处中断了 %(number)d 次，已停下；已改的都保留，可以撤销。请让管理员查看日志。")
            _end(row, _failed(row), user=row.undoer or row.user, reason=reason % {"number": row.attempts})


def _refused(row: TableImport, words: str) -> TableRefused:
    return TableRefused(words, table=row, state=row.get_state_display())


def _failed(row: TableImport) -> TableImport.State:
    return _State.UNREADABLE if row.state in (_State.WAITING, _State.CHECKING) else _State.FAILED


def _held(claim: Claim) -> "QuerySet[TableImport]":
    return TableImport.objects.filter(pk=claim.table, claim=claim.token, state__in=_State.at_work())


def _enter(row: TableImport, state: TableImport.State, *changed: str) -> None:
    row.state = state
    for column, value in _UNCLAIMED.items():
        setattr(row, column, value)
    row.save(update_fields=["state", *changed, *_UNCLAIMED])


def _end(row: TableImport, state: TableImport.State, *, user: "User", reason: str = "") -> None:
    undoes = row.state in (_State.UNDO_PENDING, _State.UNDOING)
    begun = row.started_at is not None
    row.reason, row.finished_at = reason, timezone.now()
    _enter(row, state, "reason", "finished_at")
    if begun:
        cells = row.undone_cells if undoes else row.done_cells
        _log(row, Verb.TABLE_ENDED, user, state=state.value, cells=cells, **({"undo": True} if undoes else {}))
    if state == _State.DONE:
        told = {"records": row.done_records, "fields": row.done_cells, "conflicts": row.done_conflicts}
        for collection in row.collections.all():
            outbox.import_applied(collection=collection, key=row.key, data=told)


def _log(row: TableImport, verb: Verb, user: "User", **details: Any) -> None:
    """Write an entry about an import for each collection, whose members read its log."""
    for collection in row.collections.all():
        record(verb=verb, user=user, collection=collection, table=row.pk, file=row.file_name, **details)
