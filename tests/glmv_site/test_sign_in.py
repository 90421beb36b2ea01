"""Whoever has an account signs in on the site, staff or not."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
_PASSWORD = "一个好记的口令"


def test_somebody_who_is_no_staff_signs_in_and_gets_where_they_wanted(client: Client, settings: Settings) -> None:
    settings.GLMV_ASK_LOGIN = True
    user = UserFactory(is_staff=False)
    user.set_password(_PASSWORD)
    user.save()

    turned_away = client.get(reverse("ask"))
    assert turned_away.status_code == 302
    assert turned_away["Location"] == "/login/?next=/ask/"
    data = {"username": user.get_username(), "password": _PASSWORD, "next": "/ask/"}
    let_in = client.post(reverse("login"), data)

    assert let_in["Location"] == "/ask/"
    assert client.get("/ask/").status_code == 200


def test_a_wrong_password_gets_a_sentence(client: Client) -> None:
    response = client.post(reverse("login"), {"username": "nobody", "password": "wrong"})

    assert response.status_code == 200
    assert "请输入一个正确的" in response.content.decode()


def test_nobody_is_sent_to_another_site(client: Client) -> None:
    user = UserFactory()
    user.set_password(_PASSWORD)
    user.save()
    data = {"username": user.get_username(), "password": _PASSWORD, "next": "https://evil.example/"}

    assert client.post(reverse("login"), data)["Location"] == "/"


def test_signing_out_is_a_button_and_ends_the_session(client: Client) -> None:
    client.force_login(UserFactory())

    assert reverse("logout") in client.get("/").content.decode()
    assert client.post(reverse("logout")).status_code == 302
    assert "_auth_user_id" not in client.session
