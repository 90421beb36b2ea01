"""Deleting what one asked: one exchange, a choice, everything; the files go along, and nobody else's do."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from inference.models import Exchange, Picture
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.askers import browser_of, visitor_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    found: User = UserFactory()
    return found


def files_of(picture: Picture) -> list[Path]:
    return [path for name in picture.files if (path := Path(settings.MEDIA_ROOT, name)).exists()]


def test_one_exchange_goes_after_a_question_with_its_files(user: User) -> None:
    exchange, kept = ExchangeFactory(user=user, question="石桥"), ExchangeFactory(user=user)
    picture, other = PictureFactory(exchange=exchange), PictureFactory(exchange=kept)
    client = browser_of(user)

    asked = client.get(f"/history/{exchange.pk}/delete/")
    assert "石桥" in asked.content.decode()
    assert Exchange.objects.count() == 2

    done = client.post(f"/history/{exchange.pk}/delete/", follow=True)
    assert "已删除 1 条记录" in done.content.decode()
    assert list(Exchange.objects.all()) == [kept]
    assert files_of(picture) == []
    assert len(files_of(other)) == 3


def test_an_exchange_is_deleted_by_its_owner_only(user: User) -> None:
    exchange = ExchangeFactory(user=user)
    picture = PictureFactory(exchange=exchange)
    clients = [Client(), browser_of(), browser_of(UserFactory()), browser_of(UserFactory(administrator=True))]
    for client in clients:
        assert client.get(f"/history/{exchange.pk}/delete/").status_code == 404
        assert client.post(f"/history/{exchange.pk}/delete/").status_code == 404
    assert Exchange.objects.exists()
    assert len(files_of(picture)) == 3


def test_a_choice_is_shown_once_more_before_it_goes(user: User) -> None:
    one, two, kept = (ExchangeFactory(user=user, question=text) for text in ("〔一〕", "〔二〕", "〔三〕"))
    client = browser_of(user)
    data = {"chosen": [one.pk, two.pk], "narrowed": "q=〔"}

    question = client.post("/history/delete/", data)
    asked = client.get(question["Location"]).content.decode()
    assert "删除这 2 条记录" in asked
    assert "〔三〕" not in asked
    assert Exchange.objects.count() == 3

    done = client.post("/history/delete/", data | {"confirmed": "1"})
    assert done["Location"] == "/history/?q=%E3%80%94"
    assert list(Exchange.objects.all()) == [kept]
    # The way back leads to the question again, which is about nothing now.
    assert client.get(question["Location"])["Location"] == "/history/?q=%E3%80%94"


def test_a_choice_deletes_nothing_of_others(user: User) -> None:
    mine, theirs, programs = ExchangeFactory(user=user), ExchangeFactory(), ExchangeFactory(user=None)
    picture = PictureFactory(exchange=theirs)
    chosen = {"chosen": [mine.pk, theirs.pk, programs.pk]}
    client = browser_of(user)
    assert "删除这 1 条记录" in client.post("/history/delete/", chosen, follow=True).content.decode()
    client.post("/history/delete/", chosen | {"confirmed": "1"})
    assert set(Exchange.objects.all()) == {theirs, programs}
    assert len(files_of(picture)) == 3


def test_without_a_choice_it_says_what_to_do(user: User) -> None:
    response = browser_of(user).post("/history/delete/", {"confirmed": "1"}, follow=True)
    assert "请先勾选要删除的记录" in response.content.decode()


def test_everything_goes_with_pictures_that_were_not_asked_about_yet(user: User) -> None:
    exchange = ExchangeFactory(user=user)
    asked, waiting = PictureFactory(exchange=exchange), PictureFactory(exchange=None, user=user)
    theirs, theirs_waiting = PictureFactory(), PictureFactory(exchange=None, user=UserFactory())
    client = browser_of(user)

    assert "您的全部 1 条记录" in client.get("/history/erase/").content.decode()
    assert Exchange.objects.count() == 2

    done = client.post("/history/erase/", follow=True)
    assert "已清空" in done.content.decode()
    assert set(Exchange.objects.all()) == {theirs.exchange}
    assert set(Picture.objects.all()) == {theirs, theirs_waiting}
    assert files_of(asked) == files_of(waiting) == []
    assert len(files_of(theirs)) == len(files_of(theirs_waiting)) == 3


def test_a_visitor_erases_those_of_the_browser(user: User) -> None:
    client = browser_of()
    ExchangeFactory(user=None, visitor=visitor_of(client))
    others = [ExchangeFactory(user=user), ExchangeFactory(user=None), ExchangeFactory(user=None, visitor="f" * 64)]
    client.post("/history/erase/")
    assert set(Exchange.objects.all()) == set(others)


def test_a_browser_without_a_cookie_erases_nothing() -> None:
    ExchangeFactory(user=None)
    ExchangeFactory()
    assert Client().post("/history/erase/").status_code == 302
    assert Exchange.objects.count() == 2


@pytest.mark.parametrize("address", ["/history/erase/", "/history/delete/", "/history/export/", "/history/1/delete/"])
def test_a_foreign_page_cannot_post_for_anybody(user: User, address: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(address).status_code == 403


@pytest.mark.parametrize("address", ["/history/", "/history/1/"])
def test_pages_that_only_show_take_nothing(user: User, address: str) -> None:
    assert browser_of(user).post(address).status_code == 405
