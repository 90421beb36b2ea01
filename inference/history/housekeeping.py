"""What has to be done now and then: old questions are erased, forgotten uploads removed, broken records mended.

The web process does it in a thread of its own, at its start and once a day: no crontab is needed.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from django.utils.translation import gettext as _

from inference.history import removing
from inference.models import Exchange, Picture

THREAD_NAME = "glmv-housekeeping"
_DAY_S = 24 * 3600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed."""

    exchanges: int
    pictures: int
    strays: int


def mend(before: datetime) -> int:
    """End what a process that is no more was answering.

    Args:
        before: when this process began; what was asked earlier is answered by nobody any more.

    Returns:
        How many exchanges were ended.
    """
    return Exchange.objects.filter(state=Exchange.State.RUNNING, asked_at__lt=before).update(
        state=Exchange.State.FAILED, error=_("服务在回答途中停止，请重新提问。")
    )


def purge(days: int | None = None) -> Purged:
    """Erase what is older than it is to be kept, a few rows at a time.

    Args:
        days: how long questions are kept; 0 for ever; None: as ``GLMV_HISTORY_DAYS`` says.

    Returns:
        What was removed.
    """
    days = settings.GLMV_HISTORY_DAYS if days is None else days
    now = timezone.now()
    exchanges = 0
    if days > 0:
        exchanges = removing.erase(Exchange.objects.filter(asked_at__lt=now - timedelta(days=days)))
    forgotten = removing.remove(Picture.objects.filter(created_at__lt=now - removing.WAITS))
    return Purged(exchanges, forgotten, removing.sweep())


def start() -> threading.Thread:
    """Begin keeping house in the background, until the process ends.

    Returns:
        The thread.
    """
    thread = threading.Thread(target=_keep_house, args=(timezone.now(),), name=THREAD_NAME, daemon=True)
    thread.start()
    return thread


def _keep_house(began: datetime) -> None:
    while True:
        _do_once(began)
        time.sleep(_DAY_S)


def _do_once(began: datetime) -> None:
    close_old_connections()
    try:
        mended, purged = mend(began), purge()
        logger.info(
            "history: mended=%d erased=%d forgotten_pictures=%d strays=%d",
            mended, purged.exchanges, purged.pictures, purged.strays,
        )  # fmt: skip
    except Exception:  # a thread that ends here would never tidy again
        logger.exception("the history could not be tidied; it is tried again tomorrow")
    finally:
        close_old_connections()
