"""Drafting: every image gets its drafts once, whatever happens meanwhile."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from catalog.drafting.owners import this_process
from catalog.exceptions import DraftingPaused
from catalog.models import Annotation, BatchItem, Collection, ImageFile, PromptVersion, Run
from catalog.services import batches, leases
from catalog.services.drafting import run_batch
from catalog.vocabulary import BatchState, FileRole, ImageStatus, ItemState
from inference.engine.errors import (
    Busy,
    DeadlineExceeded,
    EngineError,
    ImageUndecodable,
    NotReady,
    OutOfMemory,
    PromptTooLong,
)
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.types import ImagePart, Request, TextPart
from tests.catalog.drafts import SIX, SIX_ANSWER, draft, drafts_of, first_image
from tests.catalog.fakes import FakeDescriber, answer_of
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    described,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory()
    for _ in range(3):
        ImageFileFactory(image=ImageFactory(collection=collection))
    return collection


@pytest.fixture
def version() -> PromptVersion:
    return PromptVersionFactory()


def the_item(collection: Collection, number: int = 0) -> BatchItem:
    return BatchItem.objects.filter(batch__collection=collection).order_by("pk")[number]


def test_every_image_gets_a_draft_that_knows_where_it_comes_from(
    collection: Collection, version: PromptVersion
) -> None:
    describer = FakeDescriber(["石桥", "帆船", "宝塔"])

    result = draft(collection, version, describer)

    assert (result.done, result.failed, result.total) == (3, 0, 3)
    texts = [drafts_of(image)["description"] for image in collection.images.order_by("pk")]
    assert texts == ["石桥", "帆船", "宝塔"]
    run = first_image(collection).annotations.get().run
    assert run is not None
    assert (run.model_name, run.model_version, run.prompt_version) == ("fake", "fake@1", version)
    assert (run.raw_text, run.finish_reason, run.input_tokens, run.output_tokens) == ("石桥", "stop", 40, 2)
    assert run.parameters["temperature"] == 0.0
    assert run.timings["decode_s"] == 0.03
    assert run.batch_item is not None
    assert run.batch_item.state == ItemState.DONE
    assert run.batch_item.batch.state == BatchState.DONE
    assert collection.images.filter(status=ImageStatus.TO_REVIEW).count() == 3


def test_the_model_is_shown_the_front_and_the_verso_and_asked_at_low_priority(version: PromptVersion) -> None:
    front = ImageFileFactory()
    verso = ImageFileFactory(image=front.image, role=FileRole.VERSO)
    describer = FakeDescriber()

    draft(front.image.collection, version, describer)

    (request,) = describer.history
    (message,) = request.messages
    scans = [ImagePart(file.master_path, max_pixels=IMPORT_MAX_PIXELS) for file in (front, verso)]
    assert message.parts == (*scans, TextPart(version.text))
    assert (request.priority, request.thinking, request.max_new_tokens) == ("batch", False, version.max_new_tokens)


def test_six_elements_fill_six_fields_from_one_answer(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)

    draft(collection, version, FakeDescriber(default=SIX_ANSWER))

    image = first_image(collection)
    assert drafts_of(image)["place"] == "待考"
    assert set(drafts_of(image)) == set(SIX)
    assert image.runs.count() == 1


def test_an_answer_that_cannot_be_read_is_asked_for_once_more_differently(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)
    describer = FakeDescriber(["我看到一座石桥。"], default=SIX_ANSWER)

    result = draft(collection, version, describer)

    assert result.done == 3
    assert len(describer.history) == 4
    assert describer.history[0].temperature == 0.0
    assert describer.history[1].temperature > 0
    first, second = first_image(collection).runs.order_by("pk")
    assert first.raw_text == "我看到一座石桥。"
    assert second.annotations.count() == 6
    assert not first.annotations.exists()


def test_twice_unreadable_fails_the_image_and_keeps_what_was_said(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)
    describer = FakeDescriber(["一", "二"], default=SIX_ANSWER)

    result = draft(collection, version, describer)

    assert (result.done, result.failed) == (2, 1)
    failed = the_item(collection)
    assert (failed.state, bool(failed.error)) == (ItemState.FAILED, True)
    assert list(failed.runs.order_by("pk").values_list("raw_text", flat=True)) == ["一", "二"]
    assert not failed.image.annotations.exists()


def test_no_text_in_the_picture_is_a_draft_of_an_empty_value(collection: Collection) -> None:
    draft(collection, PromptVersionFactory(transcription=True), FakeDescriber(default="无文字"))

    assert drafts_of(first_image(collection)) == {"transcription": ""}


def test_a_character_no_database_keeps_is_left_out(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(default="石\0桥"))

    assert drafts_of(first_image(collection)) == {"description": "石桥"}


def test_a_character_no_text_keeps_is_left_out_of_what_json_spells(collection: Collection) -> None:
    answer = r'{"事由": "合\ud800影", "时间": "\u0000", "地点": "一\r\n二"}'

    result = draft(collection, PromptVersionFactory(six_elements=True), FakeDescriber(default=answer))

    drafts = drafts_of(first_image(collection))
    assert result.done == 3
    assert (drafts["event"], drafts["date"], drafts["place"]) == ("合影", "待考", "一\n二")


def test_an_answer_cut_off_at_its_limit_is_marked(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber([answer_of("桥头有三个", "length")]))

    first, second, _third = collection.images.order_by("pk")
    assert first.annotations.get().flag == "truncated"
    assert second.annotations.get().flag == ""


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("无人料到")])
def test_what_nobody_foresaw_fails_its_image_alone_after_three_attempts(
    collection: Collection, version: PromptVersion, error: Exception
) -> None:
    result = draft(collection, version, FakeDescriber([error] * 3))

    assert (result.done, result.failed) == (2, 1)
    assert str(error.args[-1]) in the_item(collection).error
    assert the_item(collection).attempts == 3


def test_a_master_whose_folder_cannot_be_read_fails_its_image_alone(version: PromptVersion) -> None:
    file = ImageFileFactory(master="", source_path=f"/{'长' * 300}/1.jpg")

    result = draft(file.image.collection, version)

    assert (result.done, result.failed) == (0, 1)
    assert the_item(file.image.collection).error


def test_the_last_image_of_a_machine_that_is_gone_is_waited_for_and_drafted(
    collection: Collection, version: PromptVersion
) -> None:
    batch = batches.open_batch(collection=collection, version=version)
    assert batch is not None
    gone = leases.claim_next(batch=batch, owner="another-host/0/0|1|1", now=timezone.now())
    assert gone is not None
    told: list[datetime] = []

    def sleep(seconds: float) -> None:
        assert seconds > 60
        BatchItem.objects.filter(pk=gone.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    result = run_batch(batch=batch, describer=FakeDescriber(), waiting=told.append, sleep=sleep)

    assert (result.done, told) == (3, [gone.lease_until])


def test_a_machine_that_renews_its_lease_is_left_to_finish(collection: Collection, version: PromptVersion) -> None:
    batch = batches.open_batch(collection=collection, version=version)
    assert batch is not None
    leases.claim_next(batch=batch, owner="another-host/0/0|1|1", now=timezone.now())
    waits: list[float] = []

    result = run_batch(batch=batch, describer=FakeDescriber(), sleep=waits.append)

    assert (result.done, len(waits)) == (2, 1)


def test_an_over_long_sentence_is_marked(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(default="长" * 30))

    assert first_image(collection).annotations.get().flag == "overlong"


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

    again = draft(collection, PromptVersionFactory(keywords=True), FakeDescriber([error] * 3))
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
        batches.pause(batch=the_item(collection).batch, reason="午休。")

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


def test_progress_is_told_after_each_image(collection: Collection, version: PromptVersion) -> None:
    told: list[tuple[int, int]] = []

    draft(collection, version, progress=lambda so_far: told.append((so_far.settled, so_far.total)))

    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_the_model_thinks(collection: Collection, version: PromptVersion) -> None:
    held: list[bool] = []

    draft(collection, version, FakeDescriber(before=lambda request: held.append(connection.connection is not None)))

    assert held == [False] * 3


def test_an_image_costs_the_same_number_of_queries_however_many_there_are(version: PromptVersion) -> None:
    def cost(images: int) -> int:
        collection = CollectionFactory()
        for _ in range(images):
            ImageFileFactory(image=ImageFactory(collection=collection))
        batch = batches.open_batch(collection=collection, version=version)
        assert batch is not None
        with CaptureQueriesContext(connection) as queries:
            run_batch(batch=batch, describer=FakeDescriber())
        return len(queries)

    one, two, six = cost(1), cost(2), cost(6)

    assert six - two == 4 * (two - one)
