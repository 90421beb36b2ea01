"""When the nightly backup is due: at its hour, or as soon as possible after one that was missed.

Asked by `manage.py serve` every now and then; it looks at a file beside the data only, and neither at the
database nor at the medium of the backups, which may hang.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from glmv_site.backup import status

# After one that failed: its medium may be plugged in in the morning.
_AGAIN_AFTER = timedelta(hours=1)


def due(now: Callable[[], datetime] = timezone.now) -> bool:
    """Tell whether a nightly backup is to be begun.

    Args:
        now: tells the time.
    """
    at: time | None = settings.GLMV_BACKUP_AT
    if at is None:
        return False
    moment = timezone.localtime(now())
    planned = _last_planned(moment, at)
    latest = status.recorded(moment)
    if latest is not None and latest.finished_at >= planned:
        return False
    attempt = status.last_attempt()
    return attempt is None or not planned <= attempt.at <= moment or moment - attempt.at >= _AGAIN_AFTER


def _last_planned(moment: datetime, at: time) -> datetime:
    """Return the last moment up to now for which one was planned."""
    today = moment.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today <= moment else today - timedelta(days=1)
