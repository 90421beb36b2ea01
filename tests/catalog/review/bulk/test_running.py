"""Bulk changes in the worker: begun once, chunk by chunk, under a lease, cancelled, and beside people who review."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connection
from django.utils import timezone

from catalog.batches.owners import this_process
from catalog.exceptions import BulkRefused
from catalog.models import Action, Annotation, BulkChange, Collection
from catalog.records.annotations import write_drafts
from catalog.review import decisions, holds
from catalog.review.bulk import running, selection
from catalog.review.bulk.changes import Accepting, Rejecting, Setting
from catalog.review.bulk.jobs import BulkChanging
from catalog.review.bulk.rows import Seen
from catalog.review.queue import Queue
from catalog.vocabulary import Source, State, Verb
from tests.catalog.bulk import done, prepared, rows_of_images, skipped, undo_prepared, work
from tests.catalog.people import reviewer
from tests.factories import CollectionFactory, ImageFactory, RunFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return reviewer(None)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a chunk hold two records, so that a few records are several chunks."""
    monkeypatch.setattr(selection, "CHUNK_RECORDS", 2)


def begun(user: User, change: Any = None, **criteria: Any) -> BulkChange:
    """Prepare and begin a change."""
    return running.start(change=prepared(user, change, **criteria), user=user)


class TestBeginning:
    """By a person, once."""

    def test_nothing_is_changed_before(self, user: User) -> None:
        drafted(title="石桥")
        prepared(user)

        work()

        assert Annotation.objects.drafts().exists()

    def test_a_change_begins_once(self, user: User) -> None:
        drafted(title="石桥")
        change = begun(user)

        with pytest.raises(BulkRefused, match="不会重复执行"):
            running.start(change=change, user=user)

    def test_a_change_of_nothing_does_not_begin(self, user: User) -> None:
        with pytest.raises(BulkRefused, match="没有可以改动的内容"):
            running.start(change=prepared(user), user=user)

    def test_the_log_of_each_collection_says_so_and_how_it_ended(self, user: User) -> None:
        first, second = drafted(title="石桥"), drafted(title="宝塔")

        change = done(prepared(user))

        for collection in (first.collection, second.collection):
            entries = Action.objects.filter(collection=collection, verb__in=[Verb.BULK_STARTED, Verb.BULK_ENDED])
            begun_entry, ended = entries.order_by("pk")
            assert begun_entry.details | {"bulk": change.pk, "kind": "accept", "records": 2} == begun_entry.details
            assert ended.details == {"bulk": change.pk, "state": "done", "records": 2, "fields": 2}

    def test_more_records_than_are_changed_at_a_time_are_refused(
        self, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(selection, "MOST_RECORDS", 2)
        for _ in range(3):
            drafted(title="石桥")

        with pytest.raises(BulkRefused, match="一次最多处理 2 条"):
            prepared(user)
        assert not BulkChange.objects.exists()

    def test_previews_that_nobody_went_on_with_go_after_a_day(self, user: User) -> None:
        drafted(title="石桥")
        old, under_way = prepared(user), begun(user)
        BulkChange.objects.update(created_at=timezone.now() - timedelta(days=2))

        new = prepared(user)

        assert set(BulkChange.objects.all()) == {under_way, new}
        assert not BulkChange.objects.filter(pk=old.pk).exists()


class TestChunks:
    """Of so many records, and of so many rows."""

    def test_a_chunk_holds_few_enough_rows(self, user: User) -> None:
        for _ in range(150):
            drafted(title="石桥", place="清水镇")

        chunks = prepared(user).chunks.all()

        rows = [sum(Seen.read(kept).weight for kept in chunk.records) for chunk in chunks]
        assert sum(rows) == 300
        assert max(rows) <= selection.CHUNK_ROWS

    @pytest.mark.usefixtures("small_chunks")
    def test_each_is_one_step(self, user: User) -> None:
        for _ in range(5):
            drafted(title="石桥")
        change, job = begun(user), BulkChanging()

        counted = []
        while job.claim():
            job.step()
            change.refresh_from_db()
            counted.append(change.done_records)

        assert counted == [2, 4, 5, 5]
        assert change.state == BulkChange.State.DONE

    def test_its_questions_are_those_of_its_records_alone(self, user: User, django_assert_max_num_queries: Any) -> None:
        for number in (2, 12):
            for _ in range(number):
                drafted(title="石桥")
            begun(user)
            job = BulkChanging()
            assert job.claim()
            # Eleven for each draft: the locks, the draft, the record, the log, and savepoints between them.
            with django_assert_max_num_queries(12 + 13 * number):
                job.step()
            work(job)


class TestLeases:
    """Any process may die at any moment."""

    @pytest.mark.usefixtures("small_chunks")
    def test_what_a_dead_process_left_is_finished_by_the_next(self, user: User) -> None:
        for _ in range(6):
            drafted(title="石桥")
        change, job = begun(user), BulkChanging()
        assert job.claim()
        job.step()
        # The first process is gone; it was of another machine, and its lease has run out.
        BulkChange.objects.update(owner="elsewhere/boot/ns|1|1", lease_until=timezone.now() - timedelta(seconds=1))

        work()

        change.refresh_from_db()
        assert (change.state, change.done_records) == (BulkChange.State.DONE, 6)
        assert Action.objects.filter(verb=Verb.DRAFT_ACCEPTED).count() == 6

    def test_a_lease_that_holds_elsewhere_is_left_alone(self, user: User) -> None:
        drafted(title="石桥")
        begun(user)
        assert running.claim_next(owner="elsewhere/boot/ns|1|1")

        assert running.claim_next(owner=this_process()) is None

    def test_a_dead_process_of_this_machine_is_known_at_once(self, user: User) -> None:
        drafted(title="石桥")
        begun(user)
        machine = this_process().partition("|")[0]
        assert running.claim_next(owner=f"{machine}|1|0")

        assert running.claim_next(owner=this_process())

    def test_whoever_lost_the_claim_changes_nothing(self, user: User) -> None:
        drafted(title="石桥")
        change = begun(user)
        first = running.claim_next(owner=this_process())
        assert first is not None
        second = running.Claim(change.pk, uuid.uuid4())
        BulkChange.objects.update(claim=second.token)

        assert not running.work_on(first)

        assert Annotation.objects.drafts().exists()
        assert running.work_on(second)

    def test_a_worker_told_to_end_gives_its_change_back(self, user: User) -> None:
        drafted(title="石桥")
        change, job = begun(user), BulkChanging()
        assert job.claim()

        job.release()

        change.refresh_from_db()
        assert (change.state, change.claim, change.attempts) == (BulkChange.State.PENDING, None, 0)

    def test_a_change_that_takes_its_process_down_again_and_again_is_given_up(self, user: User) -> None:
        drafted(title="石桥")
        change = begun(user)
        for _ in range(running.MOST_ATTEMPTS):
            assert running.claim_next(owner=this_process())

        assert running.claim_next(owner=this_process()) is None

        change.refresh_from_db()
        assert change.state == BulkChange.State.FAILED
        assert "中断了 5 次" in change.reason
        assert Action.objects.get(verb=Verb.BULK_ENDED).details["state"] == "failed"

    def test_a_change_that_cannot_be_read_fails_and_the_next_goes_on(self, user: User) -> None:
        drafted(title="石桥")
        broken = begun(user, Rejecting("空话"))
        BulkChange.objects.update(parameters={"no such": 1})
        sound = begun(user)

        work()

        broken.refresh_from_db()
        sound.refresh_from_db()
        assert (broken.state, sound.state) == (BulkChange.State.FAILED, BulkChange.State.DONE)
        assert "意外错误" in broken.reason
        assert sound.done_fields == 1

    @pytest.mark.usefixtures("small_chunks")
    def test_two_changes_take_turns(self, user: User) -> None:
        for _ in range(6):
            drafted(title="石桥")
        large = begun(user)
        small = begun(user, Setting("tone", "黑白", overwrite=False))
        job = BulkChanging()
        served = []
        while job.claim():
            before = dict(BulkChange.objects.values_list("pk", "done_records"))
            job.step()
            after = dict(BulkChange.objects.values_list("pk", "done_records"))
            served += [key for key in after if after[key] != before[key]]

        assert served[:4] == [large.pk, small.pk, large.pk, small.pk]


class TestCancelling:
    """What is done stays done and can be undone."""

    @pytest.mark.usefixtures("small_chunks")
    def test_a_change_stops_between_two_chunks(self, user: User) -> None:
        for _ in range(6):
            drafted(title="石桥")
        before = list(Annotation.objects.order_by("pk").values())
        change, job = begun(user), BulkChanging()
        assert job.claim()
        job.step()

        change = running.cancel(change=change, user=user)
        work(job)

        change.refresh_from_db()
        assert (change.state, change.done_records) == (BulkChange.State.CANCELLED, 2)
        assert Annotation.objects.drafts().count() == 4
        undone = done(undo_prepared(user, change))
        assert undone.done_records == 2
        assert list(Annotation.objects.order_by("pk").values()) == before

    def test_what_is_over_is_not_cancelled(self, user: User) -> None:
        drafted(title="石桥")
        change = done(prepared(user))

        with pytest.raises(BulkRefused, match="已完成"):
            running.cancel(change=change, user=user)

    def test_a_preview_is_thrown_away_and_what_has_begun_is_not(self, user: User) -> None:
        drafted(title="石桥")
        preview, under_way = prepared(user), begun(user)

        for change in (preview, under_way):
            running.discard(change=change)

        assert list(BulkChange.objects.all()) == [under_way]


RECORDS = 300
RESERVED = 24


def waiting(collection: Collection, number: int) -> None:
    """Have a record wait with two drafts, one of them beside an accepted value."""
    image = drafted(ImageFactory(collection=collection), title=f"石桥 {number}")
    if number % 3 == 0:
        decisions.accept(annotation=image.annotations.get(), user=UserFactory())
        write_drafts(
            image=image, values={"title": f"大石桥 {number}"}, run=RunFactory(image=image), replace_accepted=True
        )
    drafted(image, date="1959年5月", people="三人")


@pytest.mark.django_db(transaction=True)
def test_accepting_hundreds_and_undoing_it_leaves_the_rows_as_before_while_others_go_on_reviewing() -> None:
    """As before: all columns of annotations, and all of images but the time and count of their changes."""
    bulk, theirs = CollectionFactory(), CollectionFactory()
    for number in range(RECORDS):
        waiting(bulk, number)
    for number in range(RESERVED):
        waiting(theirs, number)
    user = reviewer(bulk)
    others = [reviewer(theirs) for _ in range(3)]
    of_bulk = Annotation.objects.filter(image__collection=bulk).order_by("pk")
    before = list(of_bulk.values()), [row for row in rows_of_images() if row["collection_id"] == bulk.pk]
    faults: list[BaseException] = []
    reviewed: list[int] = []

    def review(colleague: User) -> None:
        try:
            queue, place = Queue(colleague, theirs.images.all()), None
            while turn := queue.take_next(place):
                place = turn.place
                decisions.accept_all(
                    image=turn.image, seen=[draft.pk for draft in turn.image.annotations.drafts()], user=colleague
                )
                reviewed.append(turn.image.pk)
                holds.release(images=[turn.image.pk], user=colleague)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            faults.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=review, args=[colleague]) for colleague in others]
    change = prepared(user)
    for thread in threads:
        thread.start()
    done(change)
    assert (change.state, change.done_records, skipped(change)) == (BulkChange.State.DONE, RECORDS, {})
    assert not of_bulk.filter(state=State.DRAFT).exists()
    undone = done(undo_prepared(user, change))
    for thread in threads:
        thread.join()

    assert faults == []
    assert sorted(reviewed) == sorted(theirs.images.values_list("pk", flat=True))
    assert (undone.done_records, undone.done_fields, undone.skipped) == (RECORDS, 3 * RECORDS, {})
    assert list(of_bulk.values()) == before[0]
    assert [row for row in rows_of_images() if row["collection_id"] == bulk.pk] == before[1]


@pytest.mark.django_db(transaction=True)
def test_reviewers_among_the_same_records_keep_what_they_decided() -> None:
    collection = CollectionFactory()
    for number in range(60):
        waiting(collection, number)
    user, colleague = reviewer(collection), reviewer(collection)
    faults: list[BaseException] = []
    written: dict[int, str] = {}

    def write() -> None:
        try:
            for image in collection.images.order_by("-pk")[:40]:
                decisions.set_value(image=image, field="people", value=f"李四 {image.pk}", user=colleague)
                written[image.pk] = f"李四 {image.pk}"
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            faults.append(error)
        finally:
            close_old_connections()
            connection.close()

    change = prepared(user)
    thread = threading.Thread(target=write)
    thread.start()
    done(change)
    thread.join()
    done(undo_prepared(user, change))

    assert faults == []
    now = {image.pk: image.people for image in collection.images.filter(pk__in=written)}
    assert now == written
    accepted = Annotation.objects.accepted().filter(image__in=written, field="people")
    assert set(accepted.values_list("source", flat=True)) == {Source.PERSON}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_changes_and_do_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "CHUNK_RECORDS", 3)
    for number in range(30):
        waiting(CollectionFactory(), number)
    user = reviewer(None)
    changes = [begun(user, Accepting(), field=field) for field in ("title", "date", "people")]
    faults: list[BaseException] = []

    def work_beside(owner: str) -> None:
        try:
            while claim := running.claim_next(owner=owner):
                while running.work_on(claim):
                    pass
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            faults.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=work_beside, args=[f"machine-{name}|1|1"]) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    for change in changes:
        change.refresh_from_db()
        assert (change.state, change.done_fields) == (BulkChange.State.DONE, 30)
    assert Action.objects.filter(details__bulk__in=[change.pk for change in changes]).exclude(image=None).count() == 90
