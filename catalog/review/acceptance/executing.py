"""What is done with all drafts of a lot: accepted, released, rejected or taken back, some hundred units at a time.

Each step is one transaction with the audit's row locked, and begins after the unit at which the last one ended; a
process may die in any of them. Of the lot that was judged, those drafts are taken that are still as they were, and
nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from catalog.audit_words import AuditState, UnitOutcome, UnitVerdict
from catalog.batches import lifecycle
from catalog.exceptions import CatalogError
from catalog.models import Annotation, Audit, AuditUnit, Image, PromptVersion, SampledUnit
from catalog.records import annotations, lot_annotations
from catalog.records.action_log import record
from catalog.review.acceptance.deciding import REDRAFT
from catalog.review.acceptance.listing import digest_of, list_more
from catalog.review.acceptance.lots import EVIDENCE
from catalog.vocabulary import Flag, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 200
"""Units in one step."""


def go_on() -> bool:
    """Take one step of the oldest audit for which there is something to do.

    Returns:
        Whether there was one.
    """
    audit = Audit.objects.at_work().only("pk", "state").first()
    if audit is None:
        return False
    if audit.state == AuditState.LISTING:
        list_more(audit.pk)
    else:
        step(audit.pk)
    return True


@transaction.atomic
def step(key: int) -> None:
    """Do what was decided to the next units of a lot.

    Args:
        key: the audit's.
    """
    audit = (
        Audit.objects.select_for_update(of=("self",))
        .select_related("collection", "closed_by", "recalled_by")
        .get(pk=key)
    )
    doing = _STEPS.get(AuditState(audit.state))
    if doing is None:
        return
    units = list(audit.units.after(audit.position)[:AT_ONCE])
    if not units:
        if audit.state == AuditState.REJECTING:
            _draft_again(audit)
        audit.state = _DONE[AuditState(audit.state)]
        audit.save(update_fields=["state"])
        return
    doing(audit, units)
    audit.position = units[-1].number
    audit.save(update_fields=["position"])


def _accept(audit: Audit, units: Sequence[AuditUnit]) -> None:
    # A mark may have been found since they were listed.
    images = [image for image in _locked(units) if not image.secrecy_hold]
    taken = set(Annotation.objects.accepted().filter(image__in=images).values_list("image_id", "field"))
    wrong = _judged_wrong(units)
    drafts = [
        draft
        for draft in _as_they_were(units, images)
        if draft.pk not in wrong and (draft.image_id, draft.field) not in taken and _may_be_sampled(draft)
    ]
    lot_annotations.accept_by_audit(images=_of(images, drafts), drafts=drafts, audit=audit, user=_decider(audit))
    _write_outcomes(units, drafts, UnitOutcome.ACCEPTED, wrong)
    _log(Verb.LOT_ACCEPTED, audit, drafts)


def _reject(audit: Audit, units: Sequence[AuditUnit]) -> None:
    images = _locked(units)
    drafts = _as_they_were(units, images)
    reason = audit.criteria[REDRAFT]["reason"]
    lot_annotations.reject_drafts(images=_of(images, drafts), drafts=drafts, user=_decider(audit), reason=reason)
    _write_outcomes(units, drafts, UnitOutcome.REJECTED)
    _log(Verb.LOT_REJECTED, audit, drafts)


def _release(audit: Audit, units: Sequence[AuditUnit]) -> None:
    images = annotations.locked_images({unit.image_id for unit in units if unit.outcome == UnitOutcome.ACCEPTED})
    released = lot_annotations.release(images=images, audit=audit)
    if released:
        told: dict[str, Any] = {"audit": audit.pk, "annotations": released}
        record(verb=Verb.LOT_RELEASED, user=audit.released_by, collection=audit.collection, **told)


def _recall(audit: Audit, units: Sequence[AuditUnit]) -> None:
    accepted = [unit for unit in units if unit.outcome == UnitOutcome.ACCEPTED]
    keys = [unit.annotation_id for unit in accepted if unit.annotation_id]
    recalled = lot_annotations.recall(images=_locked(accepted), accepted=keys, audit=audit)
    _write_outcomes(accepted, recalled, UnitOutcome.RECALLED)
    _log(Verb.LOT_RECALLED, audit, recalled, user=audit.recalled_by)


def _locked(units: Sequence[AuditUnit]) -> list[Image]:
    return annotations.locked_images({unit.image_id for unit in units if unit.annotation_id})


def _as_they_were(units: Sequence[AuditUnit], images: Sequence[Image]) -> list[Annotation]:
    """Return those drafts of units that still wait, with the words that were listed."""
    listed = {unit.annotation_id: unit.digest for unit in units if unit.annotation_id}
    found = Annotation.objects.drafts().filter(pk__in=listed, image__in=images).order_by("pk")
    return [draft for draft in found if digest_of(draft.value) == listed[draft.pk]]


def _judged_wrong(units: Sequence[AuditUnit]) -> set[int]:
    """Return the keys of drafts that a judge called wrong: the lot passed, they did not."""
    wrong = SampledUnit.objects.filter(unit__in=[unit.pk for unit in units], verdict=UnitVerdict.WRONG)
    return {key for key in wrong.values_list("unit__annotation_id", flat=True) if key is not None}


def _may_be_sampled(draft: Annotation) -> bool:
    """Tell whether a draft would still be in a lot: what it rests on may have been looked at again."""
    return not Flag(draft.flag).is_doubtful and draft.evidence in EVIDENCE


def _of(images: Iterable[Image], drafts: Iterable[Annotation]) -> list[Image]:
    """Return the images that drafts are of."""
    wanted = {draft.image_id for draft in drafts}
    return [image for image in images if image.pk in wanted]


def _write_outcomes(
    units: Sequence[AuditUnit], drafts: Sequence[Annotation], done: UnitOutcome, wrong: Collection[int] = ()
) -> None:
    taken = {draft.pk for draft in drafts}
    became: dict[UnitOutcome, list[int]] = {}
    for unit in units:
        if unit.annotation_id is None:
            outcome = UnitOutcome.EMPTY
        elif unit.annotation_id in taken:
            outcome = done
        else:
            outcome = UnitOutcome.WRONG if unit.annotation_id in wrong else UnitOutcome.CHANGED
        became.setdefault(outcome, []).append(unit.pk)
    for outcome, keys in became.items():
        AuditUnit.objects.filter(pk__in=keys).update(outcome=outcome)


def _log(verb: Verb, audit: Audit, drafts: Sequence[Annotation], *, user: "User | None" = None) -> None:
    """Write one entry for a step: the values themselves know their audit."""
    if drafts:
        told: dict[str, Any] = {"audit": audit.pk, "annotations": [draft.pk for draft in drafts]}
        record(verb=verb, user=user or audit.closed_by, collection=audit.collection, **told)


def _decider(audit: Audit) -> "User":
    """Return in whose name a lot is accepted or rejected.

    Raises:
        ValueError: nobody decided it, so that it should not be at work.
    """
    if audit.closed_by is None:
        raise ValueError(f"nobody decided what becomes of lot {audit.pk}")
    return audit.closed_by


def _draft_again(audit: Audit) -> None:
    """Have what was rejected drafted again: the background of the batches takes over."""
    rejected = audit.units.filter(outcome=UnitOutcome.REJECTED)
    images = Image.objects.filter(pk__in=rejected.values("image"), collection=audit.collection)
    version = PromptVersion.objects.get(pk=audit.criteria[REDRAFT]["version"])
    try:
        lifecycle.open_chosen(images=images, version=version, background=True, user=audit.closed_by)
    except CatalogError as error:
        # The drafts are rejected, and their images are found as such; why no batch came of it stands on the page.
        audit.remark = "\n".join(filter(None, [audit.remark, str(error)]))
        audit.save(update_fields=["remark"])


_STEPS: dict[AuditState, Callable[[Audit, Sequence[AuditUnit]], None]] = {
    AuditState.ACCEPTING: _accept,
    AuditState.RELEASING: _release,
    AuditState.REJECTING: _reject,
    AuditState.RECALLING: _recall,
}
_DONE = {
    AuditState.ACCEPTING: AuditState.ACCEPTED,
    AuditState.RELEASING: AuditState.RELEASED,
    AuditState.REJECTING: AuditState.REDRAFTED,
    AuditState.RECALLING: AuditState.RECALLED,
}
