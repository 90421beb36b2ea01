"""Judging a sample: whose turn a unit is, what is written before the draft is seen, and the verdict.

A unit is judged as it was when its sample was drawn, whatever has become of the draft since: the sample speaks for the
lot of that day. What became of it is kept beside the verdict; of what has changed, nothing is accepted with the lot.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.audit_words import AuditState, Meanwhile, UnitVerdict, WrongReason
from catalog.exceptions import AuditNotReady, NotTheJudge, UnitTaken, VerdictRefused
from catalog.models import Audit, AuditUnit, ControlUnit, Image, SampledUnit
from catalog.review import policies
from catalog.review.acceptance import controls
from catalog.review.acceptance.controls import position_at
from catalog.review.acceptance.deciding import settle
from catalog.texts import storable
from catalog.vocabulary import Field, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Shown = SampledUnit | ControlUnit
"""What a judge is shown: a unit that was drawn, or one of which it is known whether it is right."""
LEASE = timedelta(minutes=5)
"""How long a unit is kept for the judge whom it was shown."""
BLIND = (Field.PEOPLE, Field.DATE)
"""Fields whose draft is hidden until the judge has written: a name or a date that one has read is hard not to see."""
_LOOKED_AT = 20
_MOST_LOOKS = 10
_OF_DRAFTS = (UnitVerdict.RIGHT, UnitVerdict.WRONG)
_OF_EMPTY = (UnitVerdict.RIGHTLY_EMPTY, UnitVerdict.MISSING)


def take_next(*, audit: Audit, user: "User") -> Shown | None:
    """Keep the next unit of a sample, or the next control record, for a judge.

    Args:
        audit: the audit.
        user: the judge.

    Returns:
        The unit, theirs for a while; None where none is left for them.

    Raises:
        NotTheJudge: they had a part in the lot.
        AuditNotReady: nothing is to be judged now.
    """
    _check(audit, user)
    for _look in range(_MOST_LOOKS):
        now = timezone.now()
        free = Q(held_by=None) | Q(held_until=None) | Q(held_until__lt=now) | Q(held_by=user.pk)
        upcoming = _upcoming(audit, user, free)
        if not upcoming:
            break
        for place, rows, pk in upcoming:
            # Of two who ask at the same moment one has it.
            if rows.filter(free, pk=pk).update(held_by=user, held_until=now + LEASE):
                return at_place(audit, place)
    return None


def at_place(audit: Audit, place: int) -> Shown | None:
    """Return what the judges of an audit are shown at a place; None where nothing is.

    Args:
        audit: the audit.
        place: from 1 on, among units of the sample and control records.
    """
    places = _control_places(audit)
    if place in places:
        return audit.controls.select_related("audit__collection").get(place=place)
    found = audit.sample.select_related("unit", "audit__collection")
    return found.filter(position=position_at(place, places)).first()


def place_of(shown: Shown) -> int:
    """Return at which place it is shown: a control record is told from a unit of the sample by nothing.

    Args:
        shown: either.
    """
    if isinstance(shown, ControlUnit):
        return shown.place
    return controls.place_of(shown.position, _control_places(shown.audit))


def may_judge(shown: Shown, user: "User") -> bool:
    """Tell whether nobody has judged it, and this judge may.

    Args:
        shown: a unit of the sample, or a control record.
        user: the judge.
    """
    if isinstance(shown, ControlUnit):
        return policies.controls_to_judge(user, shown.audit).filter(pk=shown.pk).exists()
    return policies.units_to_judge(user, shown.audit).filter(pk=shown.pk).exists()


def is_blind(sampled: Shown, user: "User") -> bool:
    """Tell whether the draft is still to be hidden from a judge: what another one wrote is not theirs.

    Args:
        sampled: the unit, with its unit.
        user: the judge.
    """
    return sampled.unit.field in BLIND and (sampled.blind_value is None or sampled.blind_by_id != user.pk)


def write_blind(*, sampled: Shown, user: "User", value: str) -> None:
    """Keep what a judge wrote before they saw the draft; from now on it is shown.

    Args:
        sampled: the unit.
        user: the judge, for whom it is kept.
        value: what they wrote; empty to say that nothing can be told.

    Raises:
        NotTheJudge: they had a part in the lot.
        AuditNotReady: nothing is to be judged now.
        UnitTaken: somebody else was faster.
    """
    _check(sampled.audit, user)
    # What somebody wrote who then left the unit to another gives way.
    unwritten = Q(blind_value=None) | ~Q(blind_by=user)
    mine = _rows_of(sampled).unjudged().filter(unwritten, pk=sampled.pk, held_by=user)
    now = timezone.now()
    written = {"blind_value": storable(value).strip(), "blind_by": user, "blind_at": now, "held_until": now + LEASE}
    if not mine.update(**written):
        raise UnitTaken


@transaction.atomic
def judge(*, sampled: Shown, user: "User", verdict: str, reason: str = "", remark: str = "") -> tuple[Shown, Audit]:
    """Say what a unit is. With the last verdict the lot is decided.

    Args:
        sampled: the unit, kept for the judge.
        user: the judge.
        verdict: a value of `UnitVerdict` that fits the unit: a draft is right or wrong, an empty field is so rightly,
            or a value is missing.
        reason: of a wrong one, a value of `WrongReason`.
        remark: more about it, in words.

    Returns:
        The unit, judged; and the audit as it is now.

    Raises:
        NotTheJudge: they had a part in the lot.
        AuditNotReady: nothing is to be judged any more.
        UnitTaken: somebody else was faster.
        VerdictRefused: it is no verdict on this unit, or the draft has still to be written against.
    """
    # The audit's row first: of two last verdicts, the second decides the lot.
    audit = Audit.objects.select_for_update(of=("self",)).get(pk=sampled.audit_id)
    _check(audit, user)
    found = _rows_of(sampled).get(pk=sampled.pk)
    if found.verdict or found.held_by_id != user.pk:
        raise UnitTaken
    reason, remark = _fitting(found, user, verdict, reason, remark)
    found.verdict, found.reason, found.remark = verdict, reason, remark
    found.judge, found.judged_at, found.held_until = user, timezone.now(), None
    if isinstance(found, SampledUnit):
        found.meanwhile = meanwhile_of(found.unit)
    found.save()
    settle(audit)
    return found, audit


@transaction.atomic
def take_back(*, audit: Audit, user: "User") -> Shown | None:
    """Take a judge's last verdict back, as long as the lot is not decided; the unit is before them again.

    Args:
        audit: the audit.
        user: the judge.

    Returns:
        The unit; None where they have judged none.

    Raises:
        AuditNotReady: the lot is decided.
    """
    audit = Audit.objects.select_for_update(of=("self",)).get(pk=audit.pk)
    _check(audit, user)
    judged: list[Shown] = [
        *audit.sample.judged().filter(judge=user).order_by("-judged_at", "-position")[:1],
        *audit.controls.judged().filter(judge=user).order_by("-judged_at", "-place")[:1],
    ]
    if not judged:
        return None
    last = max(judged, key=lambda one: one.judged_at or timezone.now())
    last.verdict, last.reason, last.remark = "", "", ""
    if isinstance(last, SampledUnit):
        last.meanwhile = ""
    last.judge, last.judged_at = None, None
    last.held_by, last.held_until = user, timezone.now() + LEASE
    last.save()
    return at_place(audit, place_of(last))


def meanwhile_of(unit: AuditUnit | ControlUnit) -> Meanwhile:
    """Tell what became of a unit since its lot was listed; of a control record, nothing that a judge is told.

    Args:
        unit: the unit.
    """
    if isinstance(unit, ControlUnit):
        return Meanwhile.UNCHANGED
    image = Image.objects.filter(pk=unit.image_id).first()
    if image is None:
        return Meanwhile.GONE
    current = image.annotations.filter(field=unit.field, state__in=[State.DRAFT, State.ACCEPTED])
    if unit.annotation_id is None:
        return Meanwhile.FILLED if current.exists() else Meanwhile.UNCHANGED
    draft = image.annotations.filter(pk=unit.annotation_id).first()
    if draft is not None and draft.state == State.DRAFT:
        return Meanwhile.UNCHANGED
    if draft is not None and draft.state in (State.ACCEPTED, State.REJECTED):
        return Meanwhile.DECIDED
    replaced = current.filter(state=State.DRAFT).exists()
    return Meanwhile.REPLACED if replaced else Meanwhile.DECIDED


def verdicts_on(unit: AuditUnit | ControlUnit) -> tuple[UnitVerdict, ...]:
    """Return the verdicts that fit a unit.

    Args:
        unit: the unit.
    """
    return _OF_DRAFTS if unit.drafted else _OF_EMPTY


def counts(audit: Audit) -> tuple[int, int]:
    """Return how much of what judges are shown is judged, and of how much, control records and all.

    Args:
        audit: the audit.
    """
    judged = audit.sample.judged().count() + (audit.controls.judged().count() if audit.control_size else 0)
    return judged, audit.sample_size + audit.control_size


def _upcoming(audit: Audit, user: "User", free: Q) -> list[tuple[int, Any, int]]:
    """Return what comes next, with its place, the rows that it is one of, and its key."""
    units = policies.units_to_judge(user, audit).filter(free).order_by("position").values_list("position", "pk")
    places = _control_places(audit)
    found: list[tuple[int, Any, int]] = [
        (controls.place_of(position, places), audit.sample.unjudged(), pk) for position, pk in units[:_LOOKED_AT]
    ]
    if places:
        known = policies.controls_to_judge(user, audit).filter(free).order_by("place").values_list("place", "pk")
        found += [(place, audit.controls.unjudged(), pk) for place, pk in known[:_LOOKED_AT]]
    return sorted(found, key=lambda one: one[0])[:_LOOKED_AT]


def _control_places(audit: Audit) -> list[int]:
    if not audit.control_size:
        return []
    return list(audit.controls.order_by("place").values_list("place", flat=True))


def _rows_of(shown: Shown) -> Any:
    """Return the rows that it is one of, each with what a verdict asks of it."""
    return ControlUnit.objects if isinstance(shown, ControlUnit) else SampledUnit.objects.select_related("unit")


def _check(audit: Audit, user: "User") -> None:
    if audit.state != AuditState.UNDER_WAY:
        raise AuditNotReady(audit=str(audit), state=audit.get_state_display())
    if not policies.is_independent(user, audit):
        raise NotTheJudge(reason=_("这些草稿由您安排起草、带入，或提示词由您撰写。"))


def _fitting(found: Shown, user: "User", verdict: str, reason: str, remark: str) -> tuple[str, str]:
    """Return reason and remark as they are kept.

    Raises:
        VerdictRefused: they do not fit the unit.
    """
    if is_blind(found, user):
        raise VerdictRefused(_("请先写下您自己的判断（看不出就留空），再对照草稿判定。"))
    gone = not Image.objects.filter(pk=found.unit.image_id).exists()
    if gone:
        if verdict != UnitVerdict.WRONG:
            raise VerdictRefused(_("记录已经删除，无法判定，按错误计。"))
        return WrongReason.GONE.value, storable(remark).strip()[:500]
    if verdict not in verdicts_on(found.unit):
        raise VerdictRefused(_("请按页面上给出的判定选一个。"))
    remark = storable(remark).strip()[:500]
    if verdict != UnitVerdict.WRONG:
        return "", remark
    if reason not in WrongReason.of_judges():
        raise VerdictRefused(_("判为错误时，请选一个原因。"))
    if reason == WrongReason.OTHER and not remark:
        raise VerdictRefused(_("选“其他”时，请在说明里写一句错在哪里。"))
    return reason, remark
