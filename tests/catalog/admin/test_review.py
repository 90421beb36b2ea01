"""Reviewing in the workbench: accepting, editing, rejecting, writing by hand, and two people at one draft."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import Annotation, Image
from catalog.review import blind, decisions
from catalog.vocabulary import Field, ImageStatus, Source, State
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

DRAFT = "桥头有三个人"


@pytest.fixture
def image() -> Image:
    return drafted(ImageFactory(), description=DRAFT)


@pytest.fixture
def draft(image: Image) -> Annotation:
    return image.annotations.get()


def page_of(image: Image) -> str:
    return reverse("admin:catalog_image_change", args=[image.pk])


def posted(decision: str, draft: Annotation, **more: Any) -> dict[str, Any]:
    return {
        "decision": decision,
        "field": draft.field,
        "annotation": draft.pk,
        "value": draft.value,
        **more,
    }


def page(user: User | None, image: Image) -> str:
    """Return the review page on one line, as a browser reads it."""
    return " ".join(browser(user).get(page_of(image)).content.decode().split())


def send(user: User | None, image: Image, data: dict[str, Any], **more: Any) -> Any:
    return browser(user).post(reverse("admin:catalog_image_review", args=[image.pk]), data, **more)


class TestThePage:
    def test_it_shows_picture_record_and_draft_with_its_label(self, image: Image) -> None:
        described(image, title="石桥", place="云溪镇")
        shown = page(cataloguer(image.collection), image)
        assert "云溪镇" in shown
        assert DRAFT in shown
        assert '<span class="ai-label">AI 生成</span>' in shown
        for decision in ("accept", "edit", "reject", "write"):
            assert f'name="decision" value="{decision}"' in shown

    def test_every_button_works_without_a_script(self, image: Image) -> None:
        shown = page(cataloguer(image.collection), image)
        forms = shown.split("<form")[1:]
        for form in forms:
            if 'name="decision"' in form:
                assert 'method="post"' in form
                assert "csrfmiddlewaretoken" in form
        assert "onclick" not in shown

    def test_it_leads_to_the_next_image_with_drafts(self, image: Image) -> None:
        following = drafted(ImageFactory(collection=image.collection), description="另一幅")
        ImageFactory(collection=image.collection)
        shown = page(cataloguer(image.collection), image)
        assert f'rel="next" href="{page_of(following)}#review"' in shown

    def test_a_draft_is_no_markup(self, image: Image) -> None:
        drafted(image, event="</textarea><script>alert(1)</script>")
        assert "<script>alert" not in page(cataloguer(image.collection), image)


class TestWhoMay:
    def test_only_members_of_the_collection_decide(self, image: Image, draft: Annotation) -> None:
        people = [None, UserFactory(), stranger(), cataloguer(CollectionFactory())]
        statuses = [send(person, image, posted("accept", draft)).status_code for person in people]
        assert statuses == [302, 302, 404, 404]
        draft.refresh_from_db()
        assert draft.state == State.DRAFT
        assert send(cataloguer(image.collection), image, posted("accept", draft)).status_code == 302
        draft.refresh_from_db()
        assert draft.state == State.ACCEPTED

    def test_a_restricted_image_is_reviewed_by_reviewers(self) -> None:
        image = drafted(ImageFactory(restricted=True), description=DRAFT)
        draft = image.annotations.get()
        assert send(cataloguer(image.collection), image, posted("accept", draft)).status_code == 404
        assert send(reviewer(image.collection), image, posted("accept", draft)).status_code == 302

    def test_a_form_from_another_site_is_refused(self, image: Image, draft: Annotation) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(administrator())
        address = reverse("admin:catalog_image_review", args=[image.pk])
        assert client.post(address, posted("accept", draft)).status_code == 403

    def test_a_decision_is_posted_never_fetched(self, image: Image) -> None:
        address = reverse("admin:catalog_image_review", args=[image.pk])
        assert browser(administrator()).get(address).status_code == 405


class TestDeciding:
    def test_accepting_writes_the_value_and_says_so(self, image: Image, draft: Annotation) -> None:
        user = cataloguer(image.collection)
        response = send(user, image, posted("accept", draft), follow=True)
        image.refresh_from_db()
        assert (image.description, image.status) == (DRAFT, ImageStatus.DESCRIBED)
        assert "已采用“文字说明”" in response.content.decode()
        assert Annotation.objects.get().decided_by == user

    def test_the_line_breaks_of_a_browser_are_no_edit(self) -> None:
        image = drafted(ImageFactory(), transcription="第一行\n第二行")
        draft = image.annotations.get()
        send(administrator(), image, posted("accept", draft, value="第一行\r\n第二行"))
        draft.refresh_from_db()
        assert (draft.state, draft.original_value) == (State.ACCEPTED, None)

    def test_editing_keeps_the_machine_s_words_beside(self, image: Image, draft: Annotation) -> None:
        send(administrator(), image, posted("edit", draft, value="桥头有两个人"))
        draft.refresh_from_db()
        image.refresh_from_db()
        assert (draft.value, draft.original_value, draft.source) == ("桥头有两个人", DRAFT, Source.MODEL)
        assert image.description == "桥头有两个人"

    def test_rejecting_keeps_the_reason_and_leaves_the_record_alone(self, image: Image, draft: Annotation) -> None:
        send(
            administrator(),
            image,
            {"decision": "reject", "field": "description", "annotation": draft.pk, "reason": "没有桥"},
        )
        draft.refresh_from_db()
        image.refresh_from_db()
        assert (draft.state, draft.reason, image.description) == (State.REJECTED, "没有桥", "")

    def test_a_person_writes_a_value_by_hand(self, image: Image) -> None:
        data = {"decision": "write", "field": "place", "value": " 云溪镇 ", "seen_value": ""}
        send(administrator(), image, data)
        image.refresh_from_db()
        assert image.place == "云溪镇"
        assert image.annotations.get(field=Field.PLACE).source == Source.PERSON

    def test_an_accepted_value_is_corrected_by_hand(self, image: Image) -> None:
        described(image, place="云溪镇")
        send(administrator(), image, {"decision": "write", "field": "place", "value": "云溪乡", "seen_value": "云溪镇"})
        image.refresh_from_db()
        assert image.place == "云溪乡"

    def test_after_a_decision_comes_the_next_draft_of_the_image(self, image: Image, draft: Annotation) -> None:
        drafted(image, place="云溪镇", notes="备注")
        response = send(administrator(), image, posted("accept", draft))
        assert response["Location"] == f"{page_of(image)}#draft-place"

    def test_after_the_last_draft_comes_the_way_on(self, image: Image, draft: Annotation) -> None:
        assert send(administrator(), image, posted("accept", draft))["Location"] == f"{page_of(image)}#review"

    def test_accepting_a_text_that_was_changed_asks_which_is_meant(self, image: Image, draft: Annotation) -> None:
        response = send(administrator(), image, posted("accept", draft, value="桥头有两个人"))
        draft.refresh_from_db()
        assert (response.status_code, draft.state) == (409, State.DRAFT)
        assert "修改后采用" in response.content.decode()
        assert "桥头有两个人</textarea>" in response.content.decode()


class TestTwoPeople:
    def test_the_second_is_told_and_loses_nothing(self, image: Image, draft: Annotation) -> None:
        decisions.accept(annotation=draft, user=UserFactory(username="first"))
        response = send(administrator(), image, posted("edit", draft, value="我改过的话"))
        shown = response.content.decode()
        assert response.status_code == 409
        assert "这条草稿刚刚被别人处理过（已采用）。您写的文字留在下面" in shown
        assert "我改过的话</textarea>" in shown
        assert "first" in shown
        image.refresh_from_db()
        assert image.description == DRAFT

    def test_what_was_kept_can_then_be_saved_by_hand(self, image: Image, draft: Annotation) -> None:
        decisions.accept(annotation=draft, user=UserFactory())
        send(administrator(), image, posted("edit", draft, value="我改过的话"))
        data = {"decision": "write", "field": "description", "value": "我改过的话", "seen_value": DRAFT}
        send(administrator(), image, data)
        image.refresh_from_db()
        assert image.description == "我改过的话"

    def test_a_draft_that_was_drafted_anew_is_not_accepted_unseen(self, image: Image, draft: Annotation) -> None:
        from catalog.records import annotations
        from tests.factories import RunFactory

        annotations.write_drafts(
            image=image, values={"description": "新的草稿"}, run=RunFactory(image=image), replace=True
        )
        response = send(administrator(), image, posted("accept", draft))
        image.refresh_from_db()
        assert (response.status_code, image.description) == (409, "")
        assert "新的草稿" in response.content.decode()

    def test_a_value_that_a_colleague_changed_is_not_overwritten_unseen(self, image: Image) -> None:
        described(image, place="同事写的")
        data = {"decision": "write", "field": "place", "value": "我写的", "seen_value": ""}
        response = send(administrator(), image, data)
        image.refresh_from_db()
        assert (response.status_code, image.place) == (409, "同事写的")
        assert "刚刚被别人改过" in response.content.decode()
        assert "我写的</textarea>" in response.content.decode()

    def test_rejecting_what_is_accepted_changes_nothing(self, image: Image, draft: Annotation) -> None:
        decisions.accept(annotation=draft, user=UserFactory())
        assert send(administrator(), image, posted("reject", draft)).status_code == 409
        image.refresh_from_db()
        assert image.description == DRAFT


class TestBadInput:
    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"decision": "accept"},
            {"decision": "nonsense", "field": "title", "value": "x"},
            {"decision": "accept", "field": "nonsense", "annotation": "1"},
            {"decision": "accept", "field": "title", "annotation": "abc"},
            {"decision": "accept", "field": "title", "annotation": "9" * 40},
            {"decision": "accept", "field": "title", "annotation": "9" * 5000},
            {"decision": "write", "field": "title", "value": "\x00"},
            {"decision": "write", "field": "title", "value": "长" * 30_000},
            {"decision": "write", "field": "title", "value": "x", "annotation": "²"},
        ],
    )
    def test_nonsense_is_answered_with_the_page_and_a_reason(self, image: Image, data: dict[str, Any]) -> None:
        response = send(administrator(), image, data)
        assert response.status_code == 400
        assert 'class="error"' in response.content.decode()

    def test_a_draft_of_another_image_is_not_decided_here(self, image: Image) -> None:
        other = drafted(ImageFactory(), description="别的图像")
        response = send(administrator(), image, posted("accept", other.annotations.get()))
        assert response.status_code == 409
        assert other.annotations.get().state == State.DRAFT

    def test_an_image_that_is_not_there_is_not_found(self, draft: Annotation) -> None:
        address = reverse("admin:catalog_image_review", args=[10**12])
        assert browser(administrator()).post(address, posted("accept", draft)).status_code == 404


class TestLeavingOpen:
    BUTTON = 'value="leave_open"'

    @pytest.mark.parametrize("field", list(Field))
    def test_it_is_proposed_for_names_places_and_dates_alone(self, field: Field) -> None:
        offered = self.BUTTON in page(administrator(), drafted(ImageFactory(), **{field.value: "张三"}))
        assert offered == (field in {Field.DATE, Field.PLACE, Field.PEOPLE, Field.PHOTOGRAPHER})

    def test_it_is_not_proposed_where_the_draft_says_so_or_the_record_has_a_value(self) -> None:
        assert self.BUTTON not in page(administrator(), drafted(people="待考"))
        assert self.BUTTON not in page(administrator(), drafted(described(people="待考"), people="张三"))

    def test_one_press_rejects_the_draft_and_leaves_the_field_open(self) -> None:
        image = drafted(people="张三")
        answer = send(cataloguer(image.collection), image, posted("leave_open", image.annotations.get()), follow=True)
        image.refresh_from_db()
        assert "就记为待考" in answer.content.decode()
        assert (image.people, image.status) == ("待考", ImageStatus.TO_RESEARCH)

    def test_only_who_may_review_does_so(self) -> None:
        image = drafted(people="张三")
        data = posted("leave_open", image.annotations.get())
        for person in (None, stranger(), cataloguer(CollectionFactory())):
            assert send(person, image, data).status_code in {302, 403, 404}
            image.refresh_from_db()
            assert image.people == ""
        assert send(cataloguer(image.collection), image, data).status_code == 302
        image.refresh_from_db()
        assert image.people == "待考"

    def test_who_comes_too_late_is_told(self) -> None:
        image = drafted(people="张三")
        draft = image.annotations.get()
        decisions.accept(annotation=draft, user=UserFactory())
        assert send(administrator(), image, posted("leave_open", draft)).status_code == 409


class TestWrittenBeforeDraftsAreShown:
    """Collections in which one writes before one sees the drafts."""

    def test_the_workbench_shows_no_words_of_a_draft_and_leads_to_the_review_page(self) -> None:
        image = drafted(ImageFactory(collection=CollectionFactory(blind_first=True)), title="石桥的草稿")
        client = browser(reviewer(image.collection))

        record = client.get(f"/admin/catalog/image/{image.pk}/change/").content.decode()
        listed = client.get("/admin/catalog/image/").content.decode()

        assert "石桥的草稿" not in record + listed
        assert "1 条草稿先不显示" in record
        assert f"/review/?collection={image.collection.slug}" in record
        assert "1 条草稿，先著录后看稿" in listed

    def test_once_they_were_shown_there_is_nothing_to_hide(self) -> None:
        image = drafted(ImageFactory(collection=CollectionFactory(blind_first=True)), title="石桥的草稿")
        user = reviewer(image.collection)
        blind.note_shown(image=image.pk, user=user)
        assert "石桥的草稿" in browser(user).get(f"/admin/catalog/image/{image.pk}/change/").content.decode()

    def test_elsewhere_whoever_opens_a_record_has_seen_its_drafts(self) -> None:
        image = drafted(title="石桥的草稿")
        user = reviewer(image.collection)
        assert "石桥的草稿" in browser(user).get(f"/admin/catalog/image/{image.pk}/change/").content.decode()
        assert not blind.may_be_hidden(image=image.pk, drafts=image.annotations.drafts(), user=user)
