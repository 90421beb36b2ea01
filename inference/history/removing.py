"""Takes questions and pictures away: the rows first, then their files, then what no row knows any more."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inference.history.files import FOLDER, INCOMING, folder_of, incoming_folder, remove_folder
from inference.models import Exchange, Picture
from inference.models.exchanges import ExchangeQuerySet, PictureQuerySet

WAITS = timedelta(days=1)
"""How long a picture waits for its question."""
_CHUNK = 200


def erase(exchanges: ExchangeQuerySet) -> int:
    """Delete questions, answers and the files of their pictures, a few at a time.

    Args:
        exchanges: which.

    Returns:
        How many questions were deleted.
    """
    erased = 0
    while numbers := list(exchanges.order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        with transaction.atomic():
            pictures = list(Picture.objects.filter(exchange__in=numbers).values_list("pk", flat=True))
            _total, kinds = Exchange.objects.filter(pk__in=numbers).delete()
        for key in pictures:
            remove_folder(folder_of(key))
        erased += kinds.get("inference.Exchange", 0)
    return erased


def remove(pictures: PictureQuerySet) -> int:
    """Delete pictures that nobody has asked about, with their files.

    Args:
        pictures: which; those of a question are left alone.

    Returns:
        How many were deleted.
    """
    removed = 0
    waiting = pictures.filter(exchange=None).order_by("pk")
    while keys := list(waiting.values_list("pk", flat=True)[:_CHUNK]):
        # Again: one may have been asked about since.
        gone = [key for key in keys if Picture.objects.filter(pk=key, exchange=None).delete()[0]]
        for key in gone:
            remove_folder(folder_of(key))
        removed += len(gone)
    return removed


def sweep(before: datetime | None = None) -> int:
    """Remove files that no row knows: of users who were deleted, of processes that were killed.

    Args:
        before: only what was last changed before this moment; None: a day ago.

    Returns:
        How many folders and unfinished uploads were removed.
    """
    limit = (before or timezone.now() - WAITS).timestamp()
    swept = 0
    for path in incoming_folder().iterdir():
        if _changed_before(path, limit):
            path.unlink(missing_ok=True)
            swept += 1
    for folder in Path(settings.MEDIA_ROOT, FOLDER).iterdir():
        if folder.name == INCOMING or not folder.is_dir():
            continue
        old = {path.name: path for path in folder.iterdir() if _changed_before(path, limit) and _is_key(path.name)}
        known = {str(key) for key in Picture.objects.filter(pk__in=list(old)).values_list("pk", flat=True)}
        for name in old.keys() - known:
            remove_folder(old[name])
            swept += 1
    return swept


def _is_key(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True


def _changed_before(path: Path, limit: float) -> bool:
    try:
        return path.stat().st_mtime < limit
    except OSError:
        return False
