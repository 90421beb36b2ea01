"""Batches: which images they take, how they begin and end."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.batches import lifecycle
from catalog.batches.progress import BatchProgress, progress_of
from catalog.drafting.prompts import add_prompt_version
from catalog.exceptions import BatchInTheWay, BatchOver, NothingToReplace, PromptNotFound
from catalog.models import Action, Batch, Collection, Image, Prompt, PromptVersion
from catalog.vocabulary import BatchState, ItemState, Selection, Verb
from tests.factories import (
    AnnotationFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    PromptVersionFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def opened(**options: Any) -> Batch:
    batch = lifecycle.open_batch(**options)
    assert batch is not None
    return batch


def images_of(batch: Batch) -> set[Image]:
    return {item.image for item in batch.items.select_related("image")}


def settle(batch: Batch, state: ItemState = ItemState.DONE) -> None:
    batch.items.update(state=state, error="原因" if state == ItemState.FAILED else "")


def test_missing_takes_images_without_value_and_draft(collection: Collection, version: PromptVersion) -> None:
    bare = ImageFactory(collection=collection)
    rejected = AnnotationFactory(image=ImageFactory(collection=collection), rejected=True).image
    drafted(ImageFactory(collection=collection), description="草稿")
    described(ImageFactory(collection=collection), description="石桥")
    ImageFactory()  # another collection's

    assert images_of(opened(collection=collection, version=version)) == {bare, rejected}


def test_rejected_takes_images_whose_draft_was_refused(collection: Collection, version: PromptVersion) -> None:
    ImageFactory(collection=collection)
    rejected = AnnotationFactory(image=ImageFactory(collection=collection), rejected=True).image

    batch = opened(collection=collection, version=version, selection=Selection.REJECTED)

    assert images_of(batch) == {rejected}


def test_all_takes_every_image(collection: Collection, version: PromptVersion) -> None:
    images = {ImageFactory(collection=collection), drafted(ImageFactory(collection=collection), description="草稿")}

    assert images_of(opened(collection=collection, version=version, selection="all")) == images


def test_a_limit_bounds_a_new_batch(collection: Collection, version: PromptVersion) -> None:
    ImageFactory.create_batch(3, collection=collection)

    assert opened(collection=collection, version=version, limit=2).items.count() == 2


def test_where_nothing_is_missing_there_is_no_batch(collection: Collection, version: PromptVersion) -> None:
    described(ImageFactory(collection=collection), description="石桥")

    assert lifecycle.open_batch(collection=collection, version=version) is None
    assert not Batch.objects.exists()


def test_an_unfinished_batch_goes_on_and_takes_in_what_was_added(
    collection: Collection, version: PromptVersion
) -> None:
    ImageFactory.create_batch(2, collection=collection)
    first = opened(collection=collection, version=version)
    lifecycle.pause(batch=first, reason="模型没有就绪。")
    added = ImageFactory(collection=collection)

    again = opened(collection=collection, version=version)

    assert (again.pk, again.state, again.reason) == (first.pk, BatchState.RUNNING, "")
    assert added in images_of(again)
    assert again.items.count() == 3


def test_with_a_limit_an_unfinished_batch_takes_in_nothing_new(collection: Collection, version: PromptVersion) -> None:
    ImageFactory.create_batch(2, collection=collection)
    opened(collection=collection, version=version, limit=1)

    assert opened(collection=collection, version=version, limit=5).items.count() == 1


def test_without_a_limit_the_rest_is_wanted_too(collection: Collection, version: PromptVersion) -> None:
    ImageFactory.create_batch(3, collection=collection)
    opened(collection=collection, version=version, limit=1)

    assert opened(collection=collection, version=version).items.count() == 3


def test_a_try_with_a_few_images_does_not_set_a_larger_batch_going(
    collection: Collection, version: PromptVersion
) -> None:
    ImageFactory.create_batch(3, collection=collection)
    large = opened(collection=collection, version=version, background=True)
    lifecycle.pause(batch=large, reason="x")

    with pytest.raises(BatchInTheWay):
        opened(collection=collection, version=version, limit=1, background=True)

    large.refresh_from_db()
    assert large.state == BatchState.PAUSED


def test_a_limit_holds_for_whoever_fills_a_batch_that_was_left(collection: Collection, version: PromptVersion) -> None:
    ImageFactory.create_batch(3, collection=collection)
    left = opened(collection=collection, version=version, limit=1)
    left.items.all().delete()
    Batch.objects.filter(pk=left.pk).update(state=BatchState.PENDING)

    lifecycle.resume(batch=left)

    assert left.items.count() == 1


@pytest.mark.parametrize("selection", ["missing", "rejected"])
def test_where_nothing_is_accepted_nothing_accepted_can_be_replaced(
    collection: Collection, version: PromptVersion, selection: str
) -> None:
    ImageFactory(collection=collection)

    with pytest.raises(NothingToReplace):
        lifecycle.open_batch(collection=collection, version=version, selection=selection, replace_accepted=True)


def test_a_batch_whose_work_is_done_is_finished_and_what_failed_gets_a_new_one(
    collection: Collection, version: PromptVersion
) -> None:
    ImageFactory(collection=collection)
    first = opened(collection=collection, version=version)
    settle(first, ItemState.FAILED)

    again = opened(collection=collection, version=version)

    first.refresh_from_db()
    assert first.state == BatchState.DONE
    assert again.pk != first.pk
    assert again.items.get().state == ItemState.PENDING


def test_other_prompts_and_other_selections_have_their_own_batches(
    collection: Collection, version: PromptVersion
) -> None:
    ImageFactory(collection=collection)
    other = PromptVersionFactory(keywords=True)

    found = {
        opened(collection=collection, version=version).pk,
        opened(collection=collection, version=version, selection="all").pk,
        opened(collection=collection, version=other).pk,
    }

    assert len(found) == 3


def test_a_newer_wording_cancels_the_unfinished_batch_of_the_old_one(
    collection: Collection, version: PromptVersion
) -> None:
    ImageFactory(collection=collection)
    old = opened(collection=collection, version=version)
    newer = add_prompt_version(prompt=version.prompt, text="新问题", form=version.form)

    new = opened(collection=collection, version=newer)

    old.refresh_from_db()
    assert old.state == BatchState.CANCELLED
    assert new.prompt_version == newer


@pytest.mark.parametrize("selection", ["rejected", "all"])
def test_it_cancels_nothing_else_and_nothing_where_it_does_not_begin(
    collection: Collection, version: PromptVersion, selection: str
) -> None:
    ImageFactory(collection=collection)
    old = opened(collection=collection, version=version)
    newer = add_prompt_version(prompt=version.prompt, text="新问题", form=version.form)

    lifecycle.open_batch(collection=collection, version=newer, selection=selection)

    old.refresh_from_db()
    assert old.state == BatchState.RUNNING


class TestHowFarItIs:
    """Numbers that a person plans by."""

    def progress(self, batch: Batch, *seconds_ago: float) -> BatchProgress:
        now = timezone.now()
        for seconds in seconds_ago:
            finished = now - timedelta(seconds=seconds)
            BatchItemFactory(batch=batch, state=ItemState.DONE, finished_at=finished)
        return progress_of(batch, now=now)

    def test_the_rate_is_that_of_the_last_minutes(self) -> None:
        batch = BatchFactory(state=BatchState.RUNNING)
        BatchItemFactory.create_batch(4, batch=batch)

        found = self.progress(batch, 120, 90, 60, 30, 3600)

        assert found.per_minute == pytest.approx(1.5)
        assert found.seconds_left == 160

    def test_a_pause_does_not_slow_it_down(self) -> None:
        batch = BatchFactory(state=BatchState.RUNNING, started_at=timezone.now() - timedelta(hours=12))

        assert self.progress(batch, *range(20)).per_minute == pytest.approx(60)

    def test_what_has_only_just_begun_has_no_rate(self) -> None:
        assert self.progress(BatchFactory(state=BatchState.RUNNING), 3, 2, 1).per_minute is None

    def test_what_stands_still_has_none(self) -> None:
        assert self.progress(BatchFactory(state=BatchState.PAUSED), 60, 30).per_minute is None


def test_a_batch_with_work_left_is_not_finished() -> None:
    item = BatchItemFactory()

    assert not lifecycle.finish(batch=item.batch)
    settle(item.batch)
    assert lifecycle.finish(batch=item.batch)
    assert lifecycle.finish(batch=item.batch)
    assert Action.objects.filter(verb=Verb.BATCH_FINISHED).count() == 1


def test_a_finished_batch_is_neither_paused_nor_cancelled() -> None:
    item = BatchItemFactory()
    settle(item.batch)
    lifecycle.finish(batch=item.batch)

    assert not lifecycle.pause(batch=item.batch, reason="x")
    assert not lifecycle.cancel(batch=item.batch, reason="x")

    item.batch.refresh_from_db()
    assert item.batch.state == BatchState.DONE


def test_the_prompt_is_the_one_named_else_the_collections_else_the_sentence(collection: Collection) -> None:
    keywords = Prompt.objects.get(slug="keywords")

    assert lifecycle.chosen_prompt(collection=collection).prompt.name == "一句话描述"
    assert lifecycle.chosen_prompt(collection=collection, name="六要素").form == "six_elements"
    assert lifecycle.chosen_prompt(collection=collection, name="six-elements").form == "six_elements"
    collection.prompt = keywords
    assert lifecycle.chosen_prompt(collection=collection).prompt == keywords


def test_an_unknown_prompt_is_refused_with_the_names_there_are(collection: Collection) -> None:
    with pytest.raises(PromptNotFound, match="六要素"):
        lifecycle.chosen_prompt(collection=collection, name="七要素")


def test_the_progress_of_batches_is_counted_in_one_query(django_assert_num_queries: Any) -> None:
    item = BatchItemFactory()
    BatchItemFactory(batch=item.batch, state=ItemState.DONE)
    BatchItemFactory(batch=item.batch, state=ItemState.FAILED, error="原因")

    with django_assert_num_queries(1):
        batch = Batch.objects.with_progress().get()

    counts = [getattr(batch, name) for name in ("total", "done_count", "failed_count", "left_count")]
    assert counts == [3, 1, 1, 1]


class TestChosenImages:
    def test_images_of_several_collections_become_a_batch_for_each(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        mine, theirs = ImageFactory(collection=collection), ImageFactory()
        ImageFactory(collection=collection)

        opened = lifecycle.open_chosen(images=Image.objects.filter(pk__in=[mine.pk, theirs.pk]), version=version)

        assert [(batch.collection, images_of(batch)) for batch in opened] == [
            (mine.collection, {mine}),
            (theirs.collection, {theirs}),
        ]
        assert {(batch.state, batch.background) for batch in opened} == {(BatchState.RUNNING, True)}

    def test_several_of_them_may_be_under_way_in_one_collection(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        for image in ImageFactory.create_batch(2, collection=collection):
            lifecycle.open_chosen(images=Image.objects.filter(pk=image.pk), version=version)

        assert Batch.objects.unfinished().count() == 2

    def test_who_asks_twice_for_the_same_images_goes_on_with_one_batch(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        image = ImageFactory(collection=collection)
        chosen = Image.objects.filter(pk=image.pk)

        (first,) = lifecycle.open_chosen(images=chosen, version=version)
        (again,) = lifecycle.open_chosen(images=chosen, version=version)
        (otherwise,) = lifecycle.open_chosen(images=chosen, version=version, replace_accepted=True)
        (somebody,) = lifecycle.open_chosen(images=chosen, version=version, user=UserFactory())

        assert again == first
        assert len({first, otherwise, somebody}) == 3

    def test_nothing_chosen_opens_nothing(self, version: PromptVersion) -> None:
        assert lifecycle.open_chosen(images=Image.objects.none(), version=version) == []


class TestGoingOn:
    def test_a_paused_batch_is_resumed_by_the_worker(self, collection: Collection, version: PromptVersion) -> None:
        ImageFactory(collection=collection)
        batch = opened(collection=collection, version=version)
        lifecycle.pause(batch=batch, reason="午休。")

        lifecycle.resume(batch=batch)

        batch.refresh_from_db()
        assert (batch.state, batch.reason, batch.background) == (BatchState.RUNNING, "", True)
        assert Action.objects.filter(verb=Verb.BATCH_RESUMED).count() == 1

    def test_one_whose_maker_died_before_it_was_filled_is_filled(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        batch = BatchFactory(collection=collection, prompt_version=version)
        ImageFactory.create_batch(2, collection=collection)

        lifecycle.resume(batch=batch)

        assert batch.items.count() == 2

    def test_what_is_over_does_not_go_on(self, version: PromptVersion) -> None:
        item = BatchItemFactory(state=ItemState.DONE)
        lifecycle.finish(batch=item.batch)

        with pytest.raises(BatchOver, match="已完成"):
            lifecycle.resume(batch=item.batch)

    def test_what_failed_is_tried_again_and_the_batch_runs_once_more(self, version: PromptVersion) -> None:
        item = BatchItemFactory(state=ItemState.FAILED, error="原因", attempts=3, batch__prompt_version=version)
        BatchItemFactory(batch=item.batch, state=ItemState.DONE)
        lifecycle.finish(batch=item.batch)

        assert lifecycle.retry_failed(batch=item.batch) == 1

        item.refresh_from_db()
        assert (item.state, item.error, item.attempts) == (ItemState.PENDING, "", 0)
        item.batch.refresh_from_db()
        assert (item.batch.state, item.batch.finished_at, item.batch.background) == (BatchState.RUNNING, None, True)
        assert lifecycle.retry_failed(batch=item.batch) == 0

    def test_nothing_is_tried_again_beside_a_newer_batch_of_the_same_images(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        ImageFactory(collection=collection)
        first = opened(collection=collection, version=version)
        settle(first, ItemState.FAILED)
        opened(collection=collection, version=version)

        with pytest.raises(BatchInTheWay):
            lifecycle.retry_failed(batch=first)
        assert first.items.get().state == ItemState.FAILED

    def test_a_cancelled_batch_is_over(self, version: PromptVersion) -> None:
        item = BatchItemFactory(state=ItemState.FAILED, error="原因")
        lifecycle.cancel(batch=item.batch, reason="")

        with pytest.raises(BatchOver):
            lifecycle.retry_failed(batch=item.batch)

    def test_two_intentions_about_accepted_values_do_not_share_a_batch(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        ImageFactory(collection=collection)
        opened(collection=collection, version=version, selection="all")

        with pytest.raises(BatchInTheWay):
            opened(collection=collection, version=version, selection="all", replace_accepted=True)
