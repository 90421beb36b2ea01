"""How much may be uploaded: by one owner, by all visitors together, and by the disk."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from inference.history import removing
from inference.history.files import incoming_folder
from inference.models import Owner, Picture

MOST_WAITING = 40
"""How many pictures of an owner may wait for a question: more than two pages take."""
ABANDONED = timedelta(hours=1)
"""After so long a picture makes room for another one: the page that it lay on is closed, most likely."""
VISITORS_UPLOADS = 20
"""How many uploads of the largest size all visitors together may have waiting.

Whoever is not signed in gets a new cookie for the asking, and with it a new share: one owner's bound holds nobody who
means harm. With 200 MB an upload these are 4 GB, some hundred ordinary scans at the same time."""
LEAST_FREE_BYTES = 512 * 1024 * 1024
"""Uploads are refused when they would leave less room than this on the disk."""

_MB = 1024 * 1024


class TooManyWaiting(Exception):
    """The owner has uploaded enough without asking."""


class VisitorsFull(Exception):
    """Visitors have uploaded enough without asking."""


class DiskNearlyFull(Exception):
    """The disk is nearly full."""


def require_space(owner: Owner, size: int) -> None:
    """Make room for an upload before it is read, or refuse it.

    Args:
        owner: who uploads.
        size: bytes that are to come.

    Raises:
        TooManyWaiting: the owner has to ask first.
        VisitorsFull: others have to ask first, or somebody has to sign in.
        DiskNearlyFull: it would fill the disk.
    """
    _drop_abandoned(owner)
    require_within_quota(owner, size)
    if shutil.disk_usage(incoming_folder()).free < size + LEAST_FREE_BYTES:
        raise DiskNearlyFull


def require_within_quota(owner: Owner, size: int) -> None:
    """Refuse an upload where too many wait for their questions.

    Args:
        owner: who uploads.
        size: its bytes.

    Raises:
        TooManyWaiting: the owner has to ask first.
        VisitorsFull: others have to ask first, or somebody has to sign in.
    """
    waiting = Picture.objects.filter(exchange=None)
    if waiting.of(owner).count() >= MOST_WAITING:
        raise TooManyWaiting
    if owner.user_id is None:
        held = waiting.filter(user=None).aggregate(bytes=Sum("size"))["bytes"] or 0
        if held + size > VISITORS_UPLOADS * settings.GLMV_MAX_UPLOAD_MB * _MB:
            raise VisitorsFull


def _drop_abandoned(owner: Owner) -> None:
    """Take away as many of the oldest pictures as are too many, where they have waited for long."""
    waiting = Picture.objects.of(owner).filter(exchange=None)
    too_many = waiting.count() - MOST_WAITING + 1
    if too_many > 0:
        old = waiting.filter(created_at__lt=timezone.now() - ABANDONED).order_by("created_at", "pk")
        removing.remove(Picture.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:too_many])))
