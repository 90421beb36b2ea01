"""What becomes of each record of a list: looked at when it is proposed, and again when that is confirmed.

Some hundred records a step, in a number of queries that does not grow with them; the caller holds the list's row lock.
"""

from collections import defaultdict

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.examination_words import ExaminationState, ExaminedState
from catalog.models import Examination, ExaminedImage, Image
from catalog.records import outbox
from catalog.records.action_log import record_all
from catalog.review.disclosure.hints import Hint, digests_of, hints_of
from catalog.vocabulary import Access, Disclosure, Verb

CHUNK = 200
"""Records a step."""


def look_at_some(examination: Examination) -> bool:
    """Note what the next records are like, or why they cannot be in the list.

    Args:
        examination: the list, its row locked.

    Returns:
        Whether there were any left.
    """
    items = list(examination.items.filter(state=ExaminedState.PENDING).select_related("image")[:CHUNK])
    images = [item.image for item in items]
    hints = hints_of(images) if items else {}
    elsewhere = _in_other_lists(examination, images)
    for item in items:
        own = hints[item.image_id]
        reason = obstacle(examination, item.image) or _obstacle_to_list(examination, own, item.image_id in elsewhere)
        item.state = ExaminedState.LEFT_OUT if reason else ExaminedState.PROPOSED
        item.reason, item.revision, item.hint_digests = reason[:300], item.image.revision, digests_of(own)
    ExaminedImage.objects.bulk_update(items, ["state", "reason", "revision", "hint_digests"])
    return bool(items)


def decide_some(examination: Examination) -> bool:
    """Let the next records become what both examiners say, and leave out those that have changed since.

    Args:
        examination: the list, confirmed, its row locked.

    Returns:
        Whether there were any left.
    """
    items = list(examination.items.filter(state=ExaminedState.PROPOSED)[:CHUNK])
    if not items:
        return False
    wanted = Image.objects.select_for_update(of=("self",)).filter(pk__in=[item.image_id for item in items])
    images = {image.pk: image for image in wanted.order_by("pk")}
    hints = hints_of(list(images.values()))
    for item in items:
        image = images[item.image_id]
        item.reason = obstacle(examination, image) or _changed(item, image, hints[image.pk])
        item.state = ExaminedState.LEFT_OUT if item.reason else ExaminedState.DONE
    ExaminedImage.objects.bulk_update(items, ["state", "reason"])
    _write(examination, [images[item.image_id] for item in items if item.state == ExaminedState.DONE])
    return True


def obstacle(examination: Examination, image: Image) -> str:
    """Return why a record can never become what a list says, in a sentence; empty where it can.

    Args:
        examination: the list.
        image: the record.
    """
    opens = examination.disclosure in (Disclosure.OPEN, Disclosure.DEFERRED)
    if opens and image.secrecy_hold:
        return _("疑似涉密，已停用")
    if examination.disclosure == Disclosure.OPEN and image.access == Access.RESTRICTED:
        return _("仅审核员可见的记录不能开放")
    if image.disclosure == examination.disclosure and image.disclosure_until == examination.until:
        return _("已经是“%(disclosure)s”") % {"disclosure": image.get_disclosure_display()}
    return ""


def _obstacle_to_list(examination: Examination, hints: list[Hint], is_elsewhere: bool) -> str:
    """Return why a record is not taken into a list, though another could have it."""
    if is_elsewhere:
        return _("已在另一份待复审的清单里")
    if examination.disclosure == Disclosure.OPEN and hints and not examination.with_hints:
        kinds = "、".join(dict.fromkeys(str(hint.kind.label) for hint in hints))
        return _("有提示（%(kinds)s），须单独审核") % {"kinds": kinds}
    return ""


def _changed(item: ExaminedImage, image: Image, hints: list[Hint]) -> str:
    if image.revision != item.revision:
        return _("初审之后著录内容变过，须重新审核")
    if set(digests_of(hints)) - set(item.hint_digests):
        return _("初审之后有了新的提示，须重新审核")
    return ""


def _in_other_lists(examination: Examination, images: list[Image]) -> set[int]:
    unfinished = [state.value for state in ExaminationState.unfinished()]
    others = ExaminedImage.objects.filter(
        image__in=images,
        state__in=[ExaminedState.PROPOSED, ExaminedState.PENDING],
        examination__state__in=unfinished,
        examination__lt=examination.pk,
    )
    return set(others.values_list("image_id", flat=True))


def _write(examination: Examination, images: list[Image]) -> None:
    Image.objects.filter(pk__in=[image.pk for image in images]).update(
        disclosure=examination.disclosure,
        disclosure_until=examination.until,
        disclosure_basis=examination.basis,
        disclosure_decided_on=timezone.localdate(examination.decided_at),
        disclosure_first_examiner=examination.first_examiner,
        disclosure_second_examiner=examination.second_examiner,
        disclosure_before_upgrade=False,
        updated_at=timezone.now(),
    )
    by_before: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        by_before[image.disclosure].append(image)
    for before, alike in by_before.items():
        record_all(
            verb=Verb.DISCLOSURE_CONFIRMED,
            user=examination.second_examiner,
            images=alike,
            examination=examination.pk,
            first_examiner=examination.first_examiner.get_username(),
            before=before,
            after=examination.disclosure,
            until=examination.until.isoformat() if examination.until else None,
            basis=examination.basis,
        )
    if examination.disclosure == Disclosure.OPEN:
        outbox.records_published(image for image in images if not image.secrecy_hold)
    else:
        outbox.records_withdrawn(image for image in images if image.is_opened)
