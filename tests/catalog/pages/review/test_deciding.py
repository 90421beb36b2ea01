"""Decisions of the review page: carried out whole, or refused in words with the record as it is now."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.models import Annotation, Batch, Collection, Image, Membership, Redraft, ReviewHold
from catalog.records import secrecy
from catalog.review import decisions
from catalog.vocabulary import Field, ImageStatus, MarkPlace, Objection, Role, State
from tests.catalog.pages.review.calls import decide, draft_of, field_of, post, take_next
from tests.catalog.people import browser, cataloguer
from tests.factories import AnnotationFactory, CollectionFactory, ImageFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


@pytest.fixture
def image(collection: Collection) -> Image:
    return drafted(ImageFactory(collection=collection, identifier="A-1"), title="石桥", place="桥头", people="张三")


def seen(image: Image) -> list[int]:
    return list(image.annotations.drafts().values_list("pk", flat=True))


def accepted(image: Image) -> dict[str, str]:
    return dict(image.annotations.accepted().values_list("field", "value"))


class TestAcceptingAll:
    """The one key."""

    def test_the_drafts_are_accepted_and_the_record_is_let_go(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        take_next(client)

        response = decide(client, image, "accept_all", seen=seen(image))

        assert (response.status_code, response.json()) == (200, {"accepted": 3})
        assert accepted(image) == {"title": "石桥", "place": "桥头", "people": "张三"}
        assert not ReviewHold.objects.exists()

    def test_what_was_typed_goes_with_them(self, image: Image) -> None:
        edits = {str(draft_of(image, "place").pk): "东门桥头"}
        written = {"event": {"value": "合影", "seen": ""}}

        decide(
            browser(cataloguer(image.collection)), image, "accept_all", seen=seen(image), edits=edits, written=written
        )

        assert accepted(image) == {"title": "石桥", "place": "东门桥头", "people": "张三", "event": "合影"}

    def test_a_draft_that_came_meanwhile_is_told_with_the_record(self, image: Image) -> None:
        before = seen(image)
        drafted(image, event="合影")

        response = decide(browser(cataloguer(image.collection)), image, "accept_all", seen=before)

        assert (response.status_code, response.json()["error"]["code"]) == (409, "drafts_changed")
        assert field_of(response.json()["record"], "event")["draft"]["value"] == "合影"
        assert accepted(image) == {}


class TestOneField:
    """Decisions about one draft."""

    def test_it_is_accepted_and_the_rest_is_told(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        response = decide(client, image, "accept", annotation=draft_of(image, "title").pk, keep=True)
        told = response.json()["record"]
        assert field_of(told, "title")["accepted"]["value"] == "石桥"
        assert field_of(told, "place")["draft"]["value"] == "桥头"
        assert not told["blind"]

    def test_a_rejection_says_why(self, image: Image) -> None:
        draft = draft_of(image, "people")
        decide(
            browser(cataloguer(image.collection)), image, "reject",
            annotation=draft.pk, code=Objection.WRONG_PERSON, reason="  是李四 ",
        )  # fmt: skip
        draft.refresh_from_db()
        assert (draft.state, draft.reason_code, draft.reason) == (State.REJECTED, "wrong_person", "是李四")
        assert not Redraft.objects.exists()

    def test_without_words_the_reason_is_that_of_its_kind(self, image: Image) -> None:
        draft = draft_of(image, "people")
        decide(browser(cataloguer(image.collection)), image, "reject", annotation=draft.pk, code="invented")
        draft.refresh_from_db()
        assert draft.reason == "凭空编造"

    def test_a_new_draft_is_asked_for(self, image: Image) -> None:
        user = cataloguer(image.collection)
        response = decide(
            browser(user), image, "reject",
            annotation=draft_of(image, "title").pk, code="too_vague", redraft=True, keep=True,
        )  # fmt: skip
        assert response.json()["message"].startswith("已退回，正在重新起草。")
        assert field_of(response.json()["record"], "title")["redraft"]
        assert Redraft.objects.get().user == user
        assert Batch.objects.get().items.get().image == image

    def test_where_no_prompt_wrote_it_the_rejection_stands_and_says_so(self, image: Image) -> None:
        draft = AnnotationFactory(image=image, field=Field.NOTES, source="import", run=None, ai_origin=False)
        response = decide(
            browser(cataloguer(image.collection)), image, "reject", annotation=draft.pk, redraft=True, code=""
        )
        assert "不能重新起草" in response.json()["message"]
        draft.refresh_from_db()
        assert draft.state == State.REJECTED

    def test_without_evidence_the_field_is_left_open(self, image: Image) -> None:
        decide(browser(cataloguer(image.collection)), image, "leave_open", annotation=draft_of(image, "place").pk)
        assert accepted(image) == {"place": "待考"}

    def test_a_value_is_written_where_nobody_wrote_another(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        assert decide(client, image, "write", written={"event": {"value": "合影", "seen": ""}}).status_code == 200
        described(image, event="留影")

        response = decide(client, image, "write", written={"event": {"value": "开会", "seen": "合影"}})

        assert (response.status_code, response.json()["error"]["code"]) == (409, "changed_meanwhile")
        assert field_of(response.json()["record"], "event")["accepted"]["value"] == "留影"

    @pytest.mark.parametrize("do", ["accept", "reject", "leave_open"])
    def test_who_comes_too_late_changes_nothing(self, image: Image, do: str) -> None:
        draft = draft_of(image, "place")
        decisions.edit_and_accept(annotation=draft, user=UserFactory(), value="西门")

        response = decide(browser(cataloguer(image.collection)), image, do, annotation=draft.pk)

        assert (response.status_code, response.json()["error"]["code"]) == (409, "already_decided")
        assert "已采用" in response.json()["error"]["message"]
        assert field_of(response.json()["record"], "place")["accepted"]["value"] == "西门"
        assert accepted(image) == {"place": "西门"}

    def test_a_draft_of_another_record_is_not_decided(self, image: Image, collection: Collection) -> None:
        other = drafted(ImageFactory(collection=collection), title="别的")
        response = decide(browser(cataloguer(collection)), image, "accept", annotation=draft_of(other, "title").pk)
        assert response.status_code == 409
        assert accepted(other) == {}


class TestBlind:
    """What is written before the drafts are shown."""

    def test_it_is_saved_as_the_persons_and_the_drafts_are_told(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        assert take_next(client, blind=True)["blind"]

        response = decide(client, image, "write_blind", written={"place": {"value": "东门", "seen": ""}}, keep=True)

        told = response.json()
        assert told["behind"]["place"]["value"] == "桥头"
        assert field_of(told["record"], "title")["draft"]["value"] == "石桥"
        assert not Annotation.objects.accepted().get().ai_origin

    def test_one_may_take_the_drafts_words_after_all_which_keep_their_label(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        take_next(client, blind=True)
        written = {"place": {"value": "东门", "seen": ""}}
        told = decide(client, image, "write_blind", written=written, keep=True).json()
        mine = field_of(told["record"], "place")["accepted"]["id"]

        behind = told["behind"]["place"]["id"]
        response = decide(client, image, "restore", annotation=behind, seen=mine, keep=True)

        place = field_of(response.json()["record"], "place")["accepted"]
        assert (place["value"], place["ai_label"]) == ("桥头", "AI 生成 · 人工审核")
        assert decide(client, image, "restore", annotation=behind, seen=mine).status_code == 409

    def test_who_has_seen_the_drafts_cannot_claim_it(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        take_next(client)
        take_next(client, shown=[image.pk])
        response = decide(client, image, "write_blind", written={"place": {"value": "东门", "seen": ""}})
        assert (response.status_code, response.json()["error"]["code"]) == (409, "drafts_seen")
        assert accepted(image) == {}

    @pytest.mark.parametrize("keep", [True, False])
    def test_a_decision_about_one_field_shows_no_draft_of_another(self, image: Image, keep: bool) -> None:
        client = browser(cataloguer(image.collection))
        take_next(client, blind=True)
        event = {"event": {"value": "合影", "seen": ""}}
        told = decide(client, image, "write", written=event, blind=True, keep=keep).json()
        assert "桥头" not in str(told)
        assert decide(client, image, "write_blind", written={"place": {"value": "东门", "seen": ""}}).status_code == 200

    def test_a_refusal_shows_no_draft(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        take_next(client, blind=True)
        decisions.set_value(image=image, field="event", value="留影", user=UserFactory())
        written = {"event": {"value": "合影", "seen": ""}, "place": {"value": "东门", "seen": ""}}

        response = decide(client, image, "write_blind", written=written, blind=True, keep=True)

        assert (response.status_code, response.json()["error"]["code"]) == (409, "changed_meanwhile")
        assert response.json()["record"]["blind"]
        assert "桥头" not in str(response.json())


class TestUndo:
    """The last steps of this sitting."""

    def test_the_record_comes_back_as_it_was(self, image: Image) -> None:
        client = browser(cataloguer(image.collection))
        decide(client, image, "accept_all", seen=seen(image))

        response = post(client, "/review/undo-step/", {"tab": "a1"})

        assert response.json()["message"] == "已撤销对“A-1”的决定，共 3 项。"
        assert field_of(response.json()["record"], "title")["draft"]["value"] == "石桥"
        image.refresh_from_db()
        assert (image.title, image.status) == ("", ImageStatus.TO_REVIEW)
        assert (ReviewHold.objects.get().image, ReviewHold.objects.get().tab) == (image, "a1")

    def test_where_nothing_is_left_that_is_said(self, image: Image) -> None:
        response = post(browser(cataloguer(image.collection)), "/review/undo-step/", {})
        assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_to_undo")

    def test_a_moment_that_the_page_names_reaches_no_further(
        self, image: Image, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user = cataloguer(image.collection)
        client = browser(user)
        with monkeypatch.context() as then:
            long_ago = timezone.now() - timedelta(hours=13)
            then.setattr("django.utils.timezone.now", lambda: long_ago)
            decisions.accept_all(image=image, seen=seen(image), user=user)
        response = post(client, "/review/undo-step/", {"since": "2020-01-01T00:00:00+08:00"})
        assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_to_undo")

    def test_who_was_taken_out_of_the_collection_undoes_nothing_in_it(self, image: Image) -> None:
        user = cataloguer(image.collection)
        client = browser(user)
        decide(client, image, "accept_all", seen=seen(image))
        Membership.objects.filter(user=user).delete()
        Membership.objects.create(user=user, collection=CollectionFactory(), role=Role.CATALOGUER)

        response = post(client, "/review/undo-step/", {})

        assert (response.status_code, response.json()["error"]["code"]) == (409, "undo_out_of_reach")
        assert "“A-1”现在不归您审核" in response.json()["error"]["message"]
        assert accepted(image) == {"title": "石桥", "place": "桥头", "people": "张三"}
        assert not ReviewHold.objects.exists()


class TestHeldBack:
    """Records that may be classified: what a model wrote of them is accepted by nobody until a reviewer has looked."""

    @pytest.fixture
    def held(self, image: Image) -> Image:
        with transaction.atomic():
            secrecy.hold(image=image, marks=[secrecy.Mark(MarkPlace.READING, "机密★10年")])
        return image

    def test_the_page_is_told_by_which_mark(self, held: Image) -> None:
        told = take_next(browser(cataloguer(held.collection)))["secrecy"]
        assert (told["heading"], told["marks"]) == ("疑似涉密，已停用", ["图上的文字：机密★10年"])
        assert told["told"].startswith("本系统不能存储、处理国家秘密。")

    def test_its_drafts_are_not_accepted_by_any_key(self, held: Image) -> None:
        client = browser(cataloguer(held.collection))
        for response in (
            decide(client, held, "accept_all", seen=seen(held)),
            decide(client, held, "accept", annotation=draft_of(held, "title").pk),
        ):
            assert (response.status_code, response.json()["error"]["code"]) == (409, "secrecy_refused")
            assert response.json()["error"]["message"].startswith("疑似涉密，已停用：这条记录的草稿现在不能采用。")
        assert accepted(held) == {}

    def test_they_may_be_rejected_and_a_person_may_write(self, held: Image) -> None:
        client = browser(cataloguer(held.collection))
        assert decide(client, held, "reject", annotation=draft_of(held, "title").pk, code="other").status_code == 200
        assert decide(client, held, "write", written={"notes": {"value": "疑似", "seen": ""}}).status_code == 200
        assert accepted(held) == {"notes": "疑似"}

    def test_when_it_is_cleared_they_are(self, held: Image) -> None:
        secrecy.clear(image=held, user=UserFactory(), reason="已解密")
        client = browser(cataloguer(held.collection))
        assert decide(client, held, "accept_all", seen=seen(held)).status_code == 200


class TestBadCalls:
    """What no page would send."""

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"do": "destroy"}, {"do": "accept"}, {"do": "accept", "annotation": "1"}, {"do": "accept_all"},
            {"do": "accept_all", "seen": ["x"]}, {"do": "accept_all", "seen": [], "edits": []},
            {"do": "accept_all", "seen": [1], "edits": {"x": "y"}}, {"do": "accept_all", "seen": [], "edits": {"1": 7}},
            {"do": "write", "written": {"nonsense": {"value": "x"}}}, {"do": "write", "written": {"title": "x"}},
            {"do": "write", "written": {"title": {"value": None}}}, {"do": "reject", "annotation": 1, "code": "awful"},
            {"do": "reject", "annotation": 2**70}, {"do": ["accept"]},
        ],
    )  # fmt: skip
    def test_they_are_refused_and_nothing_changes(self, image: Image, body: Any) -> None:
        response = post(browser(cataloguer(image.collection)), f"/review/records/{image.pk}/decide/", body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_call")
        assert accepted(image) == {}

    def test_a_text_that_is_too_long_says_by_how_much(self, image: Image) -> None:
        response = decide(
            browser(cataloguer(image.collection)), image, "write",
            written={"notes": {"value": "长" * 20_001, "seen": ""}},
        )  # fmt: skip
        assert response.status_code == 400
        assert "最多 20000 个字，您写了 20001 个" in response.json()["error"]["message"]

    def test_halves_of_characters_and_nul_do_no_harm(self, image: Image) -> None:
        written = {"notes": {"value": "一\x00二\ud800三", "seen": ""}}
        assert decide(browser(cataloguer(image.collection)), image, "write", written=written).status_code == 200
        assert accepted(image) == {"notes": "一二三"}

    def test_a_record_of_others_is_not_there(self, image: Image) -> None:
        response = decide(browser(cataloguer(CollectionFactory())), image, "accept_all", seen=seen(image))
        assert response.status_code == 404
        assert accepted(image) == {}
