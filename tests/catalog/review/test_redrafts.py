"""What a reviewer rejects and wants anew is drafted with their reason, and is theirs to look at first."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from catalog.batches.running import run_batch
from catalog.drafting.drafting import Drafting
from catalog.exceptions import RedraftRefused
from catalog.models import Annotation, Batch, BatchItem, Collection, Image, PromptVersion, Redraft
from catalog.review import decisions, redrafts
from catalog.review.queue import Order, Queue
from catalog.review.undoing import undo_last
from catalog.vocabulary import BatchState, ItemState, Objection, State
from inference.types import TextPart
from tests.catalog.drafts import SIX_ANSWER, draft
from tests.catalog.fakes import FakeDescriber
from tests.factories import AnnotationFactory, PromptVersionFactory, UserFactory


@pytest.fixture
def version(db: None) -> PromptVersion:
    return PromptVersionFactory(six_elements=True)


@pytest.fixture
def image(collection: Collection, version: PromptVersion) -> Image:
    """A record whose six elements were drafted."""
    draft(collection, version, FakeDescriber([SIX_ANSWER] * 3))
    return collection.images.order_by("pk")[0]


def rejected(image: Image, field: str, user: Any, **why: Any) -> Annotation:
    annotation = image.annotations.drafts().get(field=field)
    return decisions.reject(annotation=annotation, user=user, **why)


def redraft(image: Image, field: str, user: Any, **why: Any) -> Redraft:
    return redrafts.ask_for(rejected=rejected(image, field, user, **why), user=user)


def told_to(describer: FakeDescriber) -> str:
    """Return the text that the model was asked with last."""
    part = describer.history[-1].messages[0].parts[-1]
    assert isinstance(part, TextPart)
    return part.text


def answered(describer: FakeDescriber | None = None) -> FakeDescriber:
    """Have the model answer what was asked for."""
    describer = describer or FakeDescriber([SIX_ANSWER.replace("1959", "1961")] * 3)
    for batch in Batch.objects.filter(state=BatchState.RUNNING):
        run_batch(batch=batch, work=Drafting(describer))
    return describer


@pytest.mark.django_db
class TestDraftingAgain:
    """The batch that makes them."""

    def test_the_model_is_told_what_was_wrong_with_which_words(self, image: Image) -> None:
        redraft(image, "date", UserFactory(), code=Objection.WRONG_DATE, reason="旗子上写的是「1961」")

        describer = answered()

        told = told_to(describer)
        assert "时间：「1959年」——时间不对，「旗子上写的是『1961』」" in told
        assert "不要重复上面的错误" in told

    def test_other_drafts_that_wait_stay_as_they_are(self, image: Image) -> None:
        before = dict(image.annotations.drafts().exclude(field="date").values_list("field", "pk"))

        redraft(image, "date", UserFactory(), code=Objection.WRONG_DATE)
        answered()

        after = dict(image.annotations.drafts().values_list("field", "pk"))
        assert {field: after[field] for field in before} == before
        assert image.annotations.drafts().get(field="date").value == "1961年"

    def test_rejections_one_after_the_other_are_one_batch(self, image: Image, collection: Collection) -> None:
        user, other = UserFactory(), collection.images.order_by("pk")[1]

        redraft(image, "date", user)
        redraft(image, "people", user)
        redraft(other, "date", user)

        batch = Batch.objects.get(state=BatchState.RUNNING)
        assert (batch.created_by, batch.background, batch.items.count()) == (user, True, 2)

    def test_a_second_rejection_after_the_answer_asks_again(self, image: Image) -> None:
        user = UserFactory()
        redraft(image, "date", user)
        answered()

        redraft(image, "date", user, reason="还是不对")
        answered(FakeDescriber([SIX_ANSWER.replace("1959", "1962")]))

        assert image.annotations.drafts().get(field="date").value == "1962年"

    def test_without_a_prompt_or_beside_a_value_nothing_is_asked(self, image: Image) -> None:
        user = UserFactory()
        decisions.set_value(image=image, field="notes", value="附注", user=user)
        AnnotationFactory(image=image, field="notes")
        with pytest.raises(RedraftRefused):
            redraft(image, "notes", user)
        assert not Redraft.objects.exists()
        assert not Batch.objects.filter(state=BatchState.RUNNING).exists()

    def test_a_rejection_without_a_word_tells_the_model_nothing(self, image: Image) -> None:
        redraft(image, "date", UserFactory())

        assert "没有通过审核" not in told_to(answered())


@pytest.mark.django_db
class TestComingBack:
    """Whose the new draft is."""

    def queue(self, user: Any) -> Queue:
        return Queue(user, Image.objects.all(), Order.NUMBER)

    def test_it_comes_before_everything_else_and_to_nobody_else(self, image: Image) -> None:
        user = UserFactory()
        asked = redraft(image, "date", user)
        self.accept_rest(image)
        answered()

        mine, theirs = self.queue(user).take_next(), self.queue(UserFactory()).take_next()

        assert mine is not None
        assert theirs is not None
        assert (mine.image, mine.came_back) == (image, True)
        assert theirs.image != image
        assert redrafts.awaited(image.pk) == set()
        assert asked.closed_at is None

    def accept_rest(self, image: Image) -> None:
        seen = list(image.annotations.drafts().values_list("pk", flat=True))
        decisions.accept_all(image=image, seen=seen, user=UserFactory())

    def test_until_it_comes_it_is_under_way(self, image: Image) -> None:
        redraft(image, "date", UserFactory())
        assert redrafts.awaited(image.pk) == {"date"}

    def test_where_the_model_failed_nothing_is_under_way_any_more(self, image: Image) -> None:
        redraft(image, "date", UserFactory())
        BatchItem.objects.filter(batch__state=BatchState.RUNNING).update(state=ItemState.FAILED, error="没有应答")
        assert redrafts.awaited(image.pk) == set()

    def test_where_the_rejection_was_undone_nothing_is_under_way_any_more(self, image: Image) -> None:
        user = UserFactory()
        redraft(image, "date", user)
        undo_last(user=user, since=timezone.now() - timedelta(minutes=1), images=Image.objects.all())
        answered()
        assert redrafts.awaited(image.pk) == set()

    def test_who_passes_it_over_goes_on_to_the_others(self, image: Image) -> None:
        user = UserFactory()
        redraft(image, "date", user)
        answered()

        turn = self.queue(user).take_next(None, passed=[image.pk])

        assert turn is not None
        assert not turn.came_back

    def test_the_place_in_the_queue_is_kept(self, image: Image, collection: Collection) -> None:
        user, queue = UserFactory(), None
        redraft(image, "date", user)
        queue = self.queue(user)
        first = queue.take_next()
        assert first is not None
        answered()

        back = queue.take_next(first.place)

        assert back is not None
        assert (back.came_back, back.place) == (True, first.place)

    def test_a_day_later_everybody_gets_it(self, image: Image) -> None:
        redraft(image, "date", UserFactory())
        self.accept_rest(image)
        answered()
        Redraft.objects.update(asked_at=timezone.now() - timedelta(days=2))

        turn = Queue(UserFactory(), Image.objects.filter(pk=image.pk), Order.NUMBER).take_next()

        assert turn is not None

    def test_a_decision_about_the_new_draft_closes_it(self, image: Image) -> None:
        user = UserFactory()
        redraft(image, "date", user)
        redrafts.close(image=image.pk, user=user)
        assert Redraft.objects.get().closed_at is None, "the new draft is still to come"

        answered()
        redrafts.close(image=image.pk, user=user)
        assert Redraft.objects.get().closed_at is None, "nobody has decided about it"

        decisions.accept(annotation=image.annotations.drafts().get(field="date"), user=user)
        redrafts.close(image=image.pk, user=user)
        assert Redraft.objects.get().closed_at is not None


@pytest.mark.django_db(transaction=True)
def test_rejections_at_the_same_moment_are_one_batch(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)
    draft(collection, version, FakeDescriber([SIX_ANSWER] * 3))
    user, failures = UserFactory(), []
    barrier = threading.Barrier(3)

    def ask(image: Image) -> None:
        try:
            barrier.wait(10)
            redraft(image, "date", user)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=ask, args=[image]) for image in collection.images.all()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not failures
    assert Batch.objects.get(state=BatchState.RUNNING).items.count() == 3
    assert Annotation.objects.filter(field="date", state=State.REJECTED).count() == 3


@pytest.mark.django_db
def test_a_deleted_record_takes_what_was_asked_with_it(collection: Collection) -> None:
    draft(collection, PromptVersionFactory(six_elements=True), FakeDescriber([SIX_ANSWER] * 3))
    image = collection.images.order_by("pk")[0]
    redraft(image, "date", UserFactory())

    image.delete()

    assert not Redraft.objects.exists()
    assert Image.objects.count() == 2
