"""Taking back what was opened: at once, by one person. Opening it again takes two."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exceptions import ExaminationRefused
from catalog.models import Image
from catalog.querysets import ImageQuerySet
from catalog.records import outbox
from catalog.records.action_log import record_all
from catalog.records.entries import CLOSED
from catalog.texts import storable
from catalog.vocabulary import Disclosure, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_CHUNK = 300


def withdraw(*, images: ImageQuerySet, user: "User", reason: str) -> int:
    """Let records be 未审核 again; what is not open stays as it is.

    Args:
        images: the records; those that the user may not examine are the caller's to leave out.
        user: who does it.
        reason: why.

    Returns:
        How many were open.

    Raises:
        ExaminationRefused: there is no reason.
    """
    reason = storable(reason).strip()
    if not reason:
        raise ExaminationRefused(_("请写明撤回的理由。"))
    keys = list(images.filter(disclosure=Disclosure.OPEN).order_by("pk").values_list("pk", flat=True))
    return sum(_withdraw_some(keys[start : start + _CHUNK], user, reason) for start in range(0, len(keys), _CHUNK))


@transaction.atomic
def _withdraw_some(keys: list[int], user: "User", reason: str) -> int:
    wanted = Image.objects.select_for_update(of=("self",)).filter(pk__in=keys, disclosure=Disclosure.OPEN)
    opened = list(wanted.order_by("pk"))
    Image.objects.filter(pk__in=[image.pk for image in opened]).update(**CLOSED, updated_at=timezone.now())
    record_all(verb=Verb.DISCLOSURE_WITHDRAWN, user=user, images=opened, reason=reason)
    outbox.records_withdrawn(image for image in opened if image.is_opened)
    return len(opened)
