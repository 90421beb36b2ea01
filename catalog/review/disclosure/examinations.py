"""Lists of records between a first examiner, who proposes what is to become of them, and a second, who confirms it.

A list is worked off in steps of some hundred records, each a transaction of its own under the list's row lock: short
ones at once, long ones by the worker. Which step comes next stands in the tables, so that any process may die.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.examination_words import ExaminationState, ExaminedState
from catalog.exceptions import ExaminationRefused
from catalog.models import Collection, Examination, ExaminedImage, Image
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.review.disclosure import deciding
from catalog.review.disclosure.hints import digests_of, hints_of
from catalog.texts import storable
from catalog.vocabulary import Disclosure, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 200
"""Lists of so many records are worked off while their examiner waits."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a first examiner proposes.

    Attributes:
        disclosure: a value of `Disclosure.decided`.
        basis: why, as it will stand in the records.
        until: to which day opening is deferred; for a deferral alone.
        with_hints: whether records with hints are taken in; they are left out of a list to be opened otherwise.
    """

    disclosure: Disclosure
    basis: str
    until: date | None = None
    with_hints: bool = False


def propose(*, images: ImageQuerySet, proposal: Proposal, user: "User") -> list[Examination]:
    """Make lists of records, one for each collection, for a second examiner to look through.

    Args:
        images: the records; those that the user may not examine are the caller's to leave out.
        proposal: what is proposed.
        user: the first examiner.

    Returns:
        The lists; none where there were no records.

    Raises:
        ExaminationRefused: the proposal lacks something.
    """
    _check(proposal)
    made = []
    for collection in Collection.objects.filter(pk__in=images.order_by().values("collection")).order_by("pk"):
        keys = list(images.filter(collection=collection).order_by("pk").values_list("pk", flat=True))
        examination = Examination.objects.create(
            collection=collection,
            disclosure=proposal.disclosure,
            until=proposal.until,
            basis=storable(proposal.basis).strip(),
            with_hints=proposal.with_hints,
            first_examiner=user,
        )
        for start in range(0, len(keys), _CHUNK):
            some = [ExaminedImage(examination=examination, image_id=key) for key in keys[start : start + _CHUNK]]
            ExaminedImage.objects.bulk_create(some)
        Examination.objects.filter(pk=examination.pk, state=ExaminationState.FILLING).update(
            state=ExaminationState.GATHERING
        )
        if len(keys) <= AT_ONCE:
            _work_off(examination)
        examination.refresh_from_db()
        made.append(examination)
    return made


def confirm(*, examination: Examination, user: "User", seen: int) -> Examination:
    """Confirm a list: what is proposed in it becomes so, but for what has changed since it was looked at.

    Args:
        examination: the list.
        user: the second examiner.
        seen: how many records the page said would be decided.

    Returns:
        The list as it is now.

    Raises:
        ExaminationRefused: it is not, or no longer, to be confirmed by them as they saw it.
    """
    with transaction.atomic():
        locked = _locked(examination)
        _require_proposed(locked)
        if locked.first_examiner_id == user.pk:
            raise ExaminationRefused(_("初审和复审须是两个人。这份清单由您初审，请由另一位审核员复审。"))
        proposed = locked.items.filter(state=ExaminedState.PROPOSED).count()
        if not proposed:
            raise ExaminationRefused(_("清单里没有提请复审的记录了。"))
        if proposed != seen:
            raise ExaminationRefused(_("清单刚刚变过，现在是 %(number)d 幅。请看过之后再确认。"), number=proposed)
        locked.second_examiner, locked.decided_at = user, timezone.now()
        locked.state = ExaminationState.CONFIRMING
        locked.save(update_fields=["second_examiner", "decided_at", "state"])
    if proposed <= AT_ONCE:
        _work_off(locked)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def refuse(*, examination: Examination, user: "User", reason: str) -> Examination:
    """Send a list back to its first examiner; nothing of it becomes so.

    Args:
        examination: the list.
        user: the second examiner.
        reason: why.

    Returns:
        The list as it is now.

    Raises:
        ExaminationRefused: it is over, or there is no reason.
    """
    locked = _locked(examination)
    _require_proposed(locked)
    if not reason.strip():
        raise ExaminationRefused(_("请写明退回的理由。"))
    _end(locked, ExaminationState.REFUSED, storable(reason).strip())
    record(verb=Verb.DISCLOSURE_REFUSED, user=user, collection=locked.collection, **_told(locked))
    return locked


@transaction.atomic
def take_back(*, examination: Examination, user: "User") -> Examination:
    """Take a list back that nobody has confirmed; its first examiner does, or whoever finds it unfinished.

    Args:
        examination: the list.
        user: who takes it back.

    Returns:
        The list as it is now.

    Raises:
        ExaminationRefused: it is confirmed, or over.
    """
    locked = _locked(examination)
    if locked.state not in (ExaminationState.FILLING, ExaminationState.GATHERING, ExaminationState.PROPOSED):
        raise ExaminationRefused(_("这份清单已是“%(state)s”，不能再收回。"), state=locked.get_state_display())
    _end(locked, ExaminationState.TAKEN_BACK, "")
    record(verb=Verb.DISCLOSURE_TAKEN_BACK, user=user, collection=locked.collection, **_told(locked))
    return locked


@transaction.atomic
def leave_out(*, examination: Examination, items: Iterable[int], user: "User") -> int:
    """Leave records out of a list that waits for its second examiner.

    Args:
        examination: the list.
        items: keys of its items.
        user: who leaves them out.

    Returns:
        How many were left out.

    Raises:
        ExaminationRefused: the list does not wait any more.
    """
    locked = _locked(examination)
    _require_proposed(locked)
    reason = _("由 %(user)s 剔除") % {"user": user.get_username()}
    chosen = locked.items.filter(pk__in=list(items), state=ExaminedState.PROPOSED)
    return chosen.update(state=ExaminedState.LEFT_OUT, reason=reason[:300])


@transaction.atomic
def agree_to_changes(*, examination: Examination, seen: Mapping[int, str], user: "User") -> int:
    """Take records that have changed since they were proposed as they are now.

    Args:
        examination: the list.
        seen: item's key → `state_of` the record as the second examiner saw it.
        user: the second examiner.

    Returns:
        How many were taken; what changed once more is not among them.

    Raises:
        ExaminationRefused: the list does not wait any more, or the user is its first examiner.
    """
    locked = _locked(examination)
    _require_proposed(locked)
    if locked.first_examiner_id == user.pk:
        raise ExaminationRefused(_("变化之后是否仍然同意，须由复审的人来定。"))
    items = list(locked.items.filter(pk__in=list(seen), state=ExaminedState.PROPOSED).select_related("image"))
    hints = hints_of([item.image for item in items])
    taken = []
    for item in items:
        digests = digests_of(hints[item.image_id])
        if state_of(item.image, digests) == seen[item.pk]:
            item.revision, item.hint_digests = item.image.revision, digests
            taken.append(item)
    ExaminedImage.objects.bulk_update(taken, ["revision", "hint_digests"])
    return len(taken)


def state_of(image: Image, digests: list[str]) -> str:
    """Return what a record was like when somebody looked at it, to be held against what it is like later.

    Args:
        image: the record.
        digests: its hints', from `digests_of`.
    """
    return f"{image.revision}:{'-'.join(digests)}"


def advance(examination: Examination) -> bool:
    """Take the next step of a list that is at work.

    Args:
        examination: the list.

    Returns:
        Whether there is another one.
    """
    with transaction.atomic():
        locked = _locked(examination)
        if locked.state == ExaminationState.GATHERING:
            if deciding.look_at_some(locked):
                return True
            _put_forward(locked)
        elif locked.state == ExaminationState.CONFIRMING:
            if deciding.decide_some(locked):
                return True
            locked.state, locked.finished_at = ExaminationState.DONE, timezone.now()
            locked.save(update_fields=["state", "finished_at"])
    return False


def _put_forward(examination: Examination) -> None:
    """Let a list that was looked through wait for its second examiner; one with nothing in it is over."""
    number = examination.items.filter(state=ExaminedState.PROPOSED).count()
    if not number:
        _end(examination, ExaminationState.TAKEN_BACK, _("没有一幅可以列入，各幅的原因见下。"))
        return
    examination.state = ExaminationState.PROPOSED
    examination.save(update_fields=["state"])
    user, collection = examination.first_examiner, examination.collection
    record(verb=Verb.DISCLOSURE_PROPOSED, user=user, collection=collection, images=number, **_told(examination))


def _work_off(examination: Examination) -> None:
    while advance(examination):
        pass


def _locked(examination: Examination) -> Examination:
    found = Examination.objects.select_for_update(of=("self",)).select_related("collection", "first_examiner")
    return found.get(pk=examination.pk)


def _require_proposed(examination: Examination) -> None:
    """Refuse what is for lists that wait for a second examiner only.

    Raises:
        ExaminationRefused: this one does not.
    """
    if examination.state != ExaminationState.PROPOSED:
        state = examination.get_state_display()
        raise ExaminationRefused(_("这份清单现在是“%(state)s”，请刷新页面后再看。"), state=state)


def _end(examination: Examination, state: ExaminationState, reason: str) -> None:
    examination.state, examination.reason, examination.finished_at = state, reason, timezone.now()
    examination.save(update_fields=["state", "reason", "finished_at"])


def _told(examination: Examination) -> dict[str, Any]:
    """Return what the log keeps of a list."""
    return {
        "examination": examination.pk,
        "disclosure": examination.disclosure,
        "until": examination.until.isoformat() if examination.until else None,
        "basis": examination.basis,
        **({"reason": examination.reason} if examination.reason else {}),
    }


def _check(proposal: Proposal) -> None:
    """Refuse what no record could hold.

    Raises:
        ExaminationRefused: with the reason.
    """
    if not proposal.basis.strip():
        raise ExaminationRefused(_("请写明依据，例如“形成满二十五年，无不宜开放内容”。"))
    if proposal.disclosure not in Disclosure.decided():
        raise ExaminationRefused(_("请选择开放、延期开放或控制。"))
    if proposal.disclosure == Disclosure.DEFERRED and (
        proposal.until is None or proposal.until <= timezone.localdate()
    ):
        raise ExaminationRefused(_("延期开放须写明延到哪一天，而且这一天还没有到。"))
    if proposal.disclosure != Disclosure.DEFERRED and proposal.until is not None:
        raise ExaminationRefused(_("只有延期开放才填写“延期至”。"))
