"""What an audit accepted is labelled on every way out, and is on none that the public takes before it is released."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import policies
from catalog.drafting.facts import facts_about
from catalog.importing.manifest_origins import read_origins
from catalog.knowledge.retrieval import retrieve
from catalog.labels import label_for_staff, label_of, labels_by_field
from catalog.models import Audit, Collection, Image
from catalog.review import decisions
from catalog.vocabulary import Field
from tests.catalog.audits import accepted, drafted_collection, released
from tests.catalog.exported import exported_text
from tests.catalog.people import browser, cataloguer
from tests.factories import KnowledgeBaseFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db

PERSONS = "AI 生成 · 人工审核"


@pytest.fixture
def collection() -> Collection:
    return drafted_collection(40, field="title")


def first(collection: Collection) -> Image:
    return collection.images.order_by("pk")[0]


def label(audit: Audit) -> str:
    return f"AI 生成 · 抽样审核（第 {audit.pk} 号）"


def accept(collection: Collection) -> Audit:
    return accepted(collection, fields=("title",))


def release(collection: Collection) -> Audit:
    return released(collection, fields=("title",))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def exported(collection: Collection) -> dict[str, str]:
    """Return the first image's row of an exported catalogue."""
    text = exported_text(collection.images.order_by("pk")).lstrip("\ufeff")
    return next(csv.DictReader(io.StringIO(text)))


class TestWords:
    """The label itself."""

    def test_it_names_the_audit_and_says_to_staff_whether_it_is_public(self, collection: Collection) -> None:
        audit = accept(collection)
        item = first(collection).annotations.get()
        assert label_of(item) == label(audit)
        assert label_for_staff(item) == f"{label(audit)}，尚未公开"
        assert labels_by_field([item]) == {}

    def test_once_public_it_is_the_same_for_everybody(self, collection: Collection) -> None:
        audit = release(collection)
        item = first(collection).annotations.get()
        assert label_of(item) == label_for_staff(item) == label(audit)
        assert labels_by_field([item]) == {"title": label(audit)}

    def test_a_persons_look_puts_theirs_in_its_place(self, collection: Collection) -> None:
        release(collection)
        item = decisions.confirm(annotation=first(collection).annotations.get(), user=UserFactory())
        assert label_of(item) == label_for_staff(item) == PERSONS

    def test_so_does_an_edit(self, collection: Collection) -> None:
        accept(collection)
        item = decisions.set_value(image=first(collection), field="title", value="改了", user=UserFactory())
        assert label_of(item) == PERSONS

    def test_a_draft_beside_it_that_a_person_accepts_takes_its_place(self, collection: Collection) -> None:
        release(collection)
        image = first(collection)
        other = drafted(image, description="桥头有三个人").annotations.drafts().get()
        assert label_of(decisions.accept(annotation=other, user=UserFactory())) == PERSONS
        assert image.annotations.accepted().get(field="title").audit is not None


class TestBeforeRelease:
    """Nobody outside the house sees, finds or is told of it."""

    def test_the_record_the_list_and_the_collection(self, collection: Collection) -> None:
        accept(collection)
        image = first(collection)
        for address in (image.get_absolute_url(), collection.get_absolute_url(), "/"):
            shown = text_of(browser().get(address))
            assert "地点0" not in shown
            assert "抽样审核（第" not in shown

    def test_the_search(self, collection: Collection) -> None:
        accept(collection)
        assert browser().get("/search/", {"q": "地点0"}).context["prints"] == []
        assert not Image.objects.search("地点0").exists()

    def test_the_interface(self, collection: Collection) -> None:
        accept(collection)
        image = first(collection)
        record = browser().get(f"/api/v1/images/{image.pk}/").json()
        assert (record["title"], record["ai_labels"]) == ("", {})
        assert browser().get("/api/v1/annotations/", {"image": image.pk}).json()["count"] == 0
        assert browser().get("/api/v1/images/", {"search": "地点0"}).json()["count"] == 0
        key = image.annotations.get().pk
        assert browser().get(f"/api/v1/annotations/{key}/").status_code == 404
        assert not policies.visible_annotations(AnonymousUser()).filter(pk=key).exists()

    def test_answers_to_questions(self, collection: Collection) -> None:
        base = KnowledgeBaseFactory(public=True, collection=collection)
        accept(collection)
        asked: dict[str, Any] = {"question": "地点0", "context": [], "image_ids": [first(collection).pk]}
        passages = retrieve(base, **asked, user=AnonymousUser())
        assert not [passage for passage in passages if "地点0" in passage.text]

    def test_the_model_is_told_no_fact_that_no_person_has_looked_at(self) -> None:
        collection = drafted_collection(40, field="transcription")
        accepted(collection, fields=("transcription",))
        facts = facts_about(first(collection))
        assert not [fact for fact in (*facts.record, *facts.writing) if "地点0" in fact.text]


class TestInTheHouse:
    """Members see it, with its label."""

    def test_the_interface_tells_a_member(self, collection: Collection) -> None:
        audit = accept(collection)
        image = first(collection)
        client = browser(cataloguer(collection))
        (told,) = client.get("/api/v1/annotations/", {"image": image.pk}).json()["results"]
        assert (told["value"], told["state"], told["ai_label"]) == ("地点0", "accepted", label(audit))
        assert (told["audit"], told["held"]) == (audit.pk, True)

    def test_an_export_has_value_and_label_and_says_that_it_is_not_public(self, collection: Collection) -> None:
        audit = accept(collection)
        row = exported(collection)
        assert (row["题名"], row["AI 标识"]) == ("地点0", f"题名：{label(audit)}，尚未公开")

    def test_after_the_release_the_label_stays(self, collection: Collection) -> None:
        audit = release(collection)
        row = exported(collection)
        assert (row["题名"], row["AI 标识"]) == ("地点0", f"题名：{label(audit)}")

    def test_such_a_table_brings_it_back_as_a_draft_of_a_model(self, collection: Collection) -> None:
        release(collection)
        cells = [("ai 标识", exported(collection)["AI 标识"])]
        origins = read_origins(cells, {"题名": Field.TITLE})
        assert origins.ai == origins.unreviewed == {"title"}

    def test_lists_cost_the_same_with_and_without_such_values(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))

        def queries() -> int:
            client.get("/admin/catalog/image/")
            with CaptureQueriesContext(connection) as counted:
                assert client.get("/admin/catalog/image/").status_code == 200
                assert client.get("/admin/catalog/annotation/").status_code == 200
            return len(counted)

        before = queries()
        accept(collection)
        assert queries() == before


class TestAfterRelease:
    """Everybody sees it, and what it is."""

    def test_the_record_and_the_lists(self, collection: Collection) -> None:
        audit = release(collection)
        image = first(collection)
        for address in (image.get_absolute_url(), collection.get_absolute_url(), "/search/?q=地点0"):
            shown = text_of(browser().get(address))
            assert "地点0" in shown
            assert label(audit) in shown

    def test_the_interface(self, collection: Collection) -> None:
        audit = release(collection)
        image = first(collection)
        record = browser().get(f"/api/v1/images/{image.pk}/").json()
        assert (record["title"], record["ai_labels"]) == ("地点0", {"title": label(audit)})
        (told,) = browser().get("/api/v1/annotations/", {"image": image.pk}).json()["results"]
        assert (told["ai_label"], told["audit"], told["held"]) == (label(audit), audit.pk, False)

    def test_the_search_finds_it(self, collection: Collection) -> None:
        release(collection)
        assert Image.objects.search("地点0").exists()
