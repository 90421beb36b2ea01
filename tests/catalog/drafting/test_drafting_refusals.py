"""A model that says it sees nothing: no draft comes of it, the batch says so, and the image can be tried again."""

import pytest
from django.utils import timezone

from catalog.batches.controls import BatchAction, act, possible
from catalog.batches.failures import IN_A_ROW
from catalog.batches.progress import failures_of, progress_of
from catalog.drafting.trials import try_prompt
from catalog.models import Annotation, Collection, Image, PromptVersion, Run
from catalog.vocabulary import BatchState, ImageStatus, ItemState
from tests.catalog.drafts import draft, drafts_of, first_image, the_item
from tests.catalog.fakes import FakeDescriber
from tests.factories import ImageFactory, ImageFileFactory, PromptVersionFactory, UserFactory

pytestmark = pytest.mark.django_db

REFUSAL = "抱歉，我看不清这张照片。"


def test_a_refusal_is_no_draft_and_its_image_is_said_to_be_without_an_answer(
    collection: Collection, version: PromptVersion
) -> None:
    result = draft(collection, version, FakeDescriber([REFUSAL]))

    item, image = the_item(collection), first_image(collection)
    assert (result.done, result.refused, result.failed) == (2, 1, 0)
    assert item.state == ItemState.REFUSED
    assert "没有给出内容" in item.error
    assert item.error == result.failures[0][1]
    assert drafts_of(image) == {}
    assert image.status == ImageStatus.UNDESCRIBED
    assert item.batch.state == BatchState.DONE


def test_the_answer_is_kept_word_for_word_and_asked_for_once(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber([REFUSAL]), limit=1)

    assert list(Run.objects.values_list("image", "raw_text")) == [(first_image(collection).pk, REFUSAL)]


def test_a_refusal_to_be_shorter_leaves_the_long_answer(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(["长" * 30, REFUSAL]), limit=1)

    assert drafts_of(first_image(collection)) == {"description": "长" * 30}


def test_a_refusal_after_an_answer_that_could_not_be_read_is_a_refusal(collection: Collection) -> None:
    draft(collection, PromptVersionFactory(six_elements=True), FakeDescriber(["石桥", REFUSAL]), limit=1)

    assert the_item(collection).state == ItemState.REFUSED


def test_the_batch_counts_it_and_gives_the_reason(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber([REFUSAL]))

    batch = the_item(collection).batch
    progress = progress_of(batch, now=timezone.now())
    assert (progress.total, progress.done, progress.refused, progress.failed, progress.left) == (3, 2, 1, 0, 0)
    assert [item.image for item in failures_of(batch, Image.objects.all(), 10)] == [first_image(collection)]


def test_it_can_be_drafted_again_from_its_batch(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber([REFUSAL]))
    batch = the_item(collection).batch

    assert possible(batch) == [BatchAction.RETRY]
    assert "1 幅" in act(batch=batch, action=BatchAction.RETRY, user=UserFactory())
    item = the_item(collection)
    assert (item.state, item.error) == (ItemState.PENDING, "")


def test_the_next_batch_of_what_is_missing_takes_it(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber([REFUSAL]))

    assert draft(collection, version).done == 1
    assert Annotation.objects.drafts().count() == 3


def test_many_refusals_do_not_pause_a_batch(version: PromptVersion) -> None:
    image = ImageFactory()
    for _ in range(IN_A_ROW + 1):
        ImageFileFactory(image=ImageFactory(collection=image.collection))
    image.delete()

    result = draft(image.collection, version, FakeDescriber(default=REFUSAL))

    assert result.refused == IN_A_ROW + 1


def test_a_trial_says_that_there_is_no_value(collection: Collection, version: PromptVersion) -> None:
    image = Image.objects.with_files().select_related("collection").get(pk=first_image(collection).pk)

    trial = try_prompt(image=image, version=version, describer=FakeDescriber([REFUSAL]))

    assert (trial.values, trial.raw_text) == ((), REFUSAL)
    assert "没有给出内容" in trial.error
