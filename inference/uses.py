"""Writes down when keys were used: at most once a minute for each, at once or not at all.

A caller never waits for it and never fails by it. SQLite lets one write at a time, and an import may hold the lock for
seconds: then the moment is left out, and the next call tries again.
"""

import logging
from datetime import timedelta

from django.db import Error, transaction
from django.db.models import Q
from django.utils import timezone

from inference.models import ApiKey
from inference.models.patience import waiting_for_locks

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)


def note_use(key: ApiKey) -> None:
    """Write down that a key has been used just now.

    Args:
        key: as it was read for this call.
    """
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < EVERY:
        return
    due = ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - EVERY), pk=key.pk)
    try:
        with waiting_for_locks(0), transaction.atomic():
            # Locked by somebody, it is left alone; asked again, so that of many threads one writes.
            if due.select_for_update(skip_locked=True).values_list("pk", flat=True).first() is not None:
                due.update(last_used_at=now)
    except Error as error:
        log.debug("last use of key %s not written: %s", key.pk, error)
