"""What helps on the review page: terms, how far one is, one's own keys."""

import pytest

from catalog.models import ReviewSettings
from catalog.pages.review.keys import ACTIONS
from tests.catalog.pages.review.calls import decide, post
from tests.catalog.people import browser, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db


class TestTerms:
    """Completion."""

    def test_terms_of_ones_collections_are_offered(self) -> None:
        collection = CollectionFactory()
        described(ImageFactory(collection=collection), people="张三丰")
        described(ImageFactory(), people="张别人")
        told = browser(cataloguer(collection)).get("/review/suggest/?field=people&typed=张&text=张三封").json()
        assert told["completions"] == ["张三丰"]
        assert told["terms"] == [{"text": "张三封", "known": False, "near": ["张三丰"]}]

    def test_names_of_restricted_records_are_for_reviewers(self) -> None:
        collection = CollectionFactory()
        described(ImageFactory(collection=collection, restricted=True), people="王密")
        asked = "/review/suggest/?field=people&typed=王"
        assert browser(cataloguer(collection)).get(asked).json()["completions"] == []
        assert browser(reviewer(collection)).get(asked).json()["completions"] == ["王密"]

    @pytest.mark.parametrize("query", ["", "field=title&typed=x", f"field=people&typed={'长' * 201}"])
    def test_other_questions_are_refused(self, query: str) -> None:
        assert browser(cataloguer(None)).get(f"/review/suggest/?{query}").status_code == 400

    def test_what_was_accepted_is_offered_at_once(self) -> None:
        image = drafted(people="赵六")
        client = browser(cataloguer(image.collection))
        asked = "/review/suggest/?field=people&typed=赵"
        assert client.get(asked).json()["completions"] == []
        seen = list(image.annotations.drafts().values_list("pk", flat=True))
        decide(client, image, "accept_all", seen=seen)
        assert client.get(asked).json()["completions"] == ["赵六"]


class TestProgress:
    """How far the queue is."""

    def test_it_counts_what_waits_and_what_was_done_today(self) -> None:
        collection = CollectionFactory()
        images = [drafted(ImageFactory(collection=collection), title="石桥") for _ in range(3)]
        client = browser(cataloguer(collection))
        decide(client, images[0], "accept_all", seen=[images[0].annotations.get().pk])
        told = client.get("/review/progress/").json()
        assert (told["waiting"], told["today"], told["in_words"]) == (2, 1, "今天已审 1 条")


class TestKeys:
    """Keys of one's own."""

    def test_they_are_kept_and_shown_on_the_page(self) -> None:
        user = cataloguer(None)
        response = post(browser(user), "/review/keys/", {"keys": {"accept_all": "g"}})
        assert response.status_code == 200
        keys = browser(user).get("/review/").context["settings"]["keys"]
        assert {key["name"]: key["key"] for key in keys}["accept_all"] == "g"
        assert {key["name"] for key in keys} == set(ACTIONS)

    def test_one_key_does_one_thing(self) -> None:
        user = cataloguer(None)
        response = post(browser(user), "/review/keys/", {"keys": {"accept_all": "x"}})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "key_taken")
        assert not ReviewSettings.objects.exists()

    @pytest.mark.parametrize("key", ["Tab", "Escape", "F5", "", "ab", "A", "\n", None, 7])
    def test_keys_that_pages_may_not_have_are_refused(self, key: object) -> None:
        assert post(browser(cataloguer(None)), "/review/keys/", {"keys": {"accept_all": key}}).status_code == 400

    def test_the_usual_keys_are_each_ones_own(self) -> None:
        assert len({action.key for action in ACTIONS.values()}) == len(ACTIONS)
