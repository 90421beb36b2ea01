"""The queue gives each reviewer the next record, and never two of them the same."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connection
from django.utils import timezone

from catalog.exceptions import DraftsChanged
from catalog.models import Action, Annotation, Collection, Image, NearGroup, ReviewHold
from catalog.records import annotations
from catalog.review import decisions, holds
from catalog.review.queue import Order, Place, Queue, as_place
from catalog.vocabulary import Flag, ImageStatus, Verb
from tests.factories import CollectionFactory, ImageFactory, PhotoGroupFactory, UserFactory, described, drafted


def waiting(collection: Collection, identifier: str = "", *, flag: str = "", **values: Any) -> Image:
    """Return a record with a draft; with a flag, one that is doubtful."""
    image = drafted(ImageFactory(collection=collection, identifier=identifier, **values), title=f"题名 {identifier}")
    annotations.mark_draft(draft=image.annotations.get(), evidence="", flag=flag)
    return image


def queue(user: User, order: Order = Order.DOUBTFUL, collection: Collection | None = None) -> Queue:
    """Return a queue of all records, or those of a collection."""
    images = Image.objects.filter(collection=collection) if collection else Image.objects.all()
    return Queue(user, images, order)


def passed_over(mine: Queue, most: int = 20) -> list[Image]:
    """Return the records in the order in which a reviewer meets them who decides nothing."""
    met: list[Image] = []
    place: Place | None = None
    while len(met) < most and (turn := mine.take_next(place)) and turn.image not in met:
        met.append(turn.image)
        place = turn.place
    return met


@pytest.mark.django_db
class TestOrder:
    """Which record comes next."""

    def test_the_doubtful_come_first_and_what_was_passed_over_comes_again(self) -> None:
        collection = CollectionFactory()
        plain, doubtful, also, last = (
            waiting(collection, str(number), flag=flag)
            for number, flag in enumerate(("", Flag.DOUBTFUL, Flag.DOUBTFUL, ""))
        )
        mine = queue(UserFactory())
        assert passed_over(mine) == [doubtful, also, plain, last]
        (end,) = [turn.place for turn in [mine.take_next((1, plain.pk))] if turn]
        assert [turn.image for turn in [mine.take_next(end)] if turn] == [doubtful]

    def test_by_photo_group_those_of_one_follow_each_other_by_number_and_the_ungrouped_come_last(self) -> None:
        collection = CollectionFactory()
        first, second = (PhotoGroupFactory(collection=collection) for _ in range(2))
        alone = waiting(collection, "A-1")
        late = waiting(collection, "B-1", photo_group=second)
        two, one = (waiting(collection, number, photo_group=first) for number in ("B-3", "B-2"))
        mine = queue(UserFactory(), Order.PHOTO_GROUP)
        assert passed_over(mine) == [one, two, late, alone]
        end = as_place(Order.PHOTO_GROUP, [second.pk, "B-1", late.pk])
        assert [turn.image for turn in [mine.take_next(end)] if turn] == [alone]

    def test_by_number_they_come_as_the_numbers_stand_collection_by_collection(self) -> None:
        one, other = CollectionFactory(), CollectionFactory()
        records = [waiting(other, "B"), waiting(one, "B-2"), waiting(one, "B-1"), waiting(other, "A")]
        assert passed_over(queue(UserFactory(), Order.NUMBER)) == [records[2], records[1], records[3], records[0]]

    def test_by_group_the_look_alikes_come_together_and_the_rest_last(self) -> None:
        collection = CollectionFactory()
        groups = [NearGroup.objects.create(collection=collection) for _ in range(2)]
        alone = waiting(collection)
        second, first, third = (waiting(collection, near_group=groups[place]) for place in (1, 0, 1))
        assert passed_over(queue(UserFactory(), Order.GROUP)) == [first, second, third, alone]

    @pytest.mark.parametrize("order", list(Order))
    def test_going_on_works_though_the_record_before_was_decided(self, order: Order) -> None:
        collection, user = CollectionFactory(), UserFactory()
        records = {waiting(collection, str(number), flag=Flag.DOUBTFUL if number % 2 else "") for number in range(6)}
        mine, place, met = queue(user, order), None, []
        while turn := mine.take_next(place):
            met.append(turn.image)
            place = turn.place
            seen = [draft.pk for draft in turn.image.annotations.drafts()]
            decisions.accept_all(image=turn.image, seen=seen, user=user)
        assert (len(met), set(met)) == (6, records)

    def test_only_what_was_chosen_and_has_drafts_is_in_it(self) -> None:
        collection = CollectionFactory()
        described(ImageFactory(collection=collection), title="有了")
        waiting(CollectionFactory())
        mine = waiting(collection)
        assert passed_over(queue(UserFactory(), collection=collection)) == [mine]
        assert queue(UserFactory(), collection=collection).waiting().count() == 1

    def test_the_last_record_is_not_offered_again_while_it_is_before_the_reviewer(self) -> None:
        only = waiting(CollectionFactory())
        mine = queue(UserFactory())
        turn = mine.take_next()
        assert turn is not None
        assert turn.image == only
        assert mine.take_next(turn.place) is None

    # What came back, what is free, whose it is, whether it still waits; of the doubtful, and of groups, first in vain.
    @pytest.mark.parametrize(("order", "queries"), [(Order.NUMBER, 4), (Order.GROUP, 5), (Order.DOUBTFUL, 5)])
    def test_it_asks_the_same_however_long_the_queue_is(
        self, order: Order, queries: int, django_assert_num_queries: Any
    ) -> None:
        collection, user = CollectionFactory(), UserFactory()
        waiting(collection, "1")
        mine = queue(user, order)
        assert mine.take_next()
        with django_assert_num_queries(queries):
            mine.take_next()
        for number in range(2, 12):
            waiting(collection, str(number))
        with django_assert_num_queries(queries):
            mine.take_next()


@pytest.mark.django_db
class TestHolds:
    """Whose record it is, and for how long."""

    def test_a_colleague_gets_the_next_one(self) -> None:
        collection = CollectionFactory()
        first, second = waiting(collection, "1"), waiting(collection, "2")
        mine, theirs = queue(UserFactory(), Order.NUMBER), queue(UserFactory(), Order.NUMBER)
        assert [turn.image for turn in (mine.take_next(), theirs.take_next()) if turn] == [first, second]
        assert queue(UserFactory()).take_next() is None

    def test_it_is_free_again_when_its_time_is_over(self) -> None:
        image = waiting(CollectionFactory())
        assert queue(UserFactory()).take_next()
        ReviewHold.objects.update(until=timezone.now() - timedelta(seconds=1))
        turn = queue(theirs := UserFactory()).take_next()
        assert turn is not None
        assert turn.image == image
        assert ReviewHold.objects.get().user == theirs

    def test_taking_it_again_makes_it_last_longer(self) -> None:
        image, user = waiting(CollectionFactory()), UserFactory()
        assert holds.take(image=image.pk, user=user)
        ReviewHold.objects.update(until=timezone.now() + timedelta(seconds=1))
        assert holds.take(image=image.pk, user=user)
        assert ReviewHold.objects.get().until > timezone.now() + timedelta(minutes=4)

    def test_only_ones_own_are_given_back(self) -> None:
        image, user = waiting(CollectionFactory()), UserFactory()
        holds.take(image=image.pk, user=user)
        holds.release(images=[image.pk], user=UserFactory())
        assert not holds.take(image=image.pk, user=UserFactory())
        holds.release(images=[image.pk], user=user)
        assert holds.take(image=image.pk, user=UserFactory())

    def test_whoever_goes_on_to_another_queue_gives_back_the_rest(self) -> None:
        images, user = [waiting(CollectionFactory()) for _ in range(3)], UserFactory()
        for image in images:
            holds.take(image=image.pk, user=user)
        holds.let_go(images=[images[0].pk, images[2].pk], user=user, tab="")
        assert list(ReviewHold.objects.values_list("image", flat=True)) == [images[1].pk]

    def test_a_record_that_goes_takes_its_hold_with_it(self) -> None:
        image = ImageFactory()
        holds.take(image=image.pk, user=UserFactory())
        image.delete()
        assert not ReviewHold.objects.exists()


@pytest.mark.django_db
class TestAcceptAll:
    """One key for all drafts of a record."""

    def test_all_that_was_seen_is_accepted_each_with_its_entry(self) -> None:
        image, user = drafted(title="桥", place="云溪"), UserFactory()
        seen = [draft.pk for draft in image.annotations.drafts()]
        accepted = decisions.accept_all(image=image, seen=seen, user=user)
        image.refresh_from_db()
        assert (image.title, image.place, image.status) == ("桥", "云溪", ImageStatus.DESCRIBED)
        entries = Action.objects.filter(verb=Verb.DRAFT_ACCEPTED, user=user)
        assert {entry.details["annotation"] for entry in entries} == {annotation.pk for annotation in accepted}
        assert all(annotation.ai_origin for annotation in accepted)

    @pytest.mark.parametrize("change", ["came", "went", "all went"])
    def test_where_drafts_came_or_went_nothing_is_accepted(self, change: str) -> None:
        image, user = drafted(title="桥", place="云溪"), UserFactory()
        drafts = list(image.annotations.drafts())
        if change == "came":
            drafted(image, event="落成")
        for draft in drafts if change == "all went" else drafts[:1] if change == "went" else []:
            decisions.reject(annotation=draft, user=UserFactory())
        before = set(Annotation.objects.values_list("pk", "state"))
        with pytest.raises(DraftsChanged, match="没有采用任何一条"):
            decisions.accept_all(image=image, seen=[draft.pk for draft in drafts], user=user)
        assert set(Annotation.objects.values_list("pk", "state")) == before

    def test_nothing_to_accept_is_said(self) -> None:
        with pytest.raises(DraftsChanged):
            decisions.accept_all(image=ImageFactory(), seen=[], user=UserFactory())


@pytest.mark.django_db(transaction=True)
def test_eight_reviewers_on_one_queue_review_each_record_once_and_lose_none() -> None:
    collection = CollectionFactory()
    records = {waiting(collection, f"{number:03}").pk for number in range(48)}
    reviewed: list[int] = []
    faults: list[BaseException] = []

    def review(user: User) -> None:
        try:
            mine, place = queue(user, collection=collection), None
            while turn := mine.take_next(place):
                place = turn.place
                seen = [draft.pk for draft in turn.image.annotations.drafts()]
                decisions.accept_all(image=turn.image, seen=seen, user=user)
                reviewed.append(turn.image.pk)
                holds.release(images=[turn.image.pk], user=user)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            faults.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=review, args=[UserFactory()]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert Counter(reviewed) == Counter(records)
    assert set(Action.objects.filter(verb=Verb.DRAFT_ACCEPTED).values_list("image", flat=True)) == records
    assert Action.objects.filter(verb=Verb.DRAFT_ACCEPTED).count() == 48
    assert not ReviewHold.objects.exists()
