"""Making exports: at once or by the worker, whole or not at all, whoever dies, stops it or has no room."""

import errno
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.batches.owners import this_process
from catalog.digests import content_hash
from catalog.exceptions import ClaimLost, ExportRefused
from catalog.exchange.exports import claims, keeping, places
from catalog.exchange.exports.jobs import Exporting
from catalog.exchange.exports.making import Making
from catalog.exchange.exports.planning import AT_ONCE, prepare
from catalog.exchange.exports.running import export_chosen, make_now
from catalog.exchange.exports.tidying import tidy
from catalog.exchange.tables import limits
from catalog.models import Action, Export, ExportPart, Image
from catalog.vocabulary import Access, Verb
from tests.catalog.exported import folders_of_exports
from tests.catalog.people import administrator, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, MembershipFactory, described

pytestmark = pytest.mark.django_db
DATA = Path(settings.DATA_DIR)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Begin and end without files."""
    yield
    for key in places.keys_with_folders():
        places.remove_folder(key)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PART_RECORDS", 2)


def prepared(number: int = 5, *, background: bool = True, **asked: Any) -> Export:
    """Return an export of so many records of a collection whose cataloguer asks for it."""
    collection = CollectionFactory()
    for place in range(number):
        described(ImageFactory(collection=collection, identifier=f"P-{place}"), title=f"石桥{place}")
    user = asked.pop("user", None) or cataloguer(collection)
    images = collection.images.order_by("identifier")
    return prepare(user=user, images=images, fmt=asked.pop("fmt", "csv"), background=background, **asked)


def fresh(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


def work(job: Exporting | None = None) -> None:
    """Do all that the worker has to do."""
    job = job or Exporting()
    while job.claim():
        job.step()


class TestTheWorker:
    def test_it_makes_what_waits_with_progress_and_a_link(self) -> None:
        export = prepared()
        job = Exporting()
        seen = []
        while job.claim():
            job.step()
            seen.append(fresh(export).done_records)

        done = fresh(export)
        path = places.path_of(done)
        assert seen == [2, 4, 5, 5]
        assert (done.state, done.done_records, done.left_out) == (Export.State.DONE, 5, 0)
        assert (done.size, done.sha256) == (path.stat().st_size, content_hash(path))
        assert done.expires_at is not None
        assert timedelta(days=6) < done.expires_at - timezone.now() <= timedelta(days=7)
        assert done.kept_until is not None
        assert done.kept_until - timezone.now() > timedelta(days=364)
        assert path.read_text(encoding="utf-8-sig").count("\n") == 6
        assert folders_of_exports(DATA) == [done.file_name]

    @pytest.mark.parametrize("fmt", ["xlsx", "jsonl"])
    def test_it_makes_every_kind_of_file(self, fmt: str) -> None:
        export = prepared(fmt=fmt)

        work()

        assert fresh(export).state == Export.State.DONE
        assert folders_of_exports(DATA) == [export.file_name]

    def test_it_logs_what_left_for_each_collection(self) -> None:
        export = prepared()

        work()

        entry = Action.objects.get(verb=Verb.CATALOGUE_EXPORTED)
        assert (entry.user, entry.details["images"], entry.details["export"]) == (export.user, 5, str(export.pk))

    def test_what_the_user_may_not_see_any_more_does_not_leave(self) -> None:
        export = prepared()
        Image.objects.filter(identifier="P-1").update(access=Access.RESTRICTED, disclosure="unexamined")
        Image.objects.filter(identifier="P-2").delete()

        work()

        done = fresh(export)
        assert (done.done_records, done.left_out) == (3, 2)
        text = places.path_of(done).read_text()
        assert "P-0" in text
        assert "P-1" not in text

    def test_a_reviewer_gets_restricted_records(self) -> None:
        collection = CollectionFactory()
        ImageFactory(collection=collection, access=Access.RESTRICTED, disclosure="unexamined")
        export = prepare(user=reviewer(collection), images=Image.objects.all(), fmt="csv", background=True)

        work()

        assert fresh(export).done_records == 1
        assert fresh(export).restricted == [collection.pk]

    def test_told_to_end_it_gives_back_and_leaves_no_half_file(self) -> None:
        export = prepared()
        job = Exporting()
        job.claim()
        job.step()

        job.release()

        assert fresh(export).state == Export.State.PENDING
        assert folders_of_exports(DATA) == []
        work()
        assert (fresh(export).state, fresh(export).done_records) == (Export.State.DONE, 5)

    def test_what_a_dead_process_left_is_made_from_the_beginning(self) -> None:
        export = prepared()
        Export.objects.filter(pk=export.pk).update(
            state=Export.State.RUNNING, claim=uuid.uuid4(), owner="", lease_until=timezone.now() - timedelta(seconds=1),
            done_records=4,
        )  # fmt: skip

        work()

        assert (fresh(export).state, fresh(export).done_records) == (Export.State.DONE, 5)

    def test_what_another_process_makes_is_left_to_it(self) -> None:
        export = prepared()
        claims.claim_next(owner="elsewhere|1|1")

        assert not Exporting().claim()
        assert fresh(export).owner == "elsewhere|1|1"

    def test_what_a_living_process_of_this_machine_makes_is_left_to_it_however_long_it_takes(self) -> None:
        export = prepared()
        claims.claim_next(owner=this_process())
        Export.objects.update(lease_until=timezone.now() - timedelta(hours=1))

        assert claims.claim_next(owner="elsewhere|1|1") is None
        assert fresh(export).owner == this_process()

    def test_what_takes_its_process_down_again_and_again_is_given_up(self) -> None:
        export = prepared()
        Export.objects.filter(pk=export.pk).update(attempts=claims.MOST_ATTEMPTS)

        work()

        assert fresh(export).state == Export.State.FAILED
        assert "管理员" in fresh(export).reason

    def test_without_room_it_says_so_and_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        export = prepared()

        def full(*_arguments: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(places, "give_name", full)
        work()

        done = fresh(export)
        assert (done.state, done.claim) == (Export.State.FAILED, None)
        assert "磁盘空间不足" in done.reason
        assert folders_of_exports(DATA) == []
        assert not Action.objects.filter(verb=Verb.CATALOGUE_EXPORTED).exists()

    def test_whoever_has_lost_it_names_no_file(self) -> None:
        export = prepared(1)
        claim = claims.claim_next(owner=this_process())
        assert claim is not None
        making = Making(claim)
        making.step()
        Export.objects.update(claim=uuid.uuid4())

        with pytest.raises(ClaimLost):
            making.step()
        making.close()

        assert folders_of_exports(DATA) == []
        assert fresh(export).state == Export.State.RUNNING


class TestStopping:
    def test_stopped_in_the_middle_it_leaves_nothing(self) -> None:
        export = prepared()
        job = Exporting()
        job.claim()
        job.step()

        claims.cancel(export=fresh(export), user=cataloguer(None))
        work(job)
        tidy()

        assert fresh(export).state == Export.State.CANCELLED
        assert folders_of_exports(DATA) == []
        assert not ExportPart.objects.exists()

    def test_before_it_has_begun_it_is_never_made(self) -> None:
        export = prepared()

        claims.cancel(export=export, user=cataloguer(None))

        assert not Exporting().claim()

    def test_what_is_over_is_not_stopped(self) -> None:
        export = prepared(background=False)
        make_now(export)

        with pytest.raises(ExportRefused, match="已完成"):
            claims.cancel(export=export, user=cataloguer(None))


class TestAtOnce:
    def test_a_few_records_are_made_while_somebody_waits(self) -> None:
        collection = CollectionFactory()
        ImageFactory(collection=collection)

        export = export_chosen(user=cataloguer(collection), images=collection.images.order_by("pk"), fmt="csv")

        assert export.state == Export.State.DONE
        assert places.path_of(export).exists()

    def test_many_are_left_to_the_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("catalog.exchange.exports.planning.AT_ONCE", 2)
        assert AT_ONCE > 100
        images = ImageFactory.create_batch(3, collection=CollectionFactory())

        export = export_chosen(user=administrator(), images=Image.objects.order_by("pk"), fmt="csv")

        assert (export.state, export.background, export.records) == (Export.State.PENDING, True, len(images))

    def test_nothing_is_no_table(self) -> None:
        with pytest.raises(ExportRefused, match="没有符合条件"):
            export_chosen(user=administrator(), images=Image.objects.order_by("pk"), fmt="csv")
        assert not Export.objects.exists()

    def test_it_is_not_made_twice(self) -> None:
        export = prepared(background=False)
        make_now(export)

        with pytest.raises(ExportRefused, match="已经开始过"):
            make_now(export)

    def test_where_no_file_can_be_written_it_says_why(self, tmp_path: Path) -> None:
        export = prepared(background=False)
        (tmp_path / "file").write_text("")

        with pytest.raises(ExportRefused, match="没有留下写了一半的文件"):
            make_now(export, path=tmp_path / "file" / "out.csv")

        assert fresh(export).state == Export.State.FAILED

    def test_more_records_than_a_workbook_holds_are_refused_and_another_kind_is_offered(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert limits.MOST_RECORDS_OF_XLSX == 1_048_575
        monkeypatch.setattr("catalog.exchange.exports.planning.MOST_RECORDS_OF_XLSX", 4)

        with pytest.raises(ExportRefused, match=r"最多容纳 4 条记录，所选有 5 条.*CSV"):
            prepared(fmt="xlsx")
        assert prepared(fmt="csv").records == 5

    def test_the_file_of_before_stays_where_it_cannot_be_written(self, tmp_path: Path) -> None:
        path = tmp_path / "out.csv"
        path.write_text("旧", encoding="utf-8")
        export = prepared(background=False)
        Image.objects.all().delete()
        make_now(export, path=path)
        assert path.read_text(encoding="utf-8-sig").startswith("照片号")
        assert [item.name for item in tmp_path.iterdir()] == ["out.csv"]

    def test_what_a_killed_process_left_beside_the_file_is_taken_away(self, tmp_path: Path) -> None:
        left = tmp_path / ".out.csv.abc.part"
        left.mkdir()
        (left / "table").write_text("half")

        make_now(prepared(background=False), path=tmp_path / "out.csv")

        assert [item.name for item in tmp_path.iterdir()] == ["out.csv"]


class TestTidying:
    def test_a_file_is_taken_away_when_its_time_is_over_and_what_it_said_stays(self) -> None:
        export = prepared(background=False)
        make_now(export)
        Export.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

        tidy()

        assert fresh(export).state == Export.State.EXPIRED
        assert folders_of_exports(DATA) == []
        assert ExportPart.objects.exists()

    def test_what_it_said_is_taken_away_when_that_time_is_over(self) -> None:
        export = prepared(background=False)
        make_now(export)
        Export.objects.update(kept_until=timezone.now() - timedelta(minutes=1))

        tidy()

        assert not ExportPart.objects.exists()
        assert fresh(export).state == Export.State.DONE

    def test_what_nobody_waits_for_any_more_has_failed(self) -> None:
        export = prepared(background=False)
        claims.claim_this(export, owner="elsewhere|1|1")
        Export.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
        never = prepared(background=False)
        Export.objects.filter(pk=never.pk).update(created_at=timezone.now() - timedelta(days=1))

        tidy()

        assert {fresh(export).state, fresh(never).state} == {Export.State.FAILED}

    def test_folders_of_exports_that_are_gone_are_taken_away_and_others_stay(self) -> None:
        export = prepared(background=False)
        make_now(export)
        stray = places.all_folders() / str(uuid.uuid4())
        stray.mkdir()

        tidy()

        assert not stray.exists()
        assert places.path_of(fresh(export)).exists()


def test_only_those_who_still_work_on_all_of_it_fetch_it() -> None:
    from catalog.exchange.exports.policies import can_fetch

    collection = CollectionFactory()
    ImageFactory(collection=collection, access=Access.RESTRICTED, disclosure="unexamined")
    user = reviewer(collection)
    export = export_chosen(user=user, images=collection.images.order_by("pk"), fmt="csv")
    assert can_fetch(user, export)
    assert can_fetch(administrator(), export)
    assert not can_fetch(reviewer(collection), export)

    user.memberships.all().delete()
    MembershipFactory(user=user, collection=collection, role="cataloguer")

    assert not can_fetch(user, export)
