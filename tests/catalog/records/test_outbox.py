"""The outbox: every event that an endpoint wants stands in it, in the transaction of what happened; no other does."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.batches import lifecycle
from catalog.models import Collection, Image, WebhookDelivery, WebhookEvent
from catalog.records import entries, outbox, secrecy
from catalog.review.disclosure import examinations
from catalog.review.disclosure.examinations import Proposal
from catalog.review.disclosure.withdrawing import withdraw
from catalog.vocabulary import Access, BatchState, Classification, Disclosure, EventKind, ItemState, MarkPlace
from tests.catalog.endpoints import endpoint, told
from tests.catalog.people import reviewer
from tests.factories import BatchFactory, BatchItemFactory, CollectionFactory, ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def public() -> Collection:
    return CollectionFactory(public=True)


def decide(images: list[Image], disclosure: Disclosure) -> None:
    """Have two people decide what becomes of records."""
    first, second = reviewer(None), reviewer(None)
    chosen = Image.objects.filter(pk__in=[image.pk for image in images])
    for made in examinations.propose(images=chosen, proposal=Proposal(disclosure, "依据"), user=first):
        examinations.confirm(examination=made, user=second, seen=made.items.filter(state="proposed").count())


def records_told() -> list[tuple[str, list[int]]]:
    return [(event["type"], [record["id"] for record in event["data"]["records"]]) for event in told()]


class TestBatches:
    def test_one_that_is_done_is_told_with_what_became_of_its_images(self) -> None:
        endpoint()
        batch = BatchFactory(state=BatchState.RUNNING)
        for state in (ItemState.DONE, ItemState.DONE, ItemState.FAILED):
            error = "看不清" if state == ItemState.FAILED else ""
            BatchItemFactory(batch=batch, image=ImageFactory(collection=batch.collection), state=state, error=error)

        assert lifecycle.finish(batch=batch)
        assert lifecycle.finish(batch=batch)

        [event] = told()
        assert event["type"] == "batch.ended"
        assert event["data"] == {
            "collection": batch.collection.slug,
            "batch": batch.pk,
            "path": f"/api/v1/batches/{batch.pk}/",
            "work": "draft",
            "state": "done",
            "items": {"pending": 0, "running": 0, "done": 2, "failed": 1, "refused": 0, "skipped": 0},
        }
        assert datetime.fromisoformat(event["timestamp"]).tzinfo == UTC

    def test_one_that_is_cancelled_is_told_once(self) -> None:
        endpoint()
        batch = BatchFactory(state=BatchState.RUNNING)
        assert lifecycle.cancel(batch=batch, reason="不要了")
        assert not lifecycle.cancel(batch=batch, reason="不要了")
        assert [event["data"]["state"] for event in told()] == ["cancelled"]

    def test_one_that_is_only_paused_is_not_told(self) -> None:
        endpoint()
        lifecycle.pause(batch=BatchFactory(state=BatchState.RUNNING), reason="歇一会")
        assert told() == []


class TestRecords:
    def test_opening_and_withdrawing_are_told_with_the_records(self, public: Collection) -> None:
        endpoint()
        images: list[Image] = [ImageFactory(collection=public, internal=True) for _ in range(3)]

        decide(images, Disclosure.OPEN)
        withdraw(images=Image.objects.filter(pk=images[0].pk), user=reviewer(None), reason="有误")
        decide([images[1]], Disclosure.CONTROLLED)

        keys = [image.pk for image in images]
        assert records_told() == [
            ("record.published", keys), ("record.withdrawn", keys[:1]), ("record.withdrawn", keys[1:2]),
        ]  # fmt: skip
        first = told()[0]["data"]
        assert (first["collection"], first["number"], first["whole_collection"]) == (public.slug, 3, False)
        assert first["records"][0] == {
            "id": keys[0], "identifier": images[0].identifier, "path": f"/images/{keys[0]}/",
        }  # fmt: skip

    def test_what_nobody_could_see_before_and_after_is_not_told(self, public: Collection) -> None:
        endpoint()
        hidden = ImageFactory(internal=True)
        held = ImageFactory(collection=public, secrecy_hold=True)

        decide([hidden], Disclosure.OPEN)
        decide([ImageFactory(collection=public, internal=True)], Disclosure.CONTROLLED)
        withdraw(images=Image.objects.filter(pk__in=[hidden.pk, held.pk]), user=reviewer(None), reason="有误")

        assert told() == []

    def test_records_that_are_closed_otherwise_are_told_too(self, public: Collection) -> None:
        endpoint()
        user = reviewer(None)
        restricted, graded, marked, graded_again = (ImageFactory(collection=public) for _ in range(4))

        entries.change_image(image=restricted, user=user, changes={"access": Access.RESTRICTED})
        entries.change_image(image=graded, user=user, changes={"classification": Classification.SECRET})
        with transaction.atomic():
            secrecy.hold(image=marked, marks=[secrecy.Mark(MarkPlace.FILE_NAME, "机密")])
        secrecy.clear(image=marked, user=user, reason="已解密")
        entries.change_image(image=graded_again, user=user, changes={"classification": Classification.SECRET})
        secrecy.clear(image=graded_again, user=user, reason="已解密")
        entries.change_image(image=graded_again, user=user, changes={"classification": Classification.SECRET})
        entries.change_image(image=marked, user=user, changes={"volume": "3"})

        assert records_told() == [
            ("record.withdrawn", [restricted.pk]),
            ("record.withdrawn", [graded.pk]),
            ("record.withdrawn", [marked.pk]),
            ("record.published", [marked.pk]),
            ("record.withdrawn", [graded_again.pk]),
            ("record.published", [graded_again.pk]),
            ("record.withdrawn", [graded_again.pk]),
        ]

    def test_a_collection_that_is_published_or_withdrawn_is_told_as_a_whole(self) -> None:
        endpoint()
        collection = CollectionFactory()
        ImageFactory(collection=collection)
        ImageFactory(collection=collection, internal=True)

        entries.change_collection(collection=collection, user=None, changes={"is_public": True})
        entries.change_collection(collection=collection, user=None, changes={"title": "别名"})
        entries.change_collection(collection=collection, user=None, changes={"is_public": False})

        told_of = {"collection": collection.slug, "whole_collection": True, "number": 1, "records": []}
        assert [(event["type"], event["data"]) for event in told()] == [
            ("record.published", told_of), ("record.withdrawn", told_of),
        ]  # fmt: skip


class TestImports:
    def test_a_table_that_is_applied_is_told(self) -> None:
        endpoint()
        collection = CollectionFactory()
        outbox.import_applied(collection=collection, key="7f", data={"records": 3})
        [event] = told()
        assert (event["type"], event["data"]) == (
            "import.applied", {"collection": collection.slug, "import": "7f", "records": 3},
        )  # fmt: skip


class TestWhoIsTold:
    def test_each_endpoint_that_wants_the_kind_and_the_collection(self, public: Collection) -> None:
        wanting, _secret = endpoint(EventKind.RECORD_PUBLISHED)
        of_it, _secret = endpoint(EventKind.RECORD_PUBLISHED, collection=public)
        endpoint(EventKind.RECORD_PUBLISHED, collection=CollectionFactory())
        endpoint(EventKind.RECORD_WITHDRAWN)
        endpoint(EventKind.RECORD_PUBLISHED, active=False)

        decide([ImageFactory(collection=public, internal=True)], Disclosure.OPEN)

        event = WebhookEvent.objects.get()
        assert set(event.deliveries.values_list("endpoint", flat=True)) == {wanting.pk, of_it.pk}

    def test_nothing_is_written_where_nobody_wants_it(self, public: Collection) -> None:
        endpoint(EventKind.BATCH_ENDED)
        decide([ImageFactory(collection=public, internal=True)], Disclosure.OPEN)
        assert not WebhookEvent.objects.exists()

    def test_what_is_rolled_back_is_not_told(self) -> None:
        endpoint()
        batch = BatchFactory(state=BatchState.RUNNING)
        with transaction.atomic():
            lifecycle.cancel(batch=batch, reason="不要了")
            transaction.set_rollback(True)
        assert not WebhookDelivery.objects.exists()

    def test_the_queries_do_not_grow_with_the_records(self, public: Collection) -> None:
        endpoint()

        def queries(number: int) -> int:
            images = [ImageFactory(collection=public) for _ in range(number)]
            with CaptureQueriesContext(connection) as asked:
                outbox.records_withdrawn(images)
            return len(asked)

        assert queries(2) == queries(20)
