"""Entries of the action log are chained, and nothing that is done to them behind the program's back goes unseen."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog.models import Action, ActionDigest
from catalog.records import log_chain
from catalog.records.action_log import record
from catalog.records.jobs import LogChaining
from catalog.records.log_chain import Examination, Fault, due, examine, extend, extend_all, stragglers
from catalog.vocabulary import Verb
from tests.factories import CollectionFactory, ImageFactory, UserFactory

pytestmark = pytest.mark.django_db


def entries(number: int, *, minutes: float = 5, **details: Any) -> list[Action]:
    """Record some things, and have them be so many minutes old."""
    made = [record(verb=Verb.IMAGE_CHANGED, user=UserFactory(), image=ImageFactory(), **details) for _ in range(number)]
    for action in made:
        behind_its_back(Action, action.pk, created_at=timezone.now() - timedelta(minutes=minutes))
    return made


def behind_its_back(model: Any, key: int, **values: Any) -> None:
    """Change a row, or without values delete it, as somebody with the database's own tools would."""
    table, name = model._meta.db_table, model._meta.pk.column
    columns = ", ".join(f"{column} = %s" for column in values)
    change = f"UPDATE {table} SET {columns}" if values else f"DELETE FROM {table}"  # noqa: S608 - names of ours
    with connection.cursor() as cursor, _without_triggers(cursor, table):
        cursor.execute(f"{change} WHERE {name} = %s", [*values.values(), key])


@contextmanager
def _without_triggers(cursor: Any, table: str) -> Iterator[None]:
    """Take off what keeps a table from being changed, and put it on again."""
    if connection.vendor == "postgresql":
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")
        return
    name = f"{table}_immutable"
    cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [name])
    (made,) = cursor.fetchone()
    cursor.execute(f"DROP TRIGGER {name}")
    yield
    cursor.execute(made)


def examined(*known: int) -> Examination:
    """Return what an examination shows in the end."""
    (*_, last) = examine(frozenset(known))
    return last


class TestChaining:
    """The chain grows behind the log."""

    def test_each_digest_is_over_the_one_before_and_the_entry(self) -> None:
        first, second = entries(2, reason="看不清", n=3)
        assert extend_all() == 2

        before = "0" * 64
        for position, action in enumerate((first, second), 1):
            action.refresh_from_db()
            entry = {
                "id": action.pk, "user": action.user_id, "verb": "image_changed", "label": action.label,
                "collection": action.collection_id, "image": action.image_id, "details": {"reason": "看不清", "n": 3},
                "at": action.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }  # fmt: skip
            text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            before = hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
            assert ActionDigest.objects.get(position=position).digest == before
        assert examined().head == before

    def test_an_entry_of_this_minute_waits_for_those_whose_transactions_end_later(self) -> None:
        entries(1, minutes=0.5)
        assert extend_all() == 0
        assert examined().waiting == 1

    def test_many_are_chained_in_chunks(self) -> None:
        entries(3)
        Action.objects.bulk_create(
            Action(verb=Verb.IMAGE_CHANGED, label=str(number)) for number in range(2 * log_chain._CHUNK)
        )
        for action in Action.objects.filter(image=None):
            behind_its_back(Action, action.pk, created_at=timezone.now() - timedelta(minutes=5))
        assert extend(due()) == log_chain._CHUNK
        assert extend_all() == log_chain._CHUNK + 3
        assert (examined().links, examined().faults) == (2 * log_chain._CHUNK + 3, [])

    def test_one_that_came_in_after_a_later_one_is_chained_when_all_are_looked_at(self) -> None:
        first, second = entries(2)
        assert extend(Action.objects.filter(pk=second.pk)) == 1
        assert not due().exists()
        assert list(stragglers()) == [first]
        assert extend_all() == 1
        assert examined().faults == []

    def test_asking_what_is_due_costs_the_same_however_long_the_log_is(self, django_assert_num_queries: Any) -> None:
        entries(1)
        extend_all()
        with django_assert_num_queries(2):
            assert not due().exists()
        entries(20)
        extend_all()
        with django_assert_num_queries(2):
            assert not due().exists()

    def test_texts_of_all_kinds_and_no_user_are_chained(self) -> None:
        record(
            verb=Verb.COLLECTION_CHANGED, collection=CollectionFactory(title="𠮷野\n“引号”"), note="a\u2028b\\", at=1.5
        )
        behind_its_back(Action, Action.objects.get().pk, created_at=timezone.now() - timedelta(days=1))
        assert extend_all() == 1
        assert examined().faults == []


class TestWhatIsSeen:
    """Whatever is done to the log."""

    def test_an_untouched_log_has_no_fault(self) -> None:
        entries(5)
        extend_all()
        assert (examined().faults, examined().links) == ([], 5)

    @pytest.mark.parametrize(
        "values", [{"label": "别的"}, {"user_id": None}, {"verb": "image_imported"}, {"details": "{}"}, {"image_id": 1}]
    )
    def test_a_changed_entry(self, values: dict[str, Any]) -> None:
        _first, second, _third = entries(3, field="title")
        extend_all()
        behind_its_back(Action, second.pk, **values)
        assert examined().faults == [Fault("changed", 2, second.pk)]

    def test_a_changed_time(self) -> None:
        first, *_ = entries(2)
        extend_all()
        first.refresh_from_db()
        behind_its_back(Action, first.pk, created_at=first.created_at + timedelta(microseconds=1))
        assert examined().faults == [Fault("changed", 1, first.pk)]

    def test_a_deleted_entry(self) -> None:
        _first, second, _third = entries(3)
        extend_all()
        behind_its_back(Action, second.pk)
        assert examined().faults == [Fault("missing", 2, second.pk)]

    def test_a_deleted_entry_with_its_link(self) -> None:
        _first, second, third = entries(3)
        extend_all()
        behind_its_back(ActionDigest, 2)
        behind_its_back(Action, second.pk)
        assert examined().faults == [Fault("gap", 3, third.pk)]

    def test_an_entry_put_in_among_old_ones(self) -> None:
        first, second = entries(2, minutes=600)
        behind_its_back(Action, first.pk)
        entries(1)
        extend_all()
        Action(pk=first.pk, verb=Verb.IMAGE_CHANGED, label="补").save(force_insert=True)
        behind_its_back(Action, first.pk, created_at=second.created_at - timedelta(hours=5))
        extend_all()
        assert examined().faults == [Fault("late", 3, first.pk)]

    def test_a_clock_that_was_set_back_is_no_fault(self) -> None:
        entries(1)
        entries(1, minutes=60 * 24 * 365)
        extend_all()
        assert examined().faults == []

    def test_a_chain_that_was_written_anew_is_told_by_what_was_written_down(self) -> None:
        first, *_ = entries(3)
        extend_all()
        written_down = examined(3).known[3]
        behind_its_back(Action, first.pk, label="别的")
        for position in (1, 2, 3):
            behind_its_back(ActionDigest, position)
        extend_all()
        assert examined().faults == []
        assert examined(3).known[3] != written_down

    def test_the_entry_at_fault_alone_is_told_and_what_follows_is_held_against_what_is_there(self) -> None:
        made = entries(6)
        extend_all()
        for action in (made[1], made[4]):
            behind_its_back(Action, action.pk, label="别的")
        assert [fault.action for fault in examined().faults] == [made[1].pk, made[4].pk]


class TestTheTable:
    """Links are added, and nothing else."""

    def test_a_link_cannot_be_changed_by_anybody(self) -> None:
        entries(1)
        extend_all()
        link = ActionDigest.objects.get()
        for change in (link.save, link.delete, ActionDigest.objects.all().delete, ActionDigest.objects.all().update):
            with pytest.raises(TypeError, match="append-only"):
                change()
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_actiondigest SET digest = ''")


class TestTheWorker:
    """Chaining is background work."""

    def test_it_finds_at_its_beginning_what_others_left_out_and_then_what_comes_in(self) -> None:
        first, second = entries(2)
        extend(Action.objects.filter(pk=second.pk))
        job = LogChaining()
        assert job.claim()
        assert job.step() > 0
        assert set(ActionDigest.objects.values_list("action_id", flat=True)) == {first.pk, second.pk}
        entries(1)
        assert job.step() == 0
        assert job.step() > 0
        assert examined().links == 3
        job.release()
