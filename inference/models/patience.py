"""How long SQLite waits for a lock that another connection holds. Other databases have no such bound; theirs stay."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def waiting_for_locks(seconds: float) -> Iterator[None]:
    """Have SQLite wait no longer than this for a lock; outside of transactions, where it asks for one.

    Args:
        seconds: how long; 0 gives up at once.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(before)}")
