"""What becomes of a lot: its verdict once the sample is judged, and what a reviewer has done with it then.

What touches all drafts of a lot is done by the background, in `executing`; here it is only asked for.
"""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.audit_words import AuditState
from catalog.exceptions import AuditNotReady, NotTheJudge, VerdictRefused
from catalog.models import Audit, PromptVersion
from catalog.records.action_log import record
from catalog.review import policies
from catalog.texts import storable
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REDRAFT = "redraft"
"""Under which name a lot's criteria keep the prompt version that it is drafted again with."""
_CLOSINGS = (AuditState.SPLIT, AuditState.LEFT, AuditState.REVIEWED_SINGLY)


def settle(audit: Audit) -> None:
    """Decide a lot whose whole sample is judged: it passes where no more is at fault than is allowed.

    Args:
        audit: the audit, locked.
    """
    if audit.state == AuditState.UNDER_WAY and not audit.sample.unjudged().exists():
        _decide(audit, early=False)


@transaction.atomic
def stop(*, audit: Audit, user: "User") -> Audit:
    """End the judging of a lot that has failed already, whatever is still to come.

    Args:
        audit: the audit.
        user: who ends it.

    Returns:
        The audit, failed.

    Raises:
        AuditNotReady: it is not being judged.
        VerdictRefused: it may still pass.
    """
    audit = _locked(audit, AuditState.UNDER_WAY)
    if audit.sample.at_fault().count() <= audit.allowed:
        raise VerdictRefused(_("这一批还可能合格，不能提前结束。请把样本判完，或作废这次抽检。"))
    _decide(audit, early=True, user=user)
    return audit


@transaction.atomic
def accept(*, audit: Audit, user: "User") -> Audit:
    """Have a lot that passed accepted: the background takes over those drafts that are still as they were.

    Args:
        audit: the audit.
        user: who accepts it, in whose name all of it is.

    Returns:
        The audit, at work.

    Raises:
        AuditNotReady: it has not passed, or is accepted already.
        NotTheJudge: they judged it.
    """
    audit = _locked(audit, AuditState.PASSED)
    if policies.has_judged(user, audit):
        raise NotTheJudge(reason=_("判定过样本的人不能再批准采用。"))
    return _hand_over(audit, AuditState.ACCEPTING, closed_by=user, closed_at=timezone.now())


@transaction.atomic
def release(*, audit: Audit, user: "User") -> Audit:
    """Have what was accepted with a lot made public.

    Args:
        audit: the audit.
        user: who says so.

    Returns:
        The audit, at work.

    Raises:
        AuditNotReady: its lot has not been accepted, or is public already.
    """
    audit = _locked(audit, AuditState.ACCEPTED)
    return _hand_over(audit, AuditState.RELEASING, released_by=user, released_at=timezone.now())


@transaction.atomic
def redraft(*, audit: Audit, user: "User", version: PromptVersion, reason: str) -> Audit:
    """Have the drafts of a lot that failed rejected, and drafted again.

    Args:
        audit: the audit.
        user: who says so.
        version: the prompt version that drafts them again.
        reason: why they are rejected; empty for what the sample found.

    Returns:
        The audit, at work.

    Raises:
        AuditNotReady: it has not failed.
    """
    audit = _locked(audit, AuditState.FAILED)
    said = storable(reason).strip() or _("%(audit)s不合格") % {"audit": audit}
    criteria = audit.criteria | {REDRAFT: {"version": version.pk, "reason": said}}
    return _hand_over(audit, AuditState.REJECTING, criteria=criteria, closed_by=user, closed_at=timezone.now())


@transaction.atomic
def close(*, audit: Audit, user: "User", state: str) -> Audit:
    """Say what becomes of a lot that failed, or that no sample speaks for, where nothing is done with its drafts.

    Args:
        audit: the audit.
        user: who says so.
        state: `SPLIT` (its parts are planned anew), `LEFT` (its drafts stay drafts) or `REVIEWED_SINGLY`.

    Returns:
        The audit.

    Raises:
        AuditNotReady: it has not failed, or that is nothing that becomes of a lot.
    """
    audit = _locked(audit, AuditState.FAILED, AuditState.FULL_REVIEW)
    if state not in _CLOSINGS:
        raise AuditNotReady(audit=str(audit), state=audit.get_state_display())
    return _close(audit, user, AuditState(state))


@transaction.atomic
def withdraw(*, audit: Audit, user: "User", reason: str) -> Audit:
    """Call an audit off before its verdict; what was judged stays to be read.

    Args:
        audit: the audit.
        user: who calls it off.
        reason: why.

    Returns:
        The audit.

    Raises:
        AuditNotReady: its verdict stands.
        VerdictRefused: no reason is given.
    """
    audit = _locked(audit, AuditState.LISTING, AuditState.UNDER_WAY, AuditState.FULL_REVIEW)
    said = storable(reason).strip()
    if not said:
        raise VerdictRefused(_("作废抽检要写明原因，报告里会列出。"))
    audit.remark = "\n".join(filter(None, [audit.remark, _("作废原因：%(reason)s") % {"reason": said}]))
    return _close(audit, user, AuditState.WITHDRAWN)


@transaction.atomic
def recall(*, audit: Audit, user: "User", reason: str) -> Audit:
    """Have what was accepted with a lot taken back: its values are drafts again, but for those that people touched.

    Args:
        audit: the audit.
        user: who says so.
        reason: why.

    Returns:
        The audit, at work.

    Raises:
        AuditNotReady: its lot has not been accepted, or was taken back already.
        VerdictRefused: no reason is given.
    """
    audit = _locked(audit, AuditState.ACCEPTED, AuditState.RELEASED)
    said = storable(reason).strip()
    if not said:
        raise VerdictRefused(_("收回一批要写明原因，报告里会列出。"))
    remark = "\n".join(filter(None, [audit.remark, _("收回原因：%(reason)s") % {"reason": said}]))
    told: dict[str, Any] = {"audit": audit.pk, "state": AuditState.RECALLING, "reason": said}
    record(verb=Verb.AUDIT_CLOSED, user=user, collection=audit.collection, **told)
    return _hand_over(audit, AuditState.RECALLING, remark=remark, recalled_by=user, recalled_at=timezone.now())


def _decide(audit: Audit, *, early: bool, user: "User | None" = None) -> None:
    audit.faults = audit.sample.at_fault().count()
    audit.state = AuditState.FAILED if audit.has_failed else AuditState.PASSED
    audit.stopped_early, audit.decided_at = early, timezone.now()
    audit.save()
    judged = audit.sample.judged().count()
    told: dict[str, Any] = {"audit": audit.pk, "verdict": audit.state, "faults": audit.faults, "judged": judged}
    record(verb=Verb.AUDIT_JUDGED, user=user, collection=audit.collection, **told)


def _locked(audit: Audit, *states: AuditState) -> Audit:
    """Return the audit as it is now, its row locked.

    Raises:
        AuditNotReady: it is in none of these states.
    """
    found = Audit.objects.select_for_update(of=("self",)).select_related("collection").get(pk=audit.pk)
    if found.state not in states:
        raise AuditNotReady(audit=str(found), state=found.get_state_display())
    return found


def _hand_over(audit: Audit, state: AuditState, **columns: Any) -> Audit:
    """Let the background begin with the first unit."""
    for name, value in {"state": state, "position": 0, **columns}.items():
        setattr(audit, name, value)
    audit.save()
    return audit


def _close(audit: Audit, user: "User", state: AuditState) -> Audit:
    audit.state, audit.closed_by, audit.closed_at = state, user, timezone.now()
    audit.save()
    record(verb=Verb.AUDIT_CLOSED, user=user, collection=audit.collection, audit=audit.pk, state=audit.state)
    return audit
