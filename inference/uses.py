"""Writes down when keys were used: at most once a minute for each, at once or not at all.

A caller never waits for it and never fails by it. SQLite lets one write at a time, and an import may hold the lock for
seconds: then the moment is left out, and the next call tries again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, connection, transaction
from django.db.models import Q
from django.utils import timezone

from inference.models import ApiKey

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
        with _impatience(), transaction.atomic():
            # Locked by somebody, it is left alone; asked again, so that of many threads one writes.
            if due.select_for_update(skip_locked=True).values_list("pk", flat=True).first() is not None:
                due.update(last_used_at=now)
    except Error as error:
        log.debug("last use of key %s not written: %s", key.pk, error)


@contextmanager
def _impatience() -> Iterator[None]:
    """Have SQLite give up at once where it would wait for a lock."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
