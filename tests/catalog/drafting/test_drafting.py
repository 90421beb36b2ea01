"""Drafting: every image gets its drafts once, and they say where they come from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.batches import lifecycle
from catalog.batches.running import run_batch
from catalog.drafting.drafting import Drafting
from catalog.models import Collection, PromptVersion
from catalog.vocabulary import BatchState, FileRole, ImageStatus, ItemState
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.types import ImagePart, TextPart
from tests.catalog.drafts import SIX, SIX_ANSWER, draft, drafts_of, first_image, the_item
from tests.catalog.fakes import FakeDescriber, answer_of
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
)

pytestmark = pytest.mark.django_db


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


def test_an_over_long_sentence_is_marked(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(default="长" * 30))

    assert first_image(collection).annotations.get().flag == "overlong"


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
        batch = lifecycle.open_batch(collection=collection, version=version)
        assert batch is not None
        with CaptureQueriesContext(connection) as queries:
            run_batch(batch=batch, work=Drafting(FakeDescriber()))
        return len(queries)

    one, two, six = cost(1), cost(2), cost(6)

    assert six - two == 4 * (two - one)
