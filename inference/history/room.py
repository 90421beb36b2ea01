"""How much may be uploaded: by one owner, by all visitors together, and by the disk."""

import shutil

from django.conf import settings
from django.db.models import Sum

from inference.history import removing
from inference.history.shelf import incoming_folder
from inference.models import Owner, Picture

MOST_WAITING = 40
"""How many pictures of an owner wait for a question: more than two pages take. Of more, the oldest go."""
VISITORS_UPLOADS = 20
"""How many uploads of the largest size all visitors together may have waiting.

Whoever is not signed in gets a new cookie for the asking, and with it a new share: one owner's bound holds nobody who
means harm. With 200 MB an upload these are 4 GB, some hundred ordinary scans at the same time."""
LEAST_FREE_BYTES = 512 * 1024 * 1024
"""Uploads are refused when they would leave less room than this on the disk."""

_MB = 1024 * 1024


class VisitorsFull(Exception):
    """Visitors have uploaded enough without asking."""


class NoRoom(Exception):
    """The disk is nearly full."""


def require_room(owner: Owner, size: int) -> None:
    """Refuse an upload before it is read.

    Args:
        owner: who uploads.
        size: bytes that are to come.

    Raises:
        VisitorsFull: others have to ask first, or somebody has to sign in.
        NoRoom: it would fill the disk.
    """
    require_turn(owner, size)
    if shutil.disk_usage(incoming_folder()).free < size + LEAST_FREE_BYTES:
        raise NoRoom


def require_turn(owner: Owner, size: int) -> None:
    """Refuse a visitor's upload where too many wait for their questions.

    Args:
        owner: who uploads.
        size: its bytes.

    Raises:
        VisitorsFull: others have to ask first, or somebody has to sign in.
    """
    if owner.user_id is None:
        waiting = Picture.objects.filter(exchange=None, user=None)
        held = waiting.aggregate(bytes=Sum("size"))["bytes"] or 0
        if held + size > VISITORS_UPLOADS * settings.GLMV_MAX_UPLOAD_MB * _MB:
            raise VisitorsFull


def drop_abandoned(owner: Owner) -> None:
    """Take away the oldest of too many pictures that wait for a question: the pages that they lay on are closed.

    Args:
        owner: who has just uploaded another.
    """
    waiting = Picture.objects.of(owner).filter(exchange=None).order_by("-created_at", "-pk")
    if surplus := list(waiting.values_list("pk", flat=True)[MOST_WAITING:]):
        removing.remove(Picture.objects.filter(pk__in=surplus))
