"""The review page is for those who review, and keeps what it was asked for."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Membership
from catalog.review.queue import Order
from catalog.vocabulary import Role
from tests.catalog.pages.review.calls import post
from tests.catalog.people import browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, UserFactory, drafted

pytestmark = pytest.mark.django_db

CALLS = [
    ("get", "/review/records/1/"), ("get", "/review/records/1/writing/"), ("get", "/review/suggest/"),
    ("get", "/review/progress/"), ("post", "/review/next/"), ("post", "/review/records/1/decide/"),
    ("post", "/review/undo-step/"), ("post", "/review/hold/"), ("post", "/review/keys/"),
]  # fmt: skip


def auditor() -> User:
    user: User = UserFactory(is_staff=True)
    Membership.objects.create(user=user, role=Role.AUDITOR)
    return user


class TestWhoMay:
    """The four steps."""

    def test_a_visitor_is_asked_to_sign_in_and_comes_back_to_the_same_queue(self) -> None:
        response = browser().get("/review/?flag=doubtful")
        assert response.status_code == 302
        assert response.headers["Location"] == "/login/?next=/review/%3Fflag%3Ddoubtful"

    @pytest.mark.parametrize("who", [stranger, UserFactory, auditor])
    def test_who_works_on_no_collection_is_told_so(self, who: Any) -> None:
        response = browser(who()).get("/review/")
        assert response.status_code == 403
        assert "编目员或审核员的角色" in response.content.decode()

    @pytest.mark.parametrize("who", [cataloguer, reviewer])
    def test_who_works_on_one_reviews(self, who: Any) -> None:
        assert browser(who(CollectionFactory())).get("/review/").status_code == 200

    @pytest.mark.parametrize(("method", "address"), CALLS)
    def test_every_call_is_refused_in_words_to_all_others(self, method: str, address: str) -> None:
        def call(client: Client) -> Any:
            return post(client, address, {}) if method == "post" else client.get(address)

        for user, status, code in ((None, 401, "login_required"), (stranger(), 403, "not_a_reviewer"),
                                   (auditor(), 403, "not_a_reviewer")):  # fmt: skip
            response = call(browser(user))
            assert (response.status_code, response.json()["error"]["code"]) == (status, code)
            assert response.json()["error"]["message"].endswith("。")

    def test_a_page_of_somebody_else_is_told_that_another_has_signed_in(self) -> None:
        user = cataloguer(None)
        response = post(browser(user), "/review/next/", {}, **{"X-Review-User": str(user.pk + 1)})
        assert (response.status_code, response.json()["error"]["code"]) == (401, "other_user")
        assert post(browser(user), "/review/next/", {}, **{"X-Review-User": str(user.pk)}).status_code == 200

    def test_calls_from_other_sites_are_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cataloguer(None))
        assert post(client, "/review/next/", {}).status_code == 403


class TestWhatItShows:
    """The frame of the page."""

    def test_filters_and_order_stay_in_the_form_and_are_told_in_words(self) -> None:
        collection = CollectionFactory(title="老照片")
        drafted(title="石桥")  # in another one
        response: Any = browser(cataloguer(collection)).get(
            f"/review/?collection={collection.slug}&flag=doubtful&order=number"
        )
        page = response.content.decode()
        assert "只看：草稿提醒：存疑：没有依据；馆藏：老照片" in page
        assert f'<option value="{Order.NUMBER}" selected>' in page
        assert response.context["settings"]["progress"]["waiting"] == 0

    @pytest.mark.parametrize(
        "query", ["order=nonsense", "collection=nowhere", "batch=x", "q=%00", "reviewer=%00&flag="]
    )
    def test_nonsense_in_the_address_is_said_or_passed_over(self, query: str) -> None:
        client = browser(cataloguer(None))
        assert client.get(f"/review/?{query}").status_code == 200
        assert post(client, f"/review/next/?{query}", {}).status_code == 200

    def test_an_unreadable_filter_is_said(self) -> None:
        page = browser(cataloguer(None)).get("/review/?collection=nowhere").content.decode()
        assert "没有代号为“nowhere”的馆藏，或您无权查看。" in page

    def test_it_asks_the_same_however_many_records_wait(self, django_assert_num_queries: Any) -> None:
        image = drafted(title="石桥")
        client = browser(cataloguer(image.collection))
        client.get("/review/")
        with django_assert_num_queries(10):
            client.get("/review/")
        for _ in range(5):
            drafted(title="石桥")
        with django_assert_num_queries(10):
            client.get("/review/")
