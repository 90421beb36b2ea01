"""Drafting when something goes wrong: each image fails alone, nothing is lost, and the batch goes on later."""

from datetime import datetime

import pytest
from django.utils import timezone

from catalog.batches import leases, lifecycle
from catalog.batches.owners import this_process
from catalog.batches.running import run_batch
from catalog.drafting.drafting import Drafting
from catalog.exceptions import DraftingPaused
from catalog.models import Annotation, BatchItem, Collection, ImageFile, PromptVersion, Run
from catalog.vocabulary import BatchState, ItemState
from inference.engine.errors import (
    Busy,
    DeadlineExceeded,
    EngineError,
    ImageUndecodable,
    NotReady,
    OutOfMemory,
    PromptTooLong,
)
from inference.types import Request
from tests.catalog.drafts import draft, drafts_of, first_image, the_item
from tests.catalog.fakes import FakeDescriber, SteadyClock, failing_for
from tests.factories import (
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    described,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("error", "words"),
    [(OSError(5, "Input/output error"), "磁盘或网络存储读写出错"), (ValueError("无人料到"), "无人料到")],
)
def test_what_nobody_foresaw_fails_its_image_alone_after_three_attempts(
    collection: Collection, version: PromptVersion, error: Exception, words: str
) -> None:
    first = first_image(collection).files.get().master_path
    result = draft(collection, version, FakeDescriber(before=failing_for(first, error)))

    assert (result.done, result.failed) == (2, 1)
    assert words in the_item(collection).error
    assert the_item(collection).attempts == 3


def test_a_master_whose_folder_cannot_be_read_fails_its_image_alone(version: PromptVersion) -> None:
    file = ImageFileFactory(master="", source_path=f"/{'长' * 300}/1.jpg")

    result = draft(file.image.collection, version)

    assert (result.done, result.failed) == (0, 1)
    assert the_item(file.image.collection).error


def test_the_last_image_of_a_machine_that_is_gone_is_waited_for_and_drafted(
    collection: Collection, version: PromptVersion
) -> None:
    batch = lifecycle.open_batch(collection=collection, version=version)
    assert batch is not None
    gone = leases.claim_next(batch=batch, owner="another-host/0/0|1|1", now=timezone.now())
    assert gone is not None
    told: list[datetime] = []
    clock = SteadyClock()

    result = run_batch(
        batch=batch,
        work=Drafting(FakeDescriber()),
        waiting=told.append,
        sleep=clock.sleep,
        watch=leases.Watch(clock),
    )

    assert (result.done, len(told)) == (3, 1)


def test_a_machine_that_renews_its_lease_is_left_to_finish(collection: Collection, version: PromptVersion) -> None:
    batch = lifecycle.open_batch(collection=collection, version=version)
    assert batch is not None
    held = leases.claim_next(batch=batch, owner="another-host/0/0|1|1", now=timezone.now())
    assert held is not None
    clock = SteadyClock()
    waits: list[float] = []

    def renewed_meanwhile(seconds: float) -> None:
        waits.append(seconds)
        BatchItem.objects.filter(pk=held.pk).update(lease_until=timezone.now() + leases.LEASE)
        clock.sleep(seconds)

    result = run_batch(batch=batch, work=Drafting(FakeDescriber()), sleep=renewed_meanwhile, watch=leases.Watch(clock))

    assert (result.done, len(waits)) == (2, 1)


def test_a_missing_file_fails_its_image_alone_with_a_reason(collection: Collection, version: PromptVersion) -> None:
    gone = ImageFile.objects.order_by("pk")[0]
    gone.master_path.unlink()

    result = draft(collection, version)

    assert (result.done, result.failed) == (2, 1)
    assert result.failures[0][0] == gone.original_name
    assert gone.original_name in the_item(collection).error


def test_an_image_without_scans_fails_with_a_reason(version: PromptVersion) -> None:
    image = ImageFactory()

    assert draft(image.collection, version).failed == 1
    assert BatchItem.objects.get().error


@pytest.mark.parametrize("error", [ImageUndecodable("truncated"), PromptTooLong(9000, 8000)])
def test_what_is_wrong_with_one_picture_fails_that_one(
    collection: Collection, version: PromptVersion, error: EngineError
) -> None:
    result = draft(collection, version, FakeDescriber([error]))

    assert (result.done, result.failed) == (2, 1)
    assert the_item(collection).error == result.failures[0][1]
    assert the_item(collection).attempts == 1


@pytest.mark.parametrize("error", [OutOfMemory(), DeadlineExceeded(5.0)])
def test_what_may_pass_is_tried_again_and_given_up_after_three_attempts(
    collection: Collection, version: PromptVersion, error: EngineError
) -> None:
    once = draft(collection, version, FakeDescriber([error]))
    assert (once.done, once.failed) == (3, 0)

    first = first_image(collection).files.get().master_path
    describer = FakeDescriber(before=failing_for(first, error))
    again = draft(collection, PromptVersionFactory(keywords=True), describer)
    assert (again.done, again.failed) == (2, 1)


def test_a_busy_model_is_waited_for_as_long_as_it_says(collection: Collection, version: PromptVersion) -> None:
    waits: list[float] = []

    result = draft(collection, version, FakeDescriber([Busy(7), Busy(3)]), sleep=waits.append)

    assert (result.done, waits) == (3, [7, 3])
    assert the_item(collection).attempts == 1


def test_a_model_that_is_gone_pauses_the_batch_with_a_sentence_and_it_can_go_on(
    collection: Collection, version: PromptVersion
) -> None:
    with pytest.raises(DraftingPaused, match="停止"):
        draft(collection, version, FakeDescriber(["石桥", NotReady("draining")]))

    batch = the_item(collection).batch
    assert batch.state == BatchState.PAUSED
    assert batch.reason
    assert batch.items.filter(state=ItemState.PENDING).count() == 2
    assert draft(collection, version).done == 2
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE


def test_ctrl_c_gives_the_image_back(collection: Collection, version: PromptVersion) -> None:
    with pytest.raises(KeyboardInterrupt):
        draft(collection, version, FakeDescriber(["石桥", KeyboardInterrupt()]))

    assert not BatchItem.objects.running().exists()
    assert draft(collection, version).done == 2
    assert Annotation.objects.drafts().count() == 3


def test_ctrl_c_gives_back_what_was_claimed_but_not_begun(collection: Collection, version: PromptVersion) -> None:
    def claim_another(request: Request) -> None:
        # As if the signal had come right after a claim, before the work on it.
        batch = the_item(collection).batch
        assert leases.claim_next(batch=batch, owner=this_process(), now=timezone.now()) is not None
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft(collection, version, FakeDescriber(before=claim_another))

    assert not BatchItem.objects.running().exists()
    assert draft(collection, version).done == 3


def test_a_batch_somebody_paused_stops_after_the_image_at_work(collection: Collection, version: PromptVersion) -> None:
    def pause(request: Request) -> None:
        lifecycle.pause(batch=the_item(collection).batch, reason="午休。")

    with pytest.raises(DraftingPaused, match="午休"):
        draft(collection, version, FakeDescriber(before=pause))

    assert Annotation.objects.drafts().count() == 1


def test_a_limit_ends_the_run_and_the_rest_is_left_for_the_next(collection: Collection, version: PromptVersion) -> None:
    assert draft(collection, version, limit=2).done == 2
    assert draft(collection, version).done == 1


def test_a_field_described_while_the_model_thinks_gets_no_draft(collection: Collection, version: PromptVersion) -> None:
    image = first_image(collection)

    def describe(request: Request) -> None:
        if not image.annotations.exists():
            described(image, description="人写的")

    draft(collection, version, FakeDescriber(before=describe))

    image.refresh_from_db()
    assert image.description == "人写的"
    assert drafts_of(image) == {}
    assert Annotation.objects.drafts().count() == 2


def test_an_image_described_while_it_waits_costs_the_model_nothing(
    collection: Collection, version: PromptVersion
) -> None:
    image = collection.images.order_by("pk")[1]
    describer = FakeDescriber(before=lambda request: described(image, description="人写的"))

    result = draft(collection, version, describer)

    assert (result.done, result.skipped, len(describer.history)) == (2, 1, 2)


def test_an_image_deleted_while_it_waits_stops_nothing(collection: Collection, version: PromptVersion) -> None:
    doomed = collection.images.order_by("pk")[1].pk

    result = draft(
        collection, version, FakeDescriber(before=lambda request: collection.images.filter(pk=doomed).delete())
    )

    assert (result.done, result.failed) == (2, 0)


def test_an_answer_that_comes_after_the_lease_was_lost_is_thrown_away(
    collection: Collection, version: PromptVersion
) -> None:
    def lose(request: Request) -> None:
        if len(describer.history) == 1:
            BatchItem.objects.running().update(state=ItemState.PENDING, claim=None, lease_until=None, owner="")

    describer = FakeDescriber(["来晚的", "第二次", "三", "四"], before=lose)

    draft(collection, version, describer)

    assert Annotation.objects.filter(field="description").count() == 3
    assert not Run.objects.filter(raw_text="来晚的").exists()
