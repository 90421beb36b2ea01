"""Batches over REST: begun, watched, paused, resumed, retried and cancelled by members."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from catalog.batches import lifecycle
from catalog.models import Batch
from catalog.vocabulary import BatchState, ItemState, Selection
from tests.catalog.people import administrator, cataloguer, stranger
from tests.factories import (
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    drafted,
)

pytestmark = pytest.mark.django_db

PATH = "/api/v1/batches/"


def caller(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        key, _made = Token.objects.get_or_create(user=user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {key.key}")
    return client


@pytest.fixture
def batch() -> Batch:
    batch = BatchFactory(state=BatchState.RUNNING, background=True)
    BatchItemFactory(batch=batch, state=ItemState.FAILED, error="文件已损坏。")
    BatchItemFactory(batch=batch)
    return batch


class TestReading:
    def test_a_batch_is_there_for_its_collections_members(self, batch: Batch) -> None:
        people = [None, stranger(), cataloguer(CollectionFactory()), cataloguer(batch.collection), administrator()]

        assert [caller(user).get(f"{PATH}{batch.pk}/").status_code for user in people] == [404, 404, 404, 200, 200]
        assert [caller(user).get(PATH).json()["count"] for user in people] == [0, 0, 0, 1, 1]

    def test_it_says_how_far_it_is_what_failed_and_what_can_be_done(self, batch: Batch) -> None:
        told = caller(cataloguer(batch.collection)).get(f"{PATH}{batch.pk}/").json()

        assert told["state"] == "running"
        assert {name: told["progress"][name] for name in ("total", "failed", "left")} == {
            "total": 2,
            "failed": 1,
            "left": 1,
        }
        assert [failure["reason"] for failure in told["failures"]] == ["文件已损坏。"]
        assert told["actions"] == ["pause", "retry", "cancel"]

    def test_what_the_model_said_nothing_of_is_counted_and_told_with_its_reason(self, batch: Batch) -> None:
        BatchItemFactory(batch=batch, state=ItemState.REFUSED, error="模型没有给出内容。")

        told = caller(cataloguer(batch.collection)).get(f"{PATH}{batch.pk}/").json()

        assert (told["progress"]["refused"], told["progress"]["left"]) == (1, 1)
        assert "模型没有给出内容。" in [failure["reason"] for failure in told["failures"]]

    def test_the_list_is_filtered_by_collection_and_state(self, batch: Batch) -> None:
        BatchFactory(state=BatchState.DONE)
        client = caller(administrator())

        assert client.get(PATH, {"state": "done"}).json()["count"] == 1
        assert client.get(PATH, {"collection": batch.collection.slug}).json()["count"] == 1
        assert client.get(PATH, {"state": "nonsense"}).status_code == 400

    def test_more_batches_cost_no_more_queries(self, django_assert_max_num_queries: Any) -> None:
        client = caller(administrator())
        for _more in range(2):
            BatchFactory.create_batch(3)
            with django_assert_max_num_queries(4):
                client.get(PATH)


class TestBeginning:
    @pytest.fixture(autouse=True)
    def _prompt(self) -> None:
        PromptVersionFactory(prompt__slug="sentence")

    def begin(self, user: User | None, **given: Any) -> Any:
        return caller(user).post(PATH, given, format="json")

    def test_a_member_begins_one(self) -> None:
        image = ImageFactory()
        user = cataloguer(image.collection)

        answer = self.begin(user, collection=image.collection.slug)

        assert answer.status_code == 201
        batch = Batch.objects.get(pk=answer.json()["id"])
        assert (batch.state, batch.background, batch.created_by) == (BatchState.RUNNING, True, user)

    def test_images_are_chosen_by_their_numbers(self) -> None:
        image = ImageFactory()
        ImageFactory(collection=image.collection)
        user = cataloguer(image.collection)

        assert self.begin(user, collection=image.collection.slug, images=[image.pk]).status_code == 201
        batch = Batch.objects.get()
        assert (batch.selection, batch.items.get().image) == (Selection.CHOSEN, image)

    def test_writing_is_read_without_a_prompt(self) -> None:
        image = ImageFileFactory().image
        user = cataloguer(image.collection)

        answer = self.begin(user, collection=image.collection.slug, work="read")

        assert answer.status_code == 201
        assert (answer.json()["work"], answer.json()["prompt"]) == ("read", None)
        assert Batch.objects.get().reads
        listed = caller(user).get(PATH).json()["results"]
        assert [batch["work"] for batch in listed] == ["read"]

    def test_images_are_chosen_by_a_filter(self) -> None:
        collection = CollectionFactory()
        images = [drafted(ImageFactory(collection=collection), description=f"草稿{number}") for number in range(3)]
        ImageFactory(collection=collection)
        user = cataloguer(collection)

        answer = self.begin(user, collection=collection.slug, filters={"status": "to_review"}, limit=2)

        assert answer.status_code == 201
        assert [item.image for item in Batch.objects.get().items.order_by("pk")] == images[:2]
        nothing = self.begin(user, collection=collection.slug, filters={"q": "没有这样的词"})
        assert nothing.status_code == 204

    def test_where_nothing_is_to_be_drafted_there_is_no_content(self) -> None:
        collection = CollectionFactory()

        assert self.begin(cataloguer(collection), collection=collection.slug).status_code == 204

    def test_others_begin_nothing(self) -> None:
        image = ImageFactory(collection=CollectionFactory(public=True))
        slug = image.collection.slug

        statuses = [self.begin(user, collection=slug).status_code for user in (None, stranger())]

        assert statuses == [401, 403]
        assert not Batch.objects.exists()

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"collection": "nowhere"},
            {"collection": "mine", "prompt": "七要素"},
            {"collection": "mine", "selection": "chosen"},
            {"collection": "mine", "images": []},
            {"collection": "mine", "images": [987654]},
            {"collection": "mine", "images": ["x"]},
            {"collection": "mine", "limit": 0},
            {"collection": "mi\x00ne"},
            {"collection": "mine", "work": "dream"},
            {"collection": "mine", "filters": {"colour": "red"}},
            {"collection": "mine", "filters": {"status": "sleeping"}},
            {"collection": "mine", "filters": {"q": "\x00"}},
            {"collection": "mine", "filters": {}},
            {"collection": "mine", "replace_accepted": True},
            {"collection": "mine", "work": "read", "prompt": "sentence"},
            {"collection": "mine", "work": "read", "selection": "rejected"},
            {"collection": "mine", "work": "read", "replace_accepted": True},
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, given: dict[str, Any]) -> None:
        collection = CollectionFactory(slug="mine")
        ImageFactory(collection=collection)

        assert self.begin(cataloguer(collection), **given).status_code == 400
        assert not Batch.objects.exists()

    def test_another_intention_for_the_same_images_is_a_conflict(self) -> None:
        image = ImageFactory()
        user = cataloguer(image.collection)
        self.begin(user, collection=image.collection.slug, selection="all")

        answer = self.begin(user, collection=image.collection.slug, selection="all", replace_accepted=True)

        assert answer.status_code == 409


class TestActing:
    def test_a_batch_is_paused_resumed_retried_and_cancelled(self, batch: Batch) -> None:
        client = caller(cataloguer(batch.collection))

        states = [
            client.post(f"{PATH}{batch.pk}/{action}/").json()["state"]
            for action in ("pause", "resume", "retry", "cancel")
        ]

        assert states == ["paused", "running", "running", "cancelled"]
        assert not batch.items.filter(state=ItemState.FAILED).exists()

    @pytest.mark.parametrize("action", ["pause", "resume", "retry", "cancel"])
    def test_others_do_nothing_to_it(self, batch: Batch, action: str) -> None:
        people = [None, stranger(), cataloguer(CollectionFactory())]

        assert [caller(user).post(f"{PATH}{batch.pk}/{action}/").status_code for user in people] == [401, 404, 404]
        batch.refresh_from_db()
        assert batch.state == BatchState.RUNNING

    @pytest.mark.parametrize("action", ["pause", "resume", "retry", "cancel"])
    def test_nothing_is_done_to_what_is_over(self, batch: Batch, action: str) -> None:
        lifecycle.cancel(batch=batch, reason="")

        answer = caller(administrator()).post(f"{PATH}{batch.pk}/{action}/")

        assert answer.status_code == 409
        assert "已取消，不能" in answer.json()["detail"]
