"""Imports under a lease: what dies is gone on with, what is lost is left alone, and nothing is done twice."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from catalog.exceptions import TableRefused
from catalog.exchange.imports import files, running
from catalog.exchange.imports.jobs import TableWork
from catalog.models import Action, Image, ReviewHold, TableImport
from catalog.review.undoing import last_step
from catalog.vocabulary import EventKind, Verb
from tests.catalog.endpoints import endpoint, told
from tests.catalog.tables import after_work, checked, edited, exported, planned, taken_in, undone
from tests.factories import ImageFactory, MembershipFactory, UserFactory, described

pytestmark = pytest.mark.django_db
RECORDS = 52


@pytest.fixture
def user() -> User:
    """Somebody who works on records that are more than one chunk."""
    member = MembershipFactory.create()
    ImageFactory.create_batch(RECORDS, collection=member.collection)
    found: User = member.user
    return found


@pytest.fixture
def content(user: User, tmp_path: Path) -> bytes:
    """The table of all of them, with two cells changed in each."""
    exported(user, tmp_path / "out.csv")

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row |= {"题名": "新题名", "册号": "7"}

    return edited(tmp_path / "out.csv", edit)


def changed() -> int:
    return Image.objects.filter(title="新题名", volume="7").count()


def begun(user: User, content: bytes) -> TableImport:
    return running.start(table=checked(user, content), user=user)


def test_each_chunk_is_whole_and_the_next_process_goes_on(user: User, content: bytes) -> None:
    table = begun(user, content)
    assert table.chunks.count() > 1
    dead = TableWork()
    dead.claim()
    dead.step()
    half = changed()
    # The process is gone; its lease runs out.
    TableImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1")

    table = after_work(table)

    assert 0 < half < RECORDS == changed()
    assert (table.state, table.done_records, table.done_cells) == (TableImport.State.DONE, RECORDS, 2 * RECORDS)
    assert Action.objects.filter(verb=Verb.VALUE_SET, details__table=table.pk).count() == RECORDS


def test_who_has_lost_the_lease_changes_nothing_more(user: User, content: bytes) -> None:
    table = begun(user, content)
    slow = TableWork()
    slow.claim()
    slow.step()
    TableImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1")
    after_work(table)
    entries = Action.objects.count()

    slow.step()

    assert Action.objects.count() == entries


def test_a_check_that_was_broken_off_begins_anew(user: User, content: bytes) -> None:
    table = taken_in(user, content)
    dead = TableWork()
    dead.claim()
    for _step in range(4):
        dead.step()
    assert table.chunks.exists()
    TableImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1")

    table = after_work(table)

    assert (table.state, table.records, table.cells) == (TableImport.State.CHECKED, RECORDS, 2 * RECORDS)
    assert len(planned(table)) == RECORDS
    assert not files.upload_of(table).exists()


def test_given_back_it_waits_and_is_gone_on_with(user: User, content: bytes) -> None:
    table = begun(user, content)
    job = TableWork()
    job.claim()
    job.step()
    job.release()
    table.refresh_from_db()
    assert (table.state, table.claim) == (TableImport.State.PENDING, None)

    assert after_work(table).done_records == RECORDS


def test_cancelled_it_stops_and_what_is_done_can_be_undone(user: User, content: bytes) -> None:
    table = begun(user, content)
    job = TableWork()
    job.claim()
    job.step()
    running.cancel(table=table, user=user)
    job.step()
    table.refresh_from_db()
    assert table.state == TableImport.State.CANCELLED
    assert 0 < changed() < RECORDS

    table = undone(table)

    assert (table.state, changed()) == (TableImport.State.UNDONE, 0)
    assert not Image.objects.exclude(volume="").exists()


def test_one_that_takes_its_process_down_again_and_again_is_given_up(user: User, content: bytes) -> None:
    table = begun(user, content)
    TableImport.objects.update(attempts=running.MOST_ATTEMPTS)

    table = after_work(table)

    assert table.state == TableImport.State.FAILED
    assert "中断了" in table.reason


def test_what_colleagues_review_or_one_may_no_more_is_skipped_and_told(user: User, content: bytes) -> None:
    table = begun(user, content)
    held, closed, gone = Image.objects.order_by("pk")[:3]
    ReviewHold.objects.create(image=held, user=UserFactory(), until=timezone.now() + timedelta(minutes=5))
    Image.objects.filter(pk=closed.pk).update(access="restricted", disclosure="unexamined")
    gone.delete()

    table = after_work(table)

    assert changed() == RECORDS - 3
    assert {reason: said["number"] for reason, said in table.skipped.items()} == {"held": 2, "gone": 4}


def test_a_number_that_was_taken_since_leaves_the_record_as_it_was(user: User, tmp_path: Path) -> None:
    first = Image.objects.order_by("pk").first()
    assert first is not None
    exported(user, tmp_path / "out.csv")
    content = edited(tmp_path / "out.csv", lambda rows: rows[0].update({"照片号": "X-1", "题名": "新题名"}))
    table = begun(user, content)
    ImageFactory.create(collection=first.collection, identifier="X-1")

    table = after_work(table)

    first.refresh_from_db()
    assert (first.title, table.done_cells) == ("", 0)
    assert table.skipped == {"taken": {"number": 2, "rows": [2]}}


def test_a_step_undone_by_a_key_is_none_of_an_import(user: User, content: bytes) -> None:
    since = timezone.now()
    after_work(begun(user, content))

    assert last_step(user=user, since=since) == []


def test_what_has_begun_is_not_begun_twice_nor_thrown_away(user: User, content: bytes) -> None:
    table = begun(user, content)
    with pytest.raises(TableRefused, match="不能开始"):
        running.start(table=table, user=user)
    running.discard(table=table)
    assert TableImport.objects.filter(pk=table.pk).exists()


def test_thrown_away_nothing_is_left_of_it(user: User, content: bytes) -> None:
    table = checked(user, content)
    assert files.folder_of(table).exists()
    running.discard(table=table)
    assert not TableImport.objects.exists()
    assert not files.folder_of(table).exists()


def test_a_table_that_cannot_be_read_says_why(user: User) -> None:
    table = checked(user, b"PK\x03\x04 nothing")
    assert table.state == TableImport.State.UNREADABLE
    assert "已损坏" in table.reason


def test_the_number_of_queries_grows_with_what_changed_and_not_with_the_rows(user: User, tmp_path: Path) -> None:
    described(Image.objects.order_by("pk")[0], title="旧题名")

    def queries() -> int:
        exported(user, tmp_path / "out.csv")
        content = edited(tmp_path / "out.csv", lambda rows: rows[0].update({"题名": "新题名"}))
        with CaptureQueriesContext(connection) as found:
            checked(user, content)
        return len(found)

    before = queries()
    ImageFactory.create_batch(100, collection=Image.objects.all()[0].collection)
    assert queries() == before


def test_other_systems_are_told_once_it_is_applied_and_not_of_its_undoing(user: User, content: bytes) -> None:
    endpoint(EventKind.IMPORT_APPLIED)
    table = after_work(begun(user, content))
    undone(table, user)

    [event] = told()
    collection = Image.objects.values_list("collection__slug", flat=True)[0]
    assert (event["type"], event["data"]) == (
        "import.applied",
        {
            "collection": collection, "import": str(table.key), "records": RECORDS, "fields": 2 * RECORDS,
            "conflicts": 0,
        },
    )  # fmt: skip


def test_two_imports_take_turns(user: User, content: bytes) -> None:
    first, second = begun(user, content), begun(user, content)
    job = TableWork()
    for _turn in range(2):
        job.claim()
        job.step()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.done_records
    assert second.chunks.filter(finished_at__isnull=False).exists()


def test_what_an_upload_left_that_was_broken_off_is_taken_away(user: User, settings: Settings) -> None:
    known = taken_in(user, b"x")
    old, young = (Path(settings.DATA_DIR, "imports", name) for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "table.part").write_bytes(b"x")
    os.utime(old, (0, 0))
    os.utime(files.folder_of(known), (0, 0))

    files.remove_abandoned()

    assert [old.exists(), young.exists(), files.upload_of(known).exists()] == [False, True, True]
