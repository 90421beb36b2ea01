"""Decisions through the interface: the review page's, with the same refusals; drafts that programs propose."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.labels import label_of
from catalog.models import Action, Collection, DraftsShown, Image
from catalog.vocabulary import State, Verb
from tests.catalog.api.calls import Program
from tests.catalog.people import cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box")


def with_draft(collection: Collection) -> Image:
    return drafted(ImageFactory(collection=collection), place="云溪镇")


class TestDeciding:
    def test_a_draft_is_accepted_once(self, collection: Collection) -> None:
        image, user = with_draft(collection), cataloguer(collection)
        body = {"image": image.pk, "do": "accept", "annotation": image.annotations.get().pk}

        first, second = Program(user).post("decisions/", body), Program(user).post("decisions/", body)

        assert (first.status_code, first.json()["revision"]) == (201, 1)
        assert (second.status_code, second.json()["code"]) == (409, "already_decided")
        assert Action.objects.get().verb == Verb.DRAFT_ACCEPTED

    @pytest.mark.parametrize(
        ("body", "state", "verb"),
        [
            ({"do": "edit", "value": "清河镇"}, State.ACCEPTED, Verb.DRAFT_EDITED),
            ({"do": "reject", "code": "wrong_place"}, State.REJECTED, Verb.DRAFT_REJECTED),
            ({"do": "leave_open", "reason": "无据"}, State.REJECTED, Verb.DRAFT_REJECTED),
        ],
    )
    def test_the_other_ways(self, collection: Collection, body: dict[str, str], state: State, verb: Verb) -> None:
        image = with_draft(collection)
        draft = image.annotations.get()

        response = Program(cataloguer(collection)).post(
            "decisions/", {"image": image.pk, "annotation": draft.pk, **body}
        )

        draft.refresh_from_db()
        assert (response.status_code, draft.state) == (201, state)
        assert Action.objects.filter(verb=verb).exists()

    def test_all_drafts_that_were_seen_are_accepted_or_none(self, collection: Collection) -> None:
        image = drafted(ImageFactory(collection=collection), place="云溪镇", event="赶集")
        keys = list(image.annotations.values_list("pk", flat=True))
        program = Program(cataloguer(collection))

        few = program.post("decisions/", {"image": image.pk, "do": "accept_all", "annotations": keys[:1]})
        all_of_them = program.post("decisions/", {"image": image.pk, "do": "accept_all", "annotations": keys})

        assert (few.status_code, few.json()["code"]) == (409, "drafts_changed")
        assert (all_of_them.status_code, sorted(all_of_them.json()["annotations"])) == (201, sorted(keys))

    def test_what_was_written_meanwhile_is_not_written_over(self, collection: Collection) -> None:
        image = described(ImageFactory(collection=collection), title="木桥")
        body = {"image": image.pk, "do": "write", "values": {"title": "石桥"}, "seen": {"title": ""}}

        response = Program(cataloguer(collection)).post("decisions/", body)

        assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")

    @pytest.mark.parametrize(
        "body", [{"do": "accept"}, {"do": "write"}, {"do": "dance"}, {"do": "write", "values": {"colour": "x"}}]
    )
    def test_what_is_missing_is_named(self, collection: Collection, body: dict[str, object]) -> None:
        image = with_draft(collection)

        assert Program(cataloguer(collection)).post("decisions/", {"image": image.pk, **body}).status_code == 400

    def test_a_draft_of_another_record_is_none_of_this_one(self, collection: Collection) -> None:
        image, other = with_draft(collection), drafted(place="别处")
        body = {"image": image.pk, "do": "accept", "annotation": other.annotations.get().pk}

        assert Program(cataloguer(collection)).post("decisions/", body).status_code == 400
        assert other.annotations.get().state == State.DRAFT

    def test_several_at_once_each_by_itself(self, collection: Collection) -> None:
        images = [with_draft(collection), with_draft(collection)]
        items = [{"image": one.pk, "do": "accept", "annotation": one.annotations.get().pk} for one in images]

        told = Program(cataloguer(collection)).post("decisions/bulk/", {"items": [*items, items[0]]}).json()

        assert [result["status"] for result in told["results"]] == [201, 201, 409]
        assert told["done"] == 2


class TestReading:
    def test_members_read_what_was_decided_and_others_nothing(self, collection: Collection) -> None:
        image = described(ImageFactory(collection=collection), title="石桥")

        [row] = Program(cataloguer(collection)).get("decisions/").json()["results"]

        assert (row["image"], row["verb"], row["field"], row["collection"]) == (image.pk, "value_set", "title", "box")
        assert Program().get("decisions/").json()["count"] == 0
        assert Program(cataloguer(None)).get("decisions/", collection="box").json()["count"] == 1

    def test_more_rows_cost_no_more_queries(
        self, collection: Collection, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        program = Program(cataloguer(collection))
        for _more in range(2):
            for _image in range(3):
                described(ImageFactory(collection=collection), title="石桥")
            # The token, how many, and the rows.
            with django_assert_num_queries(3):
                program.get("decisions/")


class TestProposing:
    def test_a_programs_text_waits_and_carries_its_label(self, collection: Collection) -> None:
        image, user = ImageFactory(collection=collection), cataloguer(collection)
        body = {"image": image.pk, "field": "title", "value": "石桥", "ai": True}

        response = Program(user).post("annotations/", body)

        draft = image.annotations.get()
        assert (response.status_code, response.json()["state"], response.json()["ai_label"]) == (
            201,
            "draft",
            "AI 生成",
        )
        assert (draft.ai_origin, draft.created_by) == (True, user)
        assert Action.objects.get().verb == Verb.DRAFT_PROPOSED

    def test_it_stays_ai_text_when_it_is_accepted(self, collection: Collection) -> None:
        image, program = ImageFactory(collection=collection), Program(cataloguer(collection))
        made = program.post("annotations/", {"image": image.pk, "field": "title", "value": "石桥", "ai": True}).json()

        program.post("decisions/", {"image": image.pk, "do": "edit", "annotation": made["id"], "value": "老石桥"})

        assert label_of(image.annotations.accepted().get()) == "AI 生成 · 人工审核"

    def test_what_is_there_stands(self, collection: Collection) -> None:
        image = described(ImageFactory(collection=collection), title="木桥")
        body = {"image": image.pk, "field": "title", "value": "石桥", "ai": False}

        response = Program(cataloguer(collection)).post("annotations/", body)

        assert (response.status_code, response.json()["code"]) == (409, "proposal_refused")

    def test_whether_a_model_wrote_it_has_to_be_said(self, collection: Collection) -> None:
        body = {"image": ImageFactory(collection=collection).pk, "field": "title", "value": "石桥"}

        assert set(Program(cataloguer(collection)).post("annotations/", body).json()["errors"]) == {"ai"}

    def test_several_at_once(self, collection: Collection) -> None:
        image = ImageFactory(collection=collection)
        item = {"image": image.pk, "field": "title", "value": "石桥", "ai": True}

        told = Program(cataloguer(collection)).post("annotations/bulk/", {"items": [item, item]}).json()

        assert [result["status"] for result in told["results"]] == [201, 409]


class TestWritingBeforeSeeing:
    """先著录后看稿: who has still to write reads no drafts here either."""

    @pytest.fixture
    def blind(self) -> Collection:
        return CollectionFactory(slug="blind", blind_first=True)

    def test_drafts_are_hidden_until_one_has_written(self, blind: Collection) -> None:
        image, user = with_draft(blind), cataloguer(blind)
        draft, program = image.annotations.get(), Program(user)

        assert program.get("annotations/").json()["count"] == 0
        assert program.get("annotations/", search="云溪").json()["count"] == 0
        assert program.get(f"annotations/{draft.pk}/").status_code == 404
        written = program.post("decisions/", {"image": image.pk, "do": "write_blind", "values": {"place": "清河"}})

        assert written.status_code == 201, written.content
        value = image.annotations.accepted().get()
        assert (value.value, value.ai_origin, label_of(value)) == ("清河", False, "")
        assert {row["value"] for row in program.get("annotations/").json()["results"]} == {"清河", "云溪镇"}

    def test_nothing_is_decided_about_what_is_hidden(self, blind: Collection) -> None:
        image, user = with_draft(blind), cataloguer(blind)
        draft = image.annotations.get()

        for body in (
            {"do": "accept", "annotation": draft.pk},
            {"do": "reject", "annotation": draft.pk},
            {"do": "accept_all", "annotations": [draft.pk]},
        ):
            response = Program(user).post("decisions/", {"image": image.pk, **body})
            assert (response.status_code, response.json()["code"]) == (409, "drafts_hidden")
            assert "云溪" not in response.content.decode()

    def test_who_has_nothing_to_write_says_so_and_sees_them(self, blind: Collection) -> None:
        image, program = with_draft(blind), Program(cataloguer(blind))

        program.post("decisions/", {"image": image.pk, "do": "write_blind", "values": {}})

        assert program.get("annotations/").json()["count"] == 1

    def test_what_is_written_to_the_record_meanwhile_is_a_persons(self, blind: Collection) -> None:
        image, program = with_draft(blind), Program(cataloguer(blind))

        program.patch(f"images/{image.pk}/", {"place": "云溪镇"}, If_Match="*")

        assert not image.annotations.accepted().get().ai_origin

    def test_reading_drafts_elsewhere_is_noted_and_ends_it(self, collection: Collection) -> None:
        image, user = with_draft(collection), cataloguer(collection)

        Program(user).get("annotations/")

        assert DraftsShown.objects.filter(image=image, user=user).exists()
        response = Program(user).post(
            "decisions/", {"image": image.pk, "do": "write_blind", "values": {"place": "清河"}}
        )
        assert (response.status_code, response.json()["code"]) == (409, "drafts_seen")

    def test_a_colleague_who_has_seen_them_reads_on(self, blind: Collection) -> None:
        image = with_draft(blind)
        seen, unseen = reviewer(blind), reviewer(blind)
        Program(seen).post("decisions/", {"image": image.pk, "do": "write_blind", "values": {}})

        assert Program(seen).get("annotations/").json()["count"] == 1
        assert Program(unseen).get("annotations/").json()["count"] == 0
