"""Packages in the background: claims and their leases, looking over, making, and tidying up.

Killed at any moment, a process leaves a workplace behind from which the next one goes on, and never a package that is
not complete. The lease keeps two workers from doing the same work; that a package is whole does not depend on it.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.owners import is_dead
from catalog.exceptions import ClaimLost, PackageBroken
from catalog.exchange.packages import places
from catalog.exchange.packages.making import Progress, make
from catalog.exchange.packages.orders import keys_of, order_of
from catalog.exchange.packages.planning import Report, lack_of_room, left_out_of, look_over, needed
from catalog.exchange.packages.policies import packed_images
from catalog.exchange.packages.workplace import Workplace
from catalog.models import Package
from catalog.records.action_log import record
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.db.models import QuerySet

State = Package.State
LEASE = timedelta(minutes=10)
"""Renewed with each step, which is over some 64 MB; one large scan on a slow share takes minutes."""
MOST_ATTEMPTS = 5
"""How often in a row a package may take its process down before anything more of it is written."""
UNBEGUN_FOR = timedelta(days=3)
"""For how long a report is kept that nobody goes on with."""
_BEAT = 200
_AT_WORK = (State.CHECKING, State.RUNNING)
_UNCLAIMED: dict[str, Any] = {"claim": None, "owner": "", "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """A package that a process works on.

    Attributes:
        package: its key.
        token: known to its owner alone.
    """

    package: int
    token: uuid.UUID


def claim_next(*, owner: str) -> Claim | None:
    """Take a package that waits, or that a process that is gone has left.

    Args:
        owner: the process that takes it, as named by `batches.owners.this_process`.

    Returns:
        The claim; None where nothing is left to take.
    """
    # Asked every other second: where nothing waits, no lock is taken.
    if not (free := _takeable(owner)):
        return None
    with transaction.atomic():
        rows = Package.objects.filter(pk__in=free).select_for_update(skip_locked=True).order_by("pk")
        # Looking over takes seconds, and a person waits for it.
        found = sorted(rows, key=lambda row: (row.state != State.CHECKING, row.pk))
        row = next((row for row in found if _is_takeable(row, owner)), None)
        if row is None:
            return None
        if row.attempts >= MOST_ATTEMPTS:
            _end(
                row,
                State.FAILED,
                _("后台进程在同一处中断了 %(number)d 次，已停下。请让管理员查看日志，再点“继续”。")
                % {"number": row.attempts},
            )
            return None
        row.state = State.CHECKING if row.state == State.CHECKING else State.RUNNING
        row.claim, row.owner, row.lease_until = uuid.uuid4(), owner, timezone.now() + LEASE
        row.attempts += 1
        row.started_at = row.started_at or timezone.now()
        row.save(update_fields=["state", "claim", "owner", "lease_until", "attempts", "started_at"])
        return Claim(row.pk, row.claim)


def work_on(claim: Claim) -> Iterator[None]:
    """Look a package over, or make it.

    Args:
        claim: the claim.

    Yields:
        After each step; the process may end at any of them.

    Raises:
        ClaimLost: somebody stopped it, or another process has it.
        PackageBroken: it cannot go on; what was written stays.
    """
    package = _held(claim).select_related("user").first()
    if package is None:
        raise ClaimLost
    workplace = places.workplace_of(package.pk)
    with workplace.held() as is_ours:
        if not is_ours:
            # Somebody of this machine whose lease ran out is still at it.
            raise ClaimLost
        if package.state == State.CHECKING:
            yield from _look_over(claim, package, workplace)
        else:
            yield from _make(claim, package, workplace)


def release(claim: Claim) -> None:
    """Give a package back; whoever works next goes on with it. Does nothing where the claim is lost."""
    _held(claim).filter(state=State.CHECKING).update(attempts=0, **_UNCLAIMED)
    _held(claim).filter(state=State.RUNNING).update(state=State.PENDING, attempts=0, **_UNCLAIMED)


def fail(claim: Claim, reason: str) -> None:
    """Stop a package that cannot go on; what was written stays, and somebody may go on with it.

    Args:
        claim: the claim; where it is lost nothing is done.
        reason: why, in a sentence.
    """
    with transaction.atomic():
        row = _held(claim).select_for_update().first()
        if row is not None:
            _end(row, State.FAILED, reason)


def tidy() -> None:
    """Take away what is over: packages that lay for long enough, reports nobody goes on with, what was stopped.

    Raises:
        OSError: files cannot be removed.
    """
    now = timezone.now()
    over = now - timedelta(days=settings.GLMV_PACKAGE_DAYS)
    for row in Package.objects.filter(state=State.DONE, finished_at__lt=over).only("pk"):
        if Package.objects.filter(pk=row.pk, state=State.DONE).update(state=State.EXPIRED):
            places.remove(row.pk)
    Package.objects.filter(state=State.READY, created_at__lt=now - UNBEGUN_FOR).update(
        state=State.CANCELLED, reason=_("核对之后一直没有开始，已取消。"), finished_at=now
    )
    Package.objects.filter(state=State.FAILED, finished_at__lt=over).update(
        state=State.CANCELLED, reason=_("停下之后一直没有继续，已取消。")
    )
    for key in places.in_the_making():
        if not Package.objects.filter(pk=key).exclude(state__in=[State.DONE, State.CANCELLED, State.EXPIRED]).exists():
            _clear(places.workplace_of(key))


def _clear(workplace: Workplace) -> None:
    with workplace.held() as is_free:
        if is_free:
            workplace.clear()


def _look_over(claim: Claim, package: Package, workplace: Workplace) -> Iterator[None]:
    keys = keys_of(package)
    report = Report()
    for planned in _planned(package, workplace, keys):
        report.add(planned)
        if report.records % _BEAT == 0:
            _renew(claim, done_records=report.records)
            yield
    report.held, report.gone = left_out_of(keys, report.records)
    with transaction.atomic():
        row = _locked(claim)
        row.report, row.records, row.files, row.bytes = report.as_json(), report.records, report.files, report.bytes
        row.state, row.attempts, row.started_at, row.done_records = State.READY, 0, None, 0
        row.claim, row.owner, row.lease_until = None, "", None
        row.save()
    yield


def _planned(package: Package, workplace: Workplace, keys: list[int]) -> Iterator[Any]:
    allowed = packed_images(package.user)
    return workplace.keep_plan(look_over(keys, allowed, Package.Grouping(package.grouping)))


def _make(claim: Claim, package: Package, workplace: Workplace) -> Iterator[None]:
    if not workplace.is_planned:
        # It was looked over on another machine, or somebody has tidied up.
        for number, _planned_record in enumerate(_planned(package, workplace, keys_of(package)), start=1):
            if number % _BEAT == 0:
                _renew(claim)
                yield
    rest = max(0, needed(package.report) - package.done_bytes)
    place = places.place_of(package)
    if not place.is_dir() and (lack := lack_of_room(rest, places.all_packages())):
        raise PackageBroken(lack)
    told = Progress()
    for told in make(order_of(package), workplace, packed_images(package.user), place):
        _renew(claim, done_records=told.records, done_bytes=told.bytes, left_out=told.as_left_out())
        yield
    _finish(claim, told)
    workplace.clear()
    yield


def _finish(claim: Claim, told: Progress) -> None:
    with transaction.atomic():
        row = _locked(claim)
        row.files, row.done_records, row.left_out = told.files, told.records, told.as_left_out()
        row.bytes = row.done_bytes = told.bytes
        row.save(update_fields=["files", "done_records", "left_out", "bytes", "done_bytes"])
        _end(row, State.DONE, "")
        for collection in row.collections.all():
            record(
                verb=Verb.CATALOGUE_EXPORTED,
                user=row.user,
                collection=collection,
                format=row.kind,
                package=row.pk,
                images=row.done_records,
            )


def _renew(claim: Claim, **columns: Any) -> None:
    """Renew the lease, and note how far it is.

    Raises:
        ClaimLost: somebody stopped it, or another process has it.
    """
    if not _held(claim).update(lease_until=timezone.now() + LEASE, attempts=0, **columns):
        raise ClaimLost


def _takeable(owner: str) -> list[int]:
    rows = Package.objects.filter(state__in=[State.CHECKING, State.PENDING, State.RUNNING])
    return [row.pk for row in rows.only("pk", "state", "owner", "lease_until", "claim") if _is_takeable(row, owner)]


def _is_takeable(row: Package, owner: str) -> bool:
    """Tell whether nobody works on it; a process that asks for one has none in hand, so that its own are left over."""
    if row.state == State.PENDING or (row.state == State.CHECKING and row.claim is None):
        return True
    over = row.lease_until is None or row.lease_until < timezone.now()
    return row.state in _AT_WORK and (over or row.owner == owner or is_dead(row.owner))


def _held(claim: Claim) -> "QuerySet[Package]":
    return Package.objects.filter(pk=claim.package, claim=claim.token, state__in=_AT_WORK)


def _locked(claim: Claim) -> Package:
    row = _held(claim).select_for_update(of=("self",)).first()
    if row is None:
        raise ClaimLost
    return row


def _end(row: Package, state: Package.State, reason: str) -> None:
    row.state, row.reason, row.finished_at = state, reason, timezone.now()
    row.claim, row.owner, row.lease_until = None, "", None
    row.save(update_fields=["state", "reason", "finished_at", *_UNCLAIMED])
