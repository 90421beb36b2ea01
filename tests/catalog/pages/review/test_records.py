"""The next record of a queue, told as data."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Collection, DraftsShown, Image, Reading, ReviewHold
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Flag, Objection
from tests.catalog.pages.review.calls import draft_of, field_of, post, take_next
from tests.catalog.people import browser, cataloguer, reviewer
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PhotoGroupFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def record(collection: Collection, identifier: str, **values: str) -> Any:
    return drafted(ImageFactory(collection=collection, identifier=identifier), **values or {"title": "石桥"})


class TestPhotoGroup:
    """Which group of photographs a record is in, among those that one may see."""

    def test_its_number_title_and_place_are_told_and_the_filter_holds(self, collection: Collection) -> None:
        group = PhotoGroupFactory(collection=collection, title="校庆", number="7", state="confirmed")
        ImageFactory(collection=collection, identifier="A-0", photo_group=group, restricted=True)
        ImageFactory(collection=collection, identifier="A-1", photo_group=group)
        record(collection, "0-9")
        image = record(collection, "A-2")
        Image.objects.filter(pk=image.pk).update(photo_group=group)

        told = take_next(browser(cataloguer(collection)), f"?photo_group={group.pk}")
        assert told["name"] == "A-2"
        assert told["photo_group"] == {
            "id": group.pk,
            "number": "7",
            "title": "校庆",
            "place": "第 2 幅，共 2 幅",
            "address": f"/review/groups/{group.pk}/",
        }
        seen = browser(reviewer(collection)).get(f"/review/records/{image.pk}/").json()["record"]["photo_group"]
        assert seen["place"] == "第 3 幅，共 3 幅"

    def test_who_asks_for_a_group_of_others_is_told_on_the_page(self, collection: Collection) -> None:
        other = PhotoGroupFactory(title="别人的校庆")
        page = browser(cataloguer(collection)).get(f"/review/?photo_group={other.pk}").content.decode()
        assert "没有这个照片组，或您无权查看" in page
        assert "别人的校庆" not in page


class TestNext:
    """What comes next."""

    def test_records_come_in_order_until_none_is_left(self, collection: Collection) -> None:
        names = [record(collection, name).identifier for name in ("A-1", "A-2")]
        client = browser(cataloguer(collection))

        first = take_next(client, "?order=number")
        second = take_next(client, "?order=number", after=first["place"])
        for key in (first["id"], second["id"]):
            draft = draft_of(Image.objects.get(pk=key), "title")
            decisions.accept(annotation=draft, user=UserFactory())

        assert [first["name"], second["name"]] == names
        assert take_next(client, "?order=number", after=second["place"]) is None

    def test_a_colleague_gets_another_one(self, collection: Collection) -> None:
        record(collection, "A-1"), record(collection, "A-2")
        told = {take_next(browser(cataloguer(collection)))["name"] for _ in range(2)}
        assert told == {"A-1", "A-2"}

    def test_the_filters_of_the_address_hold(self, collection: Collection) -> None:
        record(collection, "A-1")
        doubtful = record(collection, "A-2", place="桥头")
        annotations.mark_draft(draft=draft_of(doubtful, "place"), evidence="", flag=Flag.DOUBTFUL)
        client = browser(cataloguer(collection))

        assert take_next(client, "?flag=doubtful")["name"] == "A-2"
        assert take_next(client, "?order=number", doubtful=True)["name"] == "A-2"
        assert take_next(client, f"?collection={CollectionFactory().slug}")["name"], (
            "what is not readable narrows nothing"
        )

    def test_what_one_may_not_review_never_comes(self, collection: Collection) -> None:
        record(CollectionFactory(), "B-1")
        drafted(ImageFactory(collection=collection, identifier="A-9", restricted=True), title="石桥")
        assert take_next(browser(cataloguer(collection))) is None
        assert take_next(browser(reviewer(collection)))["name"] == "A-9"

    @pytest.mark.parametrize(
        "after",
        ["x", 7, [], [1], [None, None], ["a", "b"], [1, 2, 3, 4], [-1, 5], [2**70, 1], {"a": 1}, [[1], 2],
         [1, "\ud800", 3], [1, "\0", 3]],
    )  # fmt: skip
    def test_a_place_that_is_none_begins_anew(self, collection: Collection, after: object) -> None:
        record(collection, "A-1")
        for order in ("doubtful", "number", "group"):
            assert take_next(browser(cataloguer(collection)), f"?order={order}", after=after)["name"] == "A-1"
            ReviewHold.objects.all().delete()

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{", b"\xff", b"[" * 99_999, {"passed": "x"}, {"passed": [True]}, {"passed": [-1]}]
    )
    def test_what_is_no_call_is_refused(self, body: object) -> None:
        response = post(browser(cataloguer(None)), "/review/next/", body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_call")


class TestContent:
    """What is told of a record."""

    def test_a_field_tells_its_draft_its_value_and_what_was_rejected(self, collection: Collection) -> None:
        user = UserFactory(username="王芳")
        image = ImageFactory(collection=collection)
        drafted(image, place="西门")
        decisions.reject(annotation=draft_of(image, "place"), user=user, code=Objection.WRONG_PLACE, reason="是东门")
        described(image, user=user, place="东门")
        drafted(image, title="石桥")

        told = take_next(browser(cataloguer(collection)))

        place, title = field_of(told, "place"), field_of(told, "title")
        assert (place["accepted"]["value"], place["draft"]) == ("东门", None)
        assert place["accepted"]["source"].startswith("王芳 · ")
        assert [(item["value"], item["reason"]) for item in place["rejected"]] == [("西门", "是东门")]
        assert (title["draft"]["value"], title["draft"]["ai_label"]) == ("石桥", "AI 生成")
        assert title["draft"]["source"].startswith("fake · ")

    def test_scans_are_told_the_front_first(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        ImageFileFactory(image=image, role="verso", sequence=1)
        ImageFileFactory(image=image, role="front", sequence=2)

        scans = take_next(browser(cataloguer(collection)))["scans"]

        assert [scan["label"] for scan in scans] == ["正面", "背面"]
        assert scans[0]["screen"].endswith("/screen/")
        assert not scans[0]["was_read"]

    def test_terms_of_drafts_are_told_with_what_is_known_of_them(self, collection: Collection) -> None:
        described(ImageFactory(collection=collection), people="张三")
        record(collection, "A-1", people="张三、李四")

        terms = field_of(take_next(browser(cataloguer(collection))), "people")["draft"]["terms"]

        assert [(term["text"], term["known"]) for term in terms] == [("张三", True), ("李四", False)]

    def test_it_asks_the_same_however_much_there_is(
        self, collection: Collection, django_assert_num_queries: Any
    ) -> None:
        image = record(collection, "A-1", title="石桥", place="桥头")
        ImageFileFactory(image=image)
        client = browser(cataloguer(collection))
        take_next(client)
        with django_assert_num_queries(13):
            take_next(client)
        drafted(image, people="张三", event="合影", date="1959年")
        ImageFileFactory(image=image, role="verso")
        for number in range(5):
            record(collection, f"B-{number}")
        with django_assert_num_queries(13):
            take_next(client)


class TestBlind:
    """Drafts that are hidden at first."""

    def test_nothing_of_a_draft_is_told_where_the_collection_wants_it_so(self) -> None:
        collection = CollectionFactory(blind_first=True)
        record(collection, "A-1", place="桥头", people="张三")

        told = take_next(browser(cataloguer(collection)))

        assert told["blind"]
        assert field_of(told, "place")["draft"] == {"id": field_of(told, "place")["draft"]["id"], "hidden": True}
        assert not {"桥头", "张三"} & set(str(told).split("'"))

    def test_one_may_want_it_oneself(self, collection: Collection) -> None:
        record(collection, "A-1")
        assert take_next(browser(cataloguer(collection)), blind=True)["blind"]

    def test_who_has_seen_them_sees_them(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        client = browser(cataloguer(collection))
        assert not take_next(client)["blind"]
        take_next(client, shown=[image.pk])
        assert not client.get(f"/review/records/{image.pk}/?blind=1").json()["record"]["blind"]
        assert take_next(browser(cataloguer(collection))) is None

    def test_what_is_told_ahead_is_seen_when_it_is_shown(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        client = browser(cataloguer(collection))
        assert not take_next(client)["blind"], "asked for ahead, and not shown"
        assert take_next(client, blind=True)["blind"]
        take_next(client, shown=[image.pk])
        assert not take_next(client, blind=True)["blind"]

    def test_nobody_has_seen_what_is_not_theirs(self, collection: Collection) -> None:
        other = record(CollectionFactory(), "B-1")
        take_next(browser(cataloguer(collection)), shown=[other.pk, 10**9])
        assert not DraftsShown.objects.exists()


class TestOneRecord:
    """A record that is asked for by its key."""

    def test_it_is_held_where_it_is_free(self, collection: Collection) -> None:
        image, user = record(collection, "A-1"), cataloguer(collection)
        told = browser(user).get(f"/review/records/{image.pk}/").json()["record"]
        assert (told["name"], told["held_by_another"]) == ("A-1", False)
        assert ReviewHold.objects.get().user == user

    def test_it_says_when_a_colleague_has_it(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        take_next(browser(cataloguer(collection)))
        told = browser(cataloguer(collection)).get(f"/review/records/{image.pk}/").json()["record"]
        assert told["held_by_another"]

    def test_what_is_not_ones_own_does_not_exist(self, collection: Collection) -> None:
        image = record(CollectionFactory(), "A-1")
        for address in (f"/review/records/{image.pk}/", f"/review/records/{image.pk}/writing/", "/review/records/999/"):
            response = browser(cataloguer(collection)).get(address)
            assert (response.status_code, response.json()["error"]["code"]) == (404, "lost_record")

    def test_the_writing_is_told_line_by_line(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        line = {
            "page": 0,
            "text": "一九五九年 東門",
            "quad": [100, 100, 900, 100, 900, 200, 100, 200],
            "confidence": 0.9,
        }
        Reading.objects.create(file=ImageFileFactory(image=image), reader="r", version="1", lines=[line])
        scans = browser(cataloguer(collection)).get(f"/review/records/{image.pk}/writing/").json()["scans"]
        assert [line["text"] for line in scans[0]["lines"]] == ["一九五九年 東門"]
        assert scans[0]["lines"][0]["fold"] == "一九五九年东门"
        assert scans[0]["lines"][0]["box"] == {"x1": 100, "y1": 100, "x2": 900, "y2": 200}


class TestHolding:
    """Records stay theirs while the page is open."""

    def test_they_are_held_longer_and_others_let_go(self, collection: Collection) -> None:
        one, other = record(collection, "A-1"), record(collection, "A-2")
        client = browser(cataloguer(collection))
        take_next(client, "?order=number"), take_next(client, "?order=number", after=[collection.pk, "A-1", one.pk])
        soon = timezone.now() + timedelta(seconds=10)
        ReviewHold.objects.update(until=soon)

        response = post(client, "/review/hold/", {"images": [other.pk, 999], "left": [one.pk]})

        assert response.json() == {"held": [other.pk]}
        held = ReviewHold.objects.get()
        assert held.image_id == other.pk
        assert held.until > soon

    def test_what_the_page_is_just_taking_is_not_let_go(self, collection: Collection) -> None:
        record(collection, "A-1")
        other = record(collection, "A-2")
        client = browser(cataloguer(collection))
        taken = take_next(client, "?order=number")
        post(client, "/review/hold/", {"images": [other.pk], "left": []})
        assert ReviewHold.objects.filter(image=taken["id"]).exists()

    def test_two_tabs_of_one_person_have_a_record_each(self, collection: Collection) -> None:
        record(collection, "A-1"), record(collection, "A-2")
        client = browser(cataloguer(collection))
        assert take_next(client, "?order=number", tab="a")["name"] == "A-1"
        assert take_next(client, "?order=number", tab="b")["name"] == "A-2"
        assert take_next(client, "?order=number", tab="a")["name"] == "A-1"
        assert take_next(client, "?order=number", tab="c") is None

    def test_a_tab_that_is_closed_lets_go_of_its_own(self, collection: Collection) -> None:
        record(collection, "A-1"), record(collection, "A-2")
        client = browser(cataloguer(collection))
        first = take_next(client, "?order=number", tab="a")
        second = take_next(client, "?order=number", tab="b")
        assert client.post("/review/let-go/", {"tab": "a"}).status_code == 200
        assert [held.image_id for held in ReviewHold.objects.all()] == [second["id"]]
        assert take_next(client, "?order=number", tab="b")["name"] == first["name"]

    def test_a_tab_that_is_loaded_again_goes_on_where_it_was(self, collection: Collection) -> None:
        record(collection, "A-1"), record(collection, "A-2")
        client = browser(cataloguer(collection))
        take_next(client, "?order=number", tab="a")
        assert take_next(client, "?order=number", tab="b", before="a")["name"] == "A-1"
        client.post("/review/let-go/", {"tab": "a"})
        assert ReviewHold.objects.get().tab == "b"

    def test_a_record_that_is_opened_comes_from_the_other_tab(self, collection: Collection) -> None:
        image = record(collection, "A-1")
        client = browser(cataloguer(collection))
        take_next(client, tab="a")
        assert not client.get(f"/review/records/{image.pk}/?tab=b").json()["record"]["held_by_another"]
        assert ReviewHold.objects.get().tab == "b"

    @pytest.mark.parametrize("tab", [7, "A-1", "x" * 33, ["a"]])
    def test_what_is_no_tab_is_no_call(self, tab: object) -> None:
        client = browser(cataloguer(None))
        assert post(client, "/review/hold/", {"images": [], "tab": tab}).status_code == 400
        assert client.post("/review/let-go/").status_code == 400
