"""Batches in the workbench: beginning them, watching them, and what people may do to them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from catalog.batches import lifecycle
from catalog.models import Action, Batch, Collection, PromptVersion
from catalog.vocabulary import BatchState, ItemState, Selection, Verb
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
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

LIST = "/admin/catalog/batch/"
IMAGES = "/admin/catalog/image/"


@pytest.fixture
def batch() -> Batch:
    """A running batch: one image done, one failed, one left."""
    batch = BatchFactory(state=BatchState.RUNNING, background=True)
    BatchItemFactory(batch=batch, state=ItemState.DONE)
    BatchItemFactory(batch=batch, state=ItemState.FAILED, error="文件已损坏。")
    BatchItemFactory(batch=batch)
    return batch


def told(batch: Batch, user: User | None) -> dict[str, Any]:
    answer = browser(user).get(f"{LIST}{batch.pk}/progress/")
    assert answer.status_code == 200
    words: dict[str, Any] = answer.json()
    return words


def act(batch: Batch, action: str, user: User | None) -> int:
    return browser(user).post(f"{LIST}{batch.pk}/act/{action}/").status_code


class TestThePage:
    def test_it_shows_how_far_the_batch_is_and_what_failed_why(self, batch: Batch) -> None:
        page = browser(cataloguer(batch.collection)).get(f"{LIST}{batch.pk}/change/").content.decode()

        assert "2 / 3" in page
        assert "文件已损坏。" in page
        assert 'src="/static/js/batch.js"' in page
        assert page.count('type="submit" class="button"') == 2

    def test_the_same_is_told_to_its_script(self, batch: Batch) -> None:
        words = told(batch, cataloguer(batch.collection))

        assert (words["settled"], words["total"], words["live"]) == (2, 3, True)
        assert words["words"]["state"] == "进行中"
        assert [failure["reason"] for failure in words["failures"]] == ["文件已损坏。"]
        assert words["actions"] == ["pause", "retry", "cancel"]

    def test_what_the_model_said_nothing_of_is_counted_with_its_reason_and_listed_apart(self, batch: Batch) -> None:
        BatchItemFactory(batch=batch, state=ItemState.REFUSED, error="模型没有给出内容。")
        user = cataloguer(batch.collection)

        words = told(batch, user)
        assert (words["words"]["refused"], words["words"]["failed"]) == ("1", "1")
        assert "模型没有给出内容。" in [failure["reason"] for failure in words["failures"]]
        page = browser(user).get(f"{LIST}{batch.pk}/change/").content.decode()
        address = f"/admin/catalog/batchitem/?batch__id__exact={batch.pk}&amp;state__exact=refused"
        assert address in page
        assert address in browser(user).get(LIST).content.decode()
        assert browser(user).get(address.replace("&amp;", "&")).content.decode().count("field-record") == 1
        assert "共 2 幅" in browser(user).get(f"{LIST}{batch.pk}/act/retry/").content.decode()

    def test_images_one_may_not_see_are_counted_and_not_named(self, batch: Batch) -> None:
        ImageFactory._meta.model.objects.update(access="restricted", disclosure="unexamined")

        assert told(batch, cataloguer(batch.collection))["failures"] == []
        assert told(batch, cataloguer(batch.collection))["words"]["failed"] == "1"
        assert len(told(batch, reviewer(batch.collection))["failures"]) == 1

    def test_more_failures_cost_no_more_queries(
        self, batch: Batch, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        client = browser(cataloguer(batch.collection))
        for _more in range(2):
            # Session, user, are they a member, the batch, may they draft, the counts, the failures, may it be retried.
            with django_assert_max_num_queries(11):
                client.get(f"{LIST}{batch.pk}/progress/")
            for _failure in range(5):
                BatchItemFactory(batch=batch, state=ItemState.FAILED, error="x")

    def test_a_command_that_was_left_is_told_and_can_be_handed_over(self, batch: Batch) -> None:
        Batch.objects.filter(pk=batch.pk).update(background=False)

        words = told(batch, cataloguer(batch.collection))

        assert "运行中的命令" in words["words"]["reason"]
        assert "resume" in words["actions"]


class TestWhoMay:
    @pytest.mark.parametrize("action", ["pause", "resume", "retry", "cancel"])
    def test_only_members_of_the_collection_act(self, batch: Batch, action: str) -> None:
        elsewhere = cataloguer(CollectionFactory())

        assert act(batch, action, None) == 302
        assert [act(batch, action, user) for user in (stranger(), elsewhere)] == [404, 404]
        batch.refresh_from_db()
        assert batch.state == BatchState.RUNNING
        assert not Action.objects.exists()

    @pytest.mark.parametrize("user", [None, "stranger", "elsewhere"])
    def test_only_members_of_the_collection_watch(self, batch: Batch, user: str | None) -> None:
        people = {"stranger": stranger(), "elsewhere": cataloguer(CollectionFactory())}
        answer = browser(people.get(user or "")).get(f"{LIST}{batch.pk}/progress/")
        assert answer.status_code == (302 if user is None else 404)

    def test_a_form_of_another_site_does_nothing(self, batch: Batch) -> None:
        client = browser(cataloguer(batch.collection))
        client.handler.enforce_csrf_checks = True

        assert client.post(f"{LIST}{batch.pk}/act/cancel/").status_code == 403


class TestActing:
    def test_a_batch_is_paused_by_name_and_resumed(self, batch: Batch) -> None:
        user = cataloguer(batch.collection)

        assert act(batch, "pause", user) == 302
        batch.refresh_from_db()
        assert batch.state == BatchState.PAUSED
        assert user.username in batch.reason
        act(batch, "resume", user)
        batch.refresh_from_db()
        assert (batch.state, batch.reason) == (BatchState.RUNNING, "")
        assert list(Action.objects.order_by("pk").values_list("verb", "user")) == [
            (Verb.BATCH_PAUSED, user.pk),
            (Verb.BATCH_RESUMED, user.pk),
        ]

    def test_what_cannot_be_undone_is_asked_once_more(self, batch: Batch) -> None:
        client = browser(reviewer(batch.collection))

        question = client.get(f"{LIST}{batch.pk}/act/cancel/").content.decode()
        assert "还剩的 1 幅不再起草" in question
        batch.refresh_from_db()
        assert batch.state == BatchState.RUNNING
        client.post(f"{LIST}{batch.pk}/act/cancel/")
        batch.refresh_from_db()
        assert batch.state == BatchState.CANCELLED

    def test_what_failed_is_tried_again(self, batch: Batch) -> None:
        act(batch, "retry", cataloguer(batch.collection))

        assert not batch.items.filter(state=ItemState.FAILED).exists()

    @pytest.mark.parametrize("action", ["pause", "resume", "retry", "cancel"])
    def test_what_comes_too_late_is_told_in_a_sentence(self, batch: Batch, action: str) -> None:
        lifecycle.cancel(batch=batch, reason="")
        answer = browser(administrator()).post(f"{LIST}{batch.pk}/act/{action}/", follow=True)

        shown = answer.content.decode()
        assert "已取消，不能" in shown
        assert "已暂停；" not in shown

    def test_an_unknown_action_is_not_there(self, batch: Batch) -> None:
        assert act(batch, "explode", administrator()) == 404


class TestBeginning:
    @pytest.fixture
    def version(self) -> PromptVersion:
        return PromptVersionFactory(prompt__slug="sentence")

    @pytest.fixture
    def collection(self) -> Collection:
        collection = CollectionFactory()
        ImageFactory.create_batch(2, collection=collection)
        return collection

    def begin(self, user: User, collection: Collection, version: PromptVersion, **more: Any) -> Any:
        given = {"collection": collection.slug, "prompt": version.prompt_id, "selection": "missing"} | more
        return browser(user).post(f"{LIST}start/", given)

    def test_a_member_begins_a_batch_for_the_background(self, collection: Collection, version: PromptVersion) -> None:
        user = cataloguer(collection)

        answer = self.begin(user, collection, version, limit="1")

        batch = Batch.objects.get()
        assert answer["Location"] == f"{LIST}{batch.pk}/change/"
        assert (batch.state, batch.background, batch.created_by) == (BatchState.RUNNING, True, user)
        assert batch.items.count() == 1

    def test_other_peoples_collections_cannot_be_chosen(self, collection: Collection, version: PromptVersion) -> None:
        answer = self.begin(cataloguer(CollectionFactory()), collection, version)

        assert answer.status_code == 200
        assert not Batch.objects.exists()

    def test_who_works_on_nothing_begins_nothing(self, collection: Collection, version: PromptVersion) -> None:
        assert self.begin(stranger(), collection, version).status_code == 403
        assert browser().get(f"{LIST}start/").status_code == 302

    def test_writing_is_read_as_a_task_of_its_own(self, collection: Collection, version: PromptVersion) -> None:
        ImageFileFactory(image=collection.images.all()[0])
        user = cataloguer(collection)

        answer = self.begin(user, collection, version, prompt="read")

        batch = Batch.objects.get()
        assert batch.reads
        assert batch.items.count() == 1
        assert "识读文字" in browser(user).get(answer["Location"]).content.decode()
        assert "识读文字" in browser(user).get(LIST).content.decode()

    def test_a_link_may_have_chosen_the_collection_and_the_task(self, collection: Collection) -> None:
        page = browser(cataloguer(collection)).get(f"{LIST}start/?collection={collection.slug}&prompt=read")

        assert '<option value="read" selected>' in page.content.decode()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"selection": "rejected"}, "识读文字只能选"),
            ({"selection": "outdated"}, "识读文字只能选"),
            ({"replace_accepted": "1"}, "不改动已采用的内容"),
        ],
    )
    def test_what_makes_no_sense_for_writing_is_told_on_the_form(
        self, collection: Collection, version: PromptVersion, given: dict[str, str], words: str
    ) -> None:
        answer = self.begin(cataloguer(collection), collection, version, **{"prompt": "read", **given})

        assert words in answer.content.decode()
        assert not Batch.objects.exists()

    @pytest.mark.parametrize(
        ("given", "words"),
        [({"selection": "rejected"}, "没有需要处理的图像"), ({"limit": "0"}, "1"), ({"prompt": "999999"}, "")],
    )
    def test_what_cannot_be_begun_is_told_on_the_form(
        self, collection: Collection, version: PromptVersion, given: dict[str, str], words: str
    ) -> None:
        answer = self.begin(cataloguer(collection), collection, version, **given)

        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
        assert words in answer.content.decode()
        assert not Batch.objects.exists()

    def test_another_intention_for_the_same_images_is_told_on_the_form(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        user = cataloguer(collection)
        self.begin(user, collection, version, selection="all")

        assert (
            "尚未完成" in self.begin(user, collection, version, selection="all", replace_accepted="1").content.decode()
        )


class TestChosenImages:
    @pytest.fixture
    def version(self) -> PromptVersion:
        return PromptVersionFactory(prompt__slug="sentence")

    def test_the_choice_is_asked_about_and_drafted(self, version: PromptVersion) -> None:
        image = ImageFactory()
        ImageFactory(collection=image.collection)
        client = browser(cataloguer(image.collection))
        choice = {"action": "draft_chosen", "_selected_action": [image.pk]}

        question = client.post(IMAGES, choice).content.decode()
        assert "所选的 1 幅" in question
        client.post(IMAGES, choice | {"begin": "1", "prompt": version.prompt_id})

        batch = Batch.objects.get()
        assert (batch.selection, batch.background) == (Selection.CHOSEN, True)
        assert [item.image for item in batch.items.all()] == [image]

    def test_the_writing_on_chosen_images_is_read(self, version: PromptVersion) -> None:
        image = ImageFileFactory().image
        browser(cataloguer(image.collection)).post(
            IMAGES, {"action": "draft_chosen", "_selected_action": [image.pk], "begin": "1", "prompt": "read"}
        )

        batch = Batch.objects.get()
        assert batch.reads
        assert [item.image for item in batch.items.all()] == [image]

    def test_everything_that_a_filter_shows_can_be_chosen(self, version: PromptVersion) -> None:
        collection = CollectionFactory()
        waiting = [drafted(ImageFactory(collection=collection), description="草稿") for _more in range(3)]
        ImageFactory(collection=collection)
        choice = {"action": "draft_chosen", "_selected_action": [waiting[0].pk], "select_across": "1"}

        browser(cataloguer(collection)).post(
            f"{IMAGES}?status__exact=to_review", choice | {"begin": "1", "prompt": version.prompt_id}
        )

        assert {item.image for item in Batch.objects.get().items.all()} == set(waiting)

    def test_images_of_others_are_not_among_them(self, version: PromptVersion) -> None:
        theirs = ImageFactory()
        browser(cataloguer(CollectionFactory())).post(
            IMAGES,
            {"action": "draft_chosen", "_selected_action": [theirs.pk], "begin": "1", "prompt": version.prompt_id},
        )
        assert not Batch.objects.exists()
