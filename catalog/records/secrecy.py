"""Holding back what may be classified: this system is not made for state secrets, so a mark stops the record.

A record that is held is drafted by no model, by whatever way, and shown to no visitor, until a person says what the
mark is. What was drafted before the mark was found stays, for people alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exceptions import SecrecyRefused
from catalog.models import Image, SecrecyMark
from catalog.records import outbox
from catalog.records.action_log import record
from catalog.records.annotations import locked_image
from catalog.vocabulary import Classification, MarkPlace, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOT_FOR_SECRETS = gettext_lazy(
    "本系统不能存储、处理国家秘密。如确为涉密档案，请立即断开网络，报告本单位保密部门，按规定处理原件、文件和备份。"
)
"""What is told wherever a mark is met."""
HELD = gettext_lazy("疑似涉密，已停用")
NOT_ACCEPTED = gettext_lazy(
    "疑似涉密，已停用：这条记录的草稿现在不能采用。请这份馆藏的审核员查看，确认不是国家秘密并解除停用，然后再采用。"
)
"""What whoever wishes to accept drafts of such a record is told."""


class Mark(NamedTuple):
    """A mark that was met.

    Attributes:
        place: a value of `MarkPlace`.
        text: as it stands there.
    """

    place: MarkPlace
    text: str


@transaction.atomic
def hold(*, image: Image, marks: Sequence[Mark], user: "User | None" = None) -> bool:
    """Hold a record back where a mark is new; one that a person has cleared at that place does not stop it again.

    Args:
        image: the image, its row locked; its column is written.
        marks: what was met.
        user: who brought it; None for the machine and the command line.

    Returns:
        Whether there was a new mark.
    """
    known = set(image.secrecy_marks.values_list("place", "text")) if marks else set()
    new = [mark for mark in dict.fromkeys(marks) if (mark.place.value, mark.text) not in known]
    if not new:
        return False
    SecrecyMark.objects.bulk_create(SecrecyMark(image=image, place=mark.place, text=mark.text) for mark in new)
    was_opened, image.secrecy_hold = image.is_opened, True
    image.save(update_fields=["secrecy_hold", "updated_at"])
    told = [{"place": mark.place.value, "text": mark.text} for mark in new]
    record(verb=Verb.SECRECY_FOUND, user=user, image=image, marks=told)
    outbox.records_withdrawn([image] if was_opened else [])
    return True


@transaction.atomic
def clear(*, image: Image, user: "User", reason: str, classification: str = Classification.NONE) -> Image:
    """Let a record go on: a person says that it is not, or no longer, a state secret.

    Args:
        image: the image.
        user: who says so.
        reason: why, in their words.
        classification: the 密级 that it has: none, or 内部.

    Returns:
        The image as it is now.

    Raises:
        SecrecyRefused: there is no reason, nothing is held, or the grade is one of state secrets.
    """
    if not reason.strip():
        raise SecrecyRefused(_("请写明解除的理由，例如“已于 1995 年解密，见解密通知”。"))
    if Classification(classification) in Classification.state_secrets():
        raise SecrecyRefused(_("标为绝密、机密、秘密的记录不能解除。%(told)s"), told=NOT_FOR_SECRETS)
    locked = locked_image(image.pk)
    if not locked.secrecy_hold:
        raise SecrecyRefused(_("这条记录没有停用，或刚刚已由别人解除。"))
    before = locked.classification
    marks = locked.secrecy_marks.filter(cleared_at__isnull=True)
    told = [{"place": place, "text": text} for place, text in marks.values_list("place", "text")]
    marks.update(cleared_by=user, cleared_at=timezone.now(), clearing_reason=reason.strip()[:300])
    locked.secrecy_hold, locked.classification = False, classification
    locked.save(update_fields=["secrecy_hold", "classification", "updated_at"])
    details: dict[str, Any] = {"marks": told, "reason": reason.strip(), "before": before, "after": str(classification)}
    record(verb=Verb.SECRECY_CLEARED, user=user, image=locked, **details)
    outbox.records_published([locked] if locked.is_opened else [])
    return locked


def refuse_where_held(image: Image) -> None:
    """Let nobody accept what a model wrote before the mark was found; rejecting it, and writing oneself, stay free.

    Args:
        image: the image.

    Raises:
        SecrecyRefused: it is held back.
    """
    if image.secrecy_hold:
        raise SecrecyRefused(NOT_ACCEPTED)


def skipped_because_held() -> str:
    """Return why a batch passes a record over, in a sentence."""
    return _("疑似涉密，已停用：没有交给模型，也没有起草。请审核员查看。")
