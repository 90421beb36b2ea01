"""Who may enter which part of the workbench."""

from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse
from pytest_django import Settings

from catalog.models import Action, Collection, PromptVersion
from catalog.records import entries
from catalog.review import decisions
from catalog.vocabulary import Verb
from glmv_site.office_hours import office_hours, wall_clock
from tests.catalog.people import administrator, administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import (
    ActionFactory,
    AnnotationFactory,
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    MembershipFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
)

pytestmark = pytest.mark.django_db

MEMBER_LISTS = [
    "collection",
    "image",
    "imagefile",
    "annotation",
    "batch",
    "batchitem",
    "run",
    "prompt",
    "promptversion",
    "action",
]


def list_of(model: str) -> str:
    return reverse(f"admin:catalog_{model}_changelist")


def page_of(row: Model, action: str = "change") -> str:
    return reverse(f"admin:catalog_{row._meta.model_name}_{action}", args=[row.pk])


@pytest.mark.parametrize("model", MEMBER_LISTS)
def test_a_list_is_for_members_who_may_enter_the_workbench(model: str) -> None:
    collection = CollectionFactory()
    without_staff = MembershipFactory(collection=collection).user
    people = [None, UserFactory(), without_staff, stranger(), cataloguer(collection), administrator()]
    statuses = [browser(person).get(list_of(model)).status_code for person in people]
    assert statuses == [302, 302, 302, 403, 200, 200]


@pytest.mark.parametrize("address", ["admin:catalog_membership_changelist", "admin:auth_user_changelist"])
def test_accounts_and_memberships_are_for_administrators(address: str) -> None:
    collection = CollectionFactory()
    people = [None, stranger(), cataloguer(collection), reviewer(None), administrator()]
    statuses = [browser(person).get(reverse(address)).status_code for person in people]
    assert statuses == [302, 403, 403, 403, 200]


@pytest.mark.parametrize("model", MEMBER_LISTS)
def test_every_list_survives_words_and_filters_that_make_no_sense(model: str) -> None:
    client = browser(administrator())
    for query in ({"q": "\x00"}, {"q": "桥" * 5000}, {"p": "abc"}, {"o": "99.-x"}, {"collection": "\x00"}):
        assert client.get(list_of(model), query, follow=True).status_code == 200


def test_every_page_of_a_record_opens() -> None:
    image = ImageFileFactory().image
    batch = BatchFactory(collection=image.collection)
    run = RunFactory(image=image)
    rows = [
        image.collection,
        image,
        image.files.get(),
        AnnotationFactory(image=image, run=run),
        batch,
        BatchItemFactory(batch=batch, image=image),
        run,
        run.prompt_version.prompt,
        run.prompt_version,
        ActionFactory(image=image, collection=image.collection),
    ]
    client = browser(cataloguer(image.collection))
    assert [client.get(page_of(row)).status_code for row in rows] == [200] * len(rows)


def test_machine_text_carries_its_label_on_the_page_of_an_annotation_and_of_an_answer() -> None:
    draft = AnnotationFactory()
    client = browser(cataloguer(draft.image.collection))
    for row in (draft, draft.run):
        assert "AI 生成" in client.get(page_of(row)).content.decode(), row


def test_rows_of_other_collections_do_not_exist() -> None:
    image = ImageFileFactory().image
    batch = BatchFactory(collection=image.collection)
    rows = [
        image.collection,
        image,
        image.files.get(),
        AnnotationFactory(image=image),
        batch,
        BatchItemFactory(batch=batch, image=image),
        RunFactory(image=image),
        ActionFactory(image=image, collection=image.collection),
    ]
    client = browser(cataloguer(CollectionFactory()))
    for row in rows:
        assert client.get(page_of(row)).status_code == 302, row
        assert f"/{row.pk}/change/" not in client.get(list_of(row._meta.model_name)).content.decode(), row


def test_a_restricted_image_is_shown_to_reviewers_only() -> None:
    image = ImageFactory(restricted=True)
    people = [cataloguer(image.collection), reviewer(image.collection)]
    assert [browser(person).get(page_of(image)).status_code for person in people] == [302, 200]


def test_no_list_names_a_restricted_image_to_a_cataloguer() -> None:
    image = ImageFileFactory(image=ImageFactory(restricted=True, identifier="GEHEIM-1")).image
    batch = BatchFactory(collection=image.collection)
    draft = AnnotationFactory(image=image, value="GEHEIM-2")
    decisions.reject(annotation=draft, user=UserFactory(), reason="GEHEIM-3")
    entries.change_image(image=image, user=UserFactory(), changes={"rights": "GEHEIM-4"})
    rows = [
        image,
        image.files.get(),
        draft,
        BatchItemFactory(batch=batch, image=image),
        draft.run,
        *Action.objects.all(),
    ]
    cataloguer_browser, reviewer_browser = browser(cataloguer(image.collection)), browser(reviewer(image.collection))
    for model in MEMBER_LISTS:
        assert "GEHEIM" not in cataloguer_browser.get(list_of(model)).content.decode(), model
    assert "GEHEIM-3" in reviewer_browser.get(list_of("action")).content.decode()
    for row in rows:
        assert cataloguer_browser.get(page_of(row)).status_code == 302, row
        assert reviewer_browser.get(page_of(row)).status_code == 200, row


@pytest.mark.parametrize("model", ["image", "imagefile", "annotation", "batch", "batchitem", "run", "action"])
def test_what_is_written_elsewhere_is_not_added_here(model: str) -> None:
    assert browser(administrator()).get(reverse(f"admin:catalog_{model}_add")).status_code == 403


def test_the_log_is_read_and_never_changed() -> None:
    entry = ActionFactory()
    client = browser(administrator())
    assert client.post(page_of(entry), {"label": "anders"}).status_code == 403
    assert client.post(page_of(entry, "delete"), {"post": "yes"}).status_code == 403
    assert Action.objects.get().label == entry.label


class TestCollections:
    def form(self, collection: Collection, **changes: Any) -> dict[str, Any]:
        names = ("title", "kind", "introduction", "fonds_number", "retention_period")
        shown = {name: getattr(collection, name) for name in names} | {"prompt": ""}
        seen = shown | {"is_public": collection.is_public}
        return shown | {f"initial-{name}": value for name, value in seen.items()} | changes

    def test_a_collection_is_changed_and_published_by_its_reviewers(self) -> None:
        collection = CollectionFactory()
        path = page_of(collection)
        people = [stranger(), cataloguer(collection), reviewer(CollectionFactory())]
        statuses = [browser(p).post(path, self.form(collection, is_public="on")).status_code for p in people]
        collection.refresh_from_db()
        # A collection of others does not exist: the admin goes back to its first page.
        assert (statuses, collection.is_public) == ([403, 403, 302], False)
        user = reviewer(collection)
        assert browser(user).post(path, self.form(collection, is_public="on")).status_code == 302
        collection.refresh_from_db()
        assert collection.is_public
        entry = Action.objects.get(verb=Verb.COLLECTION_CHANGED)
        assert (entry.user, entry.details["after"]) == (user, {"is_public": True})

    def test_a_form_that_was_open_for_long_publishes_nothing_again(self) -> None:
        collection = CollectionFactory(is_public=True)
        opened = self.form(collection, is_public="on", introduction="新的简介")
        entries.change_collection(collection=collection, user=UserFactory(), changes={"is_public": False})
        browser(administrator()).post(page_of(collection), opened)
        collection.refresh_from_db()
        assert (collection.is_public, collection.introduction) == (False, "新的简介")

    def test_publishing_a_selection_leaves_out_what_the_user_does_not_publish(self) -> None:
        mine, theirs = CollectionFactory(), CollectionFactory()
        user = reviewer(mine)
        MembershipFactory(user=user, collection=theirs)
        data = {"action": "publish", "_selected_action": [mine.pk, theirs.pk]}
        response = browser(user).post(list_of("collection"), data, follow=True)
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.is_public, theirs.is_public) == (True, False)
        assert "另有 1 份未处理" in response.content.decode()

    def test_a_cataloguer_is_not_offered_publishing(self) -> None:
        collection = CollectionFactory()
        assert "publish" not in browser(cataloguer(collection)).get(list_of("collection")).content.decode()

    def test_an_administrator_adds_a_collection(self) -> None:
        data = {"title": "县城旧影", "slug": "county", "kind": "archive", "introduction": "", "fonds_number": ""}
        data |= {"retention_period": "", "prompt": ""}
        response = browser(administrator()).post(reverse("admin:catalog_collection_add"), data)
        assert response.status_code == 302
        assert Action.objects.get().verb == Verb.COLLECTION_CREATED


class TestPrompts:
    def test_a_wording_is_added_by_a_reviewer_and_numbered(self) -> None:
        version = PromptVersionFactory()
        data = {
            "prompt": version.prompt_id,
            "text": "请描述。",
            "form": "sentence",
            "max_new_tokens": "64",
            "schema": "",
        }
        path = reverse("admin:catalog_promptversion_add")
        people = [None, stranger(), cataloguer(None), auditor(None), administrator_only(), reviewer(None)]
        statuses = [browser(person).post(path, data).status_code for person in people]
        assert statuses == [302, 403, 403, 403, 403, 302]
        assert version.prompt.current.number == 2

    def test_a_wording_once_made_is_read_only(self) -> None:
        version = PromptVersionFactory()
        client = browser(administrator())
        assert client.post(page_of(version), {"text": "anders"}).status_code == 403
        assert client.post(page_of(version, "delete"), {"post": "yes"}).status_code == 403
        assert PromptVersion.objects.get(pk=version.pk).text == version.text

    def test_members_read_the_current_wording(self) -> None:
        old = PromptVersionFactory(text="从前的措辞")
        PromptVersionFactory(prompt=old.prompt, number=2, text="现在的措辞")
        page = browser(cataloguer(None)).get(list_of("prompt")).content.decode()
        assert "现在的措辞" in page
        assert "从前的措辞" not in page


def test_the_list_of_collections_leads_to_what_is_left_open() -> None:
    image = described(people="待考")
    address = f"?collection={image.collection.slug}&amp;status__exact=to_research"
    assert f'{address}">1</a>' in browser(cataloguer(image.collection)).get(list_of("collection")).content.decode()


def test_an_auditor_is_led_to_the_log_and_the_figures_and_to_nothing_else() -> None:
    page = browser(auditor(None)).get("/admin/").content.decode()
    assert list_of("action") in page
    assert reverse("catalog:quality") in page
    assert list_of("image") not in page
    assert "您还没有负责的馆藏" not in page


def test_without_a_role_the_first_page_says_how_to_get_one() -> None:
    assert "您还没有负责的馆藏" in browser(stranger()).get("/admin/").content.decode()


def test_outside_the_hours_the_workbench_says_when_the_background_goes_on(settings: Settings) -> None:
    collection = ImageFactory().collection
    member = browser(cataloguer(collection))
    batch = BatchFactory(collection=collection, state="running", background=True)
    assert "自动继续" not in member.get("/admin/").content.decode()

    days = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
    settings.GLMV_HOURS = office_hours(f"{days[(wall_clock().weekday() - 1) % 7]} 00:00-12:00")

    page = member.get("/admin/").content.decode()
    assert "自动继续" in page
    # It is no success that somebody has had.
    assert "messagelist" not in page
    assert "自动继续" in member.get(list_of("batch")).content.decode()
    assert "自动继续" not in browser(cataloguer(CollectionFactory())).get("/admin/").content.decode()
    batch.state = "paused"
    batch.save()
    assert "自动继续" not in member.get("/admin/").content.decode()
    assert "自动继续" not in member.get(list_of("batch")).content.decode()
