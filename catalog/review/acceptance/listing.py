"""Planning an audit: its lot is listed and frozen, some hundred records at a time, and then drawn from.

The first steps are taken by whoever plans it, the others by the worker: each is a transaction of its own with the
audit's row locked, and begins where the last one ended.
"""

import hashlib
import secrets
from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.audit_words import AuditState
from catalog.models import Annotation, Audit, AuditUnit, Collection, Image
from catalog.records.action_log import record
from catalog.review.acceptance.lots import Cut, drafts_of, empty_of, images_of
from catalog.review.acceptance.plans import Promise
from catalog.review.acceptance.record_checks import faults_of
from catalog.review.acceptance.sampling import draw_sample
from catalog.vocabulary import Verb, is_left_open

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 400
"""Records looked at in one step."""
_STEPS_AT_ONCE = 5
"""Steps that whoever plans an audit waits for: a lot of some records is there when the page is."""


def plan_audit(
    *,
    collection: Collection,
    cut: Cut,
    promise: Promise,
    pass_share: float,
    user: "User",
    parent: Audit | None = None,
    remark: str = "",
    controls: int = 0,
) -> Audit:
    """Begin an audit of a lot.

    Args:
        collection: the collection.
        cut: what the lot is cut by.
        promise: what its plan has to keep.
        pass_share: share of records without a fault from which the sample counts as passed (抽检合格率).
        user: who plans it.
        parent: the audit that failed and of which this is a part.
        remark: what it is for, in words.
        controls: how many known drafts are mixed into the sample; see `controls`.

    Returns:
        The audit: drawn from already where the lot is small, else with its list begun.
    """
    with transaction.atomic():
        audit = Audit.objects.create(
            collection=collection,
            parent=parent,
            criteria=cut.criteria,
            tolerable=promise.tolerable,
            expected=promise.expected,
            beta=promise.beta,
            alpha=promise.alpha,
            floor=promise.floor,
            pass_share=pass_share,
            # Nobody chooses it: whoever could would choose what is drawn.
            seed=secrets.token_hex(16),
            planned_by=user,
            remark=remark,
            control_size=controls,
        )
        record(verb=Verb.AUDIT_PLANNED, user=user, collection=collection, audit=audit.pk, seed=audit.seed)
    for _step in range(_STEPS_AT_ONCE):
        if not list_more(audit.pk):
            break
    audit.refresh_from_db()
    return audit


@transaction.atomic
def list_more(key: int) -> bool:
    """Take down the units of the next records; after the last of them draw the sample.

    Args:
        key: the audit's.

    Returns:
        Whether there is more to be listed.
    """
    audit = Audit.objects.select_for_update(of=("self",)).select_related("collection").get(pk=key)
    if audit.state != AuditState.LISTING:
        return False
    # One list of a collection at a time goes on: two that are planned at once hold no draft both.
    Collection.objects.select_for_update(of=("self",), no_key=True).get(pk=audit.collection_id)
    cut = Cut.of(audit.criteria)
    images = list(images_of(audit.collection, cut).filter(pk__gt=audit.position).order_by("pk").with_files()[:AT_ONCE])
    if not images:
        _finish(audit)
        return False
    units = _units(audit, cut, images)
    AuditUnit.objects.bulk_create(units)
    among = {unit.image_id for unit in units}
    faults = faults_of(audit.collection, [image for image in images if image.pk in among])
    counted = Counter(audit.machine_faults) + Counter(fault.value for told in faults.values() for fault in told)
    audit.machine_faults = dict(counted)
    audit.record_count += len(among)
    audit.lot_size += len(units)
    audit.position = images[-1].pk
    audit.save(update_fields=["machine_faults", "record_count", "lot_size", "position"])
    return True


def _units(audit: Audit, cut: Cut, images: list[Image]) -> list[AuditUnit]:
    """Return the units of some records, numbered on from those that are listed."""
    volumes = {image.pk: image.volume for image in images}
    found: list[tuple[int, str, Annotation | None]] = [
        (draft.image_id, draft.field, draft) for draft in drafts_of(cut, images).only("image_id", "field", "value")
    ]
    found += [(key, field, None) for key, field in empty_of(cut, images)]
    found.sort(key=lambda item: (item[0], item[1]))
    return [
        AuditUnit(
            audit=audit,
            number=number,
            image_id=key,
            field=field,
            annotation=draft,
            drafted=draft is not None and bool(draft.value) and not is_left_open(draft.value),
            digest=digest_of(draft.value) if draft else "",
            volume=volumes[key],
        )
        for number, (key, field, draft) in enumerate(found, audit.lot_size + 1)
    ]


def digest_of(value: str) -> str:
    """Return what tells a draft from another one, as the list keeps it: the SHA-256 of its text."""
    return hashlib.sha256(value.encode()).hexdigest()


def _finish(audit: Audit) -> None:
    if audit.lot_size:
        draw_sample(audit)
        return
    audit.state = AuditState.WITHDRAWN
    audit.remark = audit.remark or _("没有符合条件的草稿，这一批是空的。")
    audit.save(update_fields=["state", "remark"])
