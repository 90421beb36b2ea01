"""Batches as background work: all that are left to the worker, in turn, while the site has its model."""

import errno
from collections.abc import Callable

import pytest
from django.db import OperationalError

from catalog.batches import leases, lifecycle
from catalog.batches.failures import IN_A_ROW
from catalog.batches.jobs import IDLE_S, MOST_DISCONNECTS, BatchJob
from catalog.drafting.jobs import DraftingQueue, drafting_job
from catalog.drafting.site import SiteState
from catalog.models import Annotation, Batch, BatchItem, Collection, PromptVersion
from catalog.vocabulary import BatchState, ItemState
from catalog.worker.worker import Worker
from inference.engine.errors import (
    CheckpointError,
    ConnectionCut,
    EngineError,
    ImageUndecodable,
    ImageUnreadable,
    InvalidRequest,
    NotReady,
)
from inference.types import Request
from tests.catalog.batches.test_leases import DEAD
from tests.catalog.drafts import the_item
from tests.catalog.fakes import FakeDescriber
from tests.catalog.workers import READY, FakeSite, drafting, shift
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory

pytestmark = pytest.mark.django_db


def opened(collection: Collection, version: PromptVersion, *, background: bool = True) -> Batch:
    batch = lifecycle.open_batch(collection=collection, version=version, background=background)
    assert batch is not None
    return batch


class WatchOnFullDisk(leases.Watch):
    """Finds the claims of the dead, until the disk is full."""

    is_full = False

    def take_back(self) -> int:
        if self.is_full:
            raise OperationalError("database or disk is full")
        return super().take_back()


def state_of(batch: Batch) -> tuple[str, str]:
    batch.refresh_from_db()
    return batch.state, batch.reason


def test_it_drafts_a_batch_to_its_end(collection: Collection, version: PromptVersion) -> None:
    batch = opened(collection, version)

    shift(drafting())

    assert Annotation.objects.drafts().count() == 3
    assert state_of(batch) == (BatchState.DONE, "")


def test_where_there_is_nothing_to_do_it_does_not_even_look_at_the_site() -> None:
    assert shift(drafting(refuses=CheckpointError("x"))) == IDLE_S


@pytest.mark.parametrize("state", [BatchState.PENDING, BatchState.PAUSED, BatchState.CANCELLED])
def test_what_does_not_run_it_leaves_alone(collection: Collection, version: PromptVersion, state: str) -> None:
    batch = opened(collection, version)
    Batch.objects.filter(pk=batch.pk).update(state=state)

    assert shift(drafting()) == IDLE_S
    assert not Annotation.objects.exists()


def test_what_a_command_runs_it_leaves_to_the_command(collection: Collection, version: PromptVersion) -> None:
    opened(collection, version, background=False)

    assert shift(drafting()) == IDLE_S
    assert not Annotation.objects.exists()


def test_batches_take_turns_image_by_image(collection: Collection, version: PromptVersion) -> None:
    other = CollectionFactory()
    for _more in range(3):
        ImageFileFactory(image=ImageFactory(collection=other))
    opened(collection, version)
    opened(other, version)
    order: list[int] = []

    def note(request: Request) -> None:
        order.append(BatchItem.objects.running().get().batch_id)

    shift(drafting(FakeDescriber(before=note)))

    first, second = sorted(set(order))
    assert order == [first, second] * 3
    assert not Batch.objects.unfinished().exists()


def test_a_batch_that_begins_meanwhile_gets_its_share_at_once(collection: Collection, version: PromptVersion) -> None:
    other = ImageFileFactory().image.collection
    opened(collection, version)
    order: list[int] = []

    def begin_another(request: Request) -> None:
        order.append(BatchItem.objects.running().get().batch.collection_id)
        if len(order) == 1:
            opened(other, version)

    shift(drafting(FakeDescriber(before=begin_another)))

    assert order == [collection.pk, other.pk, collection.pk, collection.pk]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (SiteState("absent"), "正在等待模型就绪"),
        (SiteState("loading", reason="模型正在加载，请稍后重试。"), "模型正在加载"),
        (SiteState("stopped"), "正在等待模型就绪"),
    ],
)
def test_it_waits_for_the_model_and_says_so(
    collection: Collection, version: PromptVersion, told: SiteState, words: str
) -> None:
    batch = opened(collection, version)
    at_work = drafting(None, told, READY)

    assert shift(at_work) == IDLE_S
    state, reason = state_of(batch)
    assert state == BatchState.RUNNING
    assert words in reason

    shift(at_work)
    assert state_of(batch) == (BatchState.DONE, "")


def test_a_model_that_cannot_be_loaded_pauses_the_batches_with_the_reason(
    collection: Collection, version: PromptVersion
) -> None:
    batch = opened(collection, version)

    shift(drafting(None, SiteState("stopped", reason="找不到模型。")))

    assert state_of(batch) == (BatchState.PAUSED, "找不到模型。")


def test_a_site_that_refuses_the_worker_pauses_the_batches(collection: Collection, version: PromptVersion) -> None:
    batch = opened(collection, version)

    shift(drafting(refuses=CheckpointError("remote_key_refused", url="http://127.0.0.1:1")))

    state, reason = state_of(batch)
    assert state == BatchState.PAUSED
    assert "拒绝" in reason


@pytest.mark.parametrize("error", [NotReady("draining"), ConnectionCut("x")])
def test_a_site_that_is_started_again_is_waited_for(
    collection: Collection, version: PromptVersion, error: EngineError
) -> None:
    batch = opened(collection, version)
    at_work = drafting(FakeDescriber(["一", error]))

    shift(at_work)
    assert state_of(batch) == (BatchState.RUNNING, "")
    assert not BatchItem.objects.running().exists()

    shift(at_work)
    assert state_of(batch) == (BatchState.DONE, "")
    assert Annotation.objects.count() == 3


def test_a_full_disk_pauses_the_batch_it_was_met_in(collection: Collection, version: PromptVersion) -> None:
    batch = opened(collection, version)

    shift(drafting(FakeDescriber([OSError(errno.ENOSPC, "No space left on device")])))

    state, reason = state_of(batch)
    assert state == BatchState.PAUSED
    assert "磁盘" in reason
    assert not batch.items.filter(state=ItemState.FAILED).exists()


def test_a_damaged_picture_fails_alone(collection: Collection, version: PromptVersion) -> None:
    batch = opened(collection, version)

    shift(drafting(FakeDescriber([ImageUndecodable("x")])))

    assert state_of(batch) == (BatchState.DONE, "")
    assert the_item(collection).state == ItemState.FAILED


def test_what_a_dead_worker_held_is_drafted(collection: Collection, version: PromptVersion) -> None:
    batch = opened(collection, version)
    BatchItem.objects.filter(pk=the_item(collection).pk).update(
        state=ItemState.RUNNING, claim="0" * 32, owner=DEAD, lease_until=batch.created_at + leases.LEASE, attempts=1
    )

    shift(drafting())

    assert Annotation.objects.count() == 3


@pytest.mark.parametrize("moment", ["looking for work", "at work"])
def test_a_database_that_is_full_pauses_the_batches(
    collection: Collection, version: PromptVersion, moment: str
) -> None:
    batch = opened(collection, version)
    watch = WatchOnFullDisk()
    job = BatchJob(DraftingQueue(FakeSite(FakeDescriber())), watch=watch)
    watch.is_full = moment == "looking for work"
    step: Callable[[], object] = job.claim
    if moment == "at work":
        assert job.claim()
        watch.is_full, step = True, job.step

    with pytest.raises(OperationalError):
        step()

    state, reason = state_of(batch)
    assert state == BatchState.PAUSED
    assert "磁盘" in reason


def test_let_go_in_the_middle_it_lets_go_of_whoever_answers(collection: Collection, version: PromptVersion) -> None:
    opened(collection, version)
    site = FakeSite(FakeDescriber())
    job = drafting_job(site)
    assert job.claim()
    job.step()
    assert site.answering == 1

    job.release()

    assert site.answering == 0


def test_told_to_stop_it_gives_back_what_it_holds_and_ends(collection: Collection, version: PromptVersion) -> None:
    opened(collection, version)
    asked: list[Request] = []

    Worker(drafting(FakeDescriber(before=asked.append)), stopping=lambda: len(asked) == 2).run()

    assert not BatchItem.objects.running().exists()
    assert BatchItem.objects.pending().count() == 1


class TestAModelThatBreaksOff:
    """A model that is there, and dies over every answer, costs no picture its place."""

    def test_it_is_left_alone_for_longer_each_time_and_then_the_batch_is_paused(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        batch = opened(collection, version)
        broken = drafting(FakeDescriber([ConnectionCut("x")] * 100))

        pauses = [shift(broken) for _time in range(MOST_DISCONNECTS)]

        assert pauses[:3] == [2.0, 4.0, 8.0]
        state, reason = state_of(batch)
        assert state == BatchState.PAUSED
        assert "断开" in reason
        assert batch.items.pending().count() == 3

    def test_an_answer_in_between_begins_the_count_anew(self, collection: Collection, version: PromptVersion) -> None:
        batch = opened(collection, version)
        cut = ConnectionCut("x")
        flickering = drafting(FakeDescriber([cut, cut, cut, "一", cut, cut, cut, "二", cut, "三"]))

        for _shift in range(2 * MOST_DISCONNECTS):
            shift(flickering)

        assert state_of(batch)[0] == BatchState.DONE
        assert Annotation.objects.count() == 3

    def test_failures_of_several_kinds_in_a_row_pause_the_batch(self, version: PromptVersion) -> None:
        collection = CollectionFactory()
        for _more in range(2 * IN_A_ROW):
            ImageFileFactory(image=ImageFactory(collection=collection))
        batch = opened(collection, version)
        errors: list[Exception] = [InvalidRequest("schema", "x"), ImageUnreadable("x")] * 20

        shift(drafting(FakeDescriber(errors)))

        state, reason = state_of(batch)
        assert state == BatchState.PAUSED
        assert f"连续 {IN_A_ROW} 幅失败" in reason


def test_outside_the_hours_nothing_is_begun_and_the_batch_says_when_it_goes_on(
    collection: Collection, version: PromptVersion
) -> None:
    batch, said = opened(collection, version), ["现在不在工作时段。"]
    site = FakeSite(FakeDescriber())
    job = drafting_job(site, closed=lambda: said[0])

    assert shift(job) == IDLE_S
    assert state_of(batch) == (BatchState.RUNNING, "现在不在工作时段。")
    assert not Annotation.objects.exists()

    said[0] = ""
    shift(job)
    assert state_of(batch) == (BatchState.DONE, "")


def test_when_the_hours_end_what_is_in_hand_is_finished_and_nothing_else_begun(
    collection: Collection, version: PromptVersion
) -> None:
    batch, said = opened(collection, version), [""]

    def end(request: Request) -> None:
        said[0] = "工作时段快结束了。"

    site = FakeSite(FakeDescriber(before=end))
    job = drafting_job(site, closed=lambda: said[0])

    assert shift(job) == IDLE_S
    assert Annotation.objects.count() == batch.items.filter(state=ItemState.DONE).count() == 1
    assert not BatchItem.objects.running().exists()
    assert state_of(batch) == (BatchState.RUNNING, "工作时段快结束了。")
    assert site.answering == 0
