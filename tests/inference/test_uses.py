"""When keys were last used: written at most once a minute, and never so that somebody waits or fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from inference.models import ApiKey, Scope
from inference.uses import note_use
from tests.inference.keys import issued


def last_use(key: ApiKey) -> datetime | None:
    return ApiKey.objects.get(pk=key.pk).last_used_at


def used(key: ApiKey, ago: timedelta) -> ApiKey:
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now() - ago)
    return ApiKey.objects.get(pk=key.pk)


@contextmanager
def locked(key: ApiKey, seconds: float) -> Iterator[None]:
    """Have somebody else hold the row (on SQLite: the database) for a while."""
    holding = Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                ApiKey.objects.select_for_update().get(pk=key.pk)
                holding.set()
                Event().wait(seconds)
        finally:
            connection.close()

    other = Thread(target=hold)
    other.start()
    assert holding.wait(30)
    try:
        yield
    finally:
        other.join()


@pytest.mark.django_db
def test_the_first_use_is_written_down() -> None:
    key, _token = issued(Scope.ASK)

    note_use(key)

    assert last_use(key) is not None


@pytest.mark.django_db
def test_within_a_minute_nothing_is_asked_or_written(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = used(issued(Scope.ASK)[0], timedelta(seconds=50))

    with django_assert_num_queries(0):
        note_use(key)

    assert last_use(key) == key.last_used_at


@pytest.mark.django_db
def test_after_a_minute_it_is_written_again() -> None:
    key = used(issued(Scope.ASK)[0], timedelta(seconds=61))

    note_use(key)

    written = last_use(key)
    assert written is not None
    assert key.last_used_at is not None
    assert written > key.last_used_at


@pytest.mark.django_db
def test_of_several_calls_that_read_the_key_before_any_wrote_one_writes() -> None:
    key, _token = issued(Scope.ASK)
    note_use(key)
    first = last_use(key)

    note_use(key)

    assert last_use(key) == first


@pytest.mark.django_db
def test_a_key_that_is_gone_meanwhile_is_no_error() -> None:
    key, _token = issued(Scope.ASK)
    ApiKey.objects.all().delete()

    note_use(key)


@pytest.mark.django_db(transaction=True)
def test_while_somebody_holds_the_lock_it_is_left_out_and_made_up_for_later() -> None:
    key, _token = issued(Scope.ASK)

    # Whoever waited would get the lock after a second, and the moment would be there.
    with locked(key, seconds=1):
        note_use(key)

    assert last_use(key) is None
    note_use(key)
    assert last_use(key) is not None


@pytest.mark.django_db(transaction=True)
def test_what_is_written_afterwards_is_as_patient_as_before() -> None:
    key, _token = issued(Scope.ASK)
    note_use(key)

    # On SQLite this waits for the other transaction to end; impatient, it would fail at once.
    with locked(key, seconds=0.5):
        ApiKey.objects.filter(pk=key.pk).update(name="改过")

    assert ApiKey.objects.get(pk=key.pk).name == "改过"
