"""At the end of the hours SQLite's database is brought into one file, once each time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from catalog.batches.closing import Closing
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def _log() -> int:
    """Return how much is in the write-ahead log."""
    path = Path(f"{connection.settings_dict['NAME']}-wal")
    return path.stat().st_size if path.exists() else 0


def test_it_is_done_once_when_the_hours_have_ended() -> None:
    is_open = [True]
    closing = Closing(lambda: is_open[0])
    UserFactory()
    assert not closing.claim()

    is_open[0] = False
    assert closing.claim()
    assert closing.step() == 0
    assert connection.vendor != "sqlite" or _log() == 0
    assert not closing.claim()

    is_open[0] = True
    assert not closing.claim()
    is_open[0] = False
    assert closing.claim()


def test_a_worker_that_starts_outside_the_hours_has_nothing_to_end() -> None:
    assert not Closing(lambda: False).claim()


def test_where_somebody_reads_it_is_tried_again_later() -> None:
    is_open = [True]
    closing = Closing(lambda: is_open[0])
    closing.claim()
    is_open[0] = False
    UserFactory()
    with _read_meanwhile():
        UserFactory()
        again_s = closing.step()
        # PostgreSQL is not checkpointed from here, so nobody is in the way.
        assert (again_s > 0) == closing.claim() == (connection.vendor == "sqlite")

    if closing.claim():
        assert closing.step() == 0
    assert not closing.claim()


def test_nobody_who_writes_has_to_wait_for_somebody_who_reads() -> None:
    is_open = [True]
    closing = Closing(lambda: is_open[0])
    closing.claim()
    is_open[0] = False
    UserFactory()
    with _read_meanwhile():
        UserFactory()
        with ThreadPoolExecutor(1) as pool:
            ending = pool.submit(_in_thread, closing.step)
            time.sleep(0.3)
            began = time.monotonic()
            UserFactory()
            waited_s = time.monotonic() - began
            # PostgreSQL is not checkpointed from here: nothing is left to be tried again.
            assert (ending.result() > 0) == (connection.vendor == "sqlite")
    assert waited_s < 2
    assert closing.step() == 0


def test_how_long_the_connection_waits_for_a_lock_is_left_as_it_was() -> None:
    # SQLite's own setting, which a checkpoint changes for its moment; PostgreSQL has none to change.
    before = _patience()
    is_open = [True]
    closing = Closing(lambda: is_open[0])
    closing.claim()
    is_open[0] = False
    with _read_meanwhile():
        UserFactory()
        assert (closing.step() > 0) == (connection.vendor == "sqlite")
    assert _patience() == before
    assert closing.step() == 0
    assert _patience() == before


def _patience() -> object:
    question = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


def _in_thread(step: Callable[[], float]) -> float:
    """Take a step on a connection of this thread's own, which would wait for a while."""
    try:
        return step()
    finally:
        connection.close()


@contextmanager
def _read_meanwhile() -> Iterator[None]:
    """Read from a second connection, in a transaction that lasts as long as the context."""
    reader = connection.copy()
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT COUNT(*) FROM auth_user")
        cursor.fetchone()
        yield
        cursor.execute("COMMIT")
    reader.close()
