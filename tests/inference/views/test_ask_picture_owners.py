"""Each picture that is asked about belongs to one user or one browser."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from inference.history.owners import new_value
from inference.models import Picture
from tests.factories import ExchangeFactory, UserFactory
from tests.inference.views.conftest import (
    IMAGES,
    convert,
    error_of,
    files,
    signed_in,
    upload,
    uploaded,
    visiting,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


class TestOwners:
    def test_another_browser_sees_nothing_of_it(self, browser: Client) -> None:
        told = uploaded(browser)
        other = visiting()

        for address in (told["preview"], told["thumbnail"]):
            assert other.get(address).status_code == 404
        assert convert(other, told).status_code == 404
        assert other.get(f"{IMAGES}{told['id']}/").status_code == 404
        assert other.delete(f"{IMAGES}{told['id']}/").status_code == 404
        assert browser.get(told["preview"]).status_code == 200
        assert browser.get(f"{IMAGES}{told['id']}/").json() == told

    def test_a_user_sees_it_wherever_they_sign_in_and_nobody_else_does(self) -> None:
        user = UserFactory()
        told = uploaded(signed_in(user))

        assert signed_in(user).get(told["preview"]).status_code == 200
        assert signed_in(UserFactory()).get(told["preview"]).status_code == 404
        assert visiting().get(told["preview"]).status_code == 404

    def test_what_a_visitor_uploaded_is_the_users_who_signs_in_there(self) -> None:
        client = visiting()
        told, asked = uploaded(client), uploaded(client)
        Picture.objects.filter(pk=asked["id"]).update(exchange=ExchangeFactory(user=None))
        stranger = signed_in(UserFactory())
        user = UserFactory()
        user.set_password("a long enough one")
        user.save()

        signing_in = client.post("/login/", {"username": user.username, "password": "a long enough one"})

        assert signing_in.status_code == 302
        assert stranger.get(f"{IMAGES}{told['id']}/").status_code == 404
        assert client.get(f"{IMAGES}{told['id']}/").json() == told
        assert signed_in(user).get(told["preview"]).status_code == 200
        assert client.get(f"{IMAGES}{asked['id']}/").status_code == 404

    def test_signing_out_leaves_the_users_pictures_behind(self) -> None:
        client = visiting()
        client.force_login(UserFactory())
        told = uploaded(client)
        client.logout()
        client.get("/ask/")

        assert client.get(told["preview"]).status_code == 404

    def test_a_browser_without_our_cookie_is_told_so(self) -> None:
        forged = new_value()[:-1] + "-"
        for value in ("", "short", "x" * 43, forged, f"{'x' * 43}:{'y' * 43}"):
            client = Client()
            client.cookies["glmv_visitor"] = value
            response = upload(client)
            assert (response.status_code, error_of(response)["code"]) == (401, "visitor_unknown")

    def test_a_page_of_somebody_whose_session_has_ended_asks_for_nobody_else(self) -> None:
        user, other = UserFactory(), UserFactory()
        client = visiting()
        client.force_login(user)
        mark = client.get("/ask/").context["owner_mark"]
        told = uploaded(client)
        page = {"X-Ask-Owner": mark}

        assert client.get(f"{IMAGES}{told['id']}/", headers=page).status_code == 200
        client.logout()
        for whoever in (client, signed_in(other)):
            response = whoever.get(f"{IMAGES}{told['id']}/", headers=page)
            assert (response.status_code, error_of(response)["code"]) == (401, "login_required")

    def test_a_forged_cookie_is_replaced(self) -> None:
        client = Client()
        client.cookies["glmv_visitor"] = "x" * 43
        client.get("/ask/")

        assert client.cookies["glmv_visitor"].value != "x" * 43
        assert upload(client).status_code == 201

    def test_the_cookie_is_kept_from_scripts_and_not_in_the_database(self, browser: Client) -> None:
        cookie = browser.cookies["glmv_visitor"]
        uploaded(browser)

        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["max-age"] == 400 * 24 * 3600
        assert Picture.objects.get().visitor not in ("", cookie.value)

    def test_a_visit_keeps_the_cookie_that_is_there(self, browser: Client) -> None:
        before = browser.cookies["glmv_visitor"].value
        browser.get("/ask/")

        assert browser.cookies["glmv_visitor"].value == before

    def test_with_login_asked_for_signed_out_visitors_are_sent_away(self, browser: Client, settings: Settings) -> None:
        told = uploaded(browser)
        settings.GLMV_ASK_LOGIN = True

        assert browser.get("/ask/").status_code == 302
        for response in (upload(browser), browser.get(told["preview"]), convert(browser, told)):
            assert (response.status_code, error_of(response)["code"]) == (401, "login_required")
        user = signed_in(UserFactory())
        assert user.get("/ask/").status_code == 200
        assert upload(user).status_code == 201

    def test_nothing_is_kept_in_shared_caches(self, browser: Client) -> None:
        told = uploaded(browser)

        response = browser.get(told["preview"])
        assert "private" in response["Cache-Control"]
        again = browser.get(told["preview"], headers={"If-None-Match": response["ETag"]})
        assert again.status_code == 304
        assert visiting().get(told["preview"], headers={"If-None-Match": response["ETag"]}).status_code == 404

    def test_behind_nginx_the_file_is_nginxs_affair(self, browser: Client, settings: Settings) -> None:
        settings.GLMV_X_ACCEL_PREFIX = "/protected/"
        told = uploaded(browser)

        response = browser.get(told["preview"])

        shown = Picture.objects.get().shown
        assert (response["X-Accel-Redirect"], response.content) == (f"/protected/{shown}", b"")

    def test_a_picture_of_a_question_is_not_removed_here(self) -> None:
        user = UserFactory()
        client = signed_in(user)
        told = uploaded(client)
        Picture.objects.update(exchange=ExchangeFactory(user=user))

        response = client.delete(f"{IMAGES}{told['id']}/")
        assert (response.status_code, error_of(response)["code"]) == (409, "image_in_use")
        assert convert(client, told).status_code == 409

    def test_removing_a_picture_removes_its_files(self, browser: Client, media: Path) -> None:
        told = uploaded(browser)

        assert browser.delete(f"{IMAGES}{told['id']}/").status_code == 204
        assert not files(media)
        assert browser.delete(f"{IMAGES}{told['id']}/").status_code == 404
