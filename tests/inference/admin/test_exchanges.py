"""All questions and answers in the admin: for administrators, to read."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inference.models import Exchange, Scope
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.keys import issued

pytestmark = pytest.mark.django_db

LIST = reverse("admin:inference_exchange_changelist")


@pytest.fixture
def admin() -> Client:
    return browser(administrator())


def page_of(exchange: Exchange, action: str = "change") -> str:
    return reverse(f"admin:inference_exchange_{action}", args=[exchange.pk])


def test_they_are_for_administrators() -> None:
    exchange = ExchangeFactory()
    people = [None, UserFactory(), stranger(), cataloguer(None), reviewer(None), administrator()]
    for address in (LIST, page_of(exchange)):
        statuses = [browser(person).get(address).status_code for person in people]
        assert statuses == [302, 302, 403, 403, 403, 200]


def test_nobody_adds_changes_or_deletes(admin: Client) -> None:
    exchange = ExchangeFactory()
    addresses = [reverse("admin:inference_exchange_add"), page_of(exchange, "delete"), page_of(exchange)]
    assert [admin.post(address, {"answer": "x"}).status_code for address in addresses] == [403, 403, 403]
    admin.post(LIST, {"action": "delete_selected", "_selected_action": [exchange.pk], "post": "yes"})
    exchange.refresh_from_db()
    assert exchange.answer == "桥头有三个人。"


def test_a_page_shows_everything_with_the_label_and_the_pictures_names(admin: Client) -> None:
    exchange = ExchangeFactory(reasoning="先数人。")
    PictureFactory(exchange=exchange, name="石桥.jpg")
    page = admin.get(page_of(exchange)).content.decode()
    for text in ("画面里有几个人？", "桥头有三个人。", "先数人。", "AI 生成", "石桥.jpg", "scripted@1"):
        assert text in page


def test_the_list_tells_who_asked(admin: Client) -> None:
    key, _token = issued(Scope.ASK)
    ExchangeFactory(user=UserFactory(username="zhang"))
    ExchangeFactory(user=None, visitor="f" * 64)
    ExchangeFactory(user=None, key=key)
    page = admin.get(LIST).content.decode()
    for asker in ("zhang", "未登录的访客", f"密钥“{key.name}”"):
        assert asker in page
    assert "f" * 64 not in page


def test_one_character_is_enough_to_find_one(admin: Client) -> None:
    ExchangeFactory(question="石桥在哪里？")
    ExchangeFactory(question="几个人？", answer="三个")
    assert "1 问答" in admin.get(LIST, {"q": "桥"}).content.decode()


@pytest.mark.parametrize("query", [{"q": "\x00"}, {"q": "桥" * 5000}, {"p": "x"}, {"asked_at__year": "x"}])
def test_words_and_filters_that_make_no_sense_are_survived(admin: Client, query: dict[str, str]) -> None:
    assert admin.get(LIST, query, follow=True).status_code == 200


def test_more_rows_cost_no_more_queries(admin: Client) -> None:
    counts = []
    for _more in range(2):
        key, _token = issued(Scope.ASK)
        for exchange in ExchangeFactory.create_batch(3, key=key):
            PictureFactory(exchange=exchange)
        with CaptureQueriesContext(connection) as queries:
            admin.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
