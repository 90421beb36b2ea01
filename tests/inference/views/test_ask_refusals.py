"""What the question page refuses to ask, and how it says so."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from inference.models import Exchange, Picture
from tests.factories import UserFactory
from tests.inference.askers import browser_of
from tests.inference.views.conftest import (
    ANSWER,
    answered,
    ask,
    conversation,
    error_of,
    uploaded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

MISSING = str(uuid.uuid4())


@pytest.mark.usefixtures("service")
class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "status", "param"),
        [
            ({"question": ""}, 400, "question"),
            ({"question": " \n"}, 400, "question"),
            ({"question": None}, 400, "question"),
            ({"question": 5}, 400, "question"),
            ({"question": "长" * 20_001}, 400, "question"),
            ({"images": "x"}, 400, "images"),
            ({"images": ["x"]}, 404, "images"),
            ({"images": [7]}, 404, "images"),
            ({"images": [MISSING]}, 404, "images"),
            ({"images": [MISSING] * 17}, 400, "images"),
            ({"conversation": "x"}, 404, "conversation"),
            ({"conversation": MISSING}, 404, "conversation"),
            ({"conversation": 3}, 400, "conversation"),
            ({"thinking": "yes"}, 400, "thinking"),
        ],
    )
    def test_what_cannot_be_meant_is_told(
        self, browser: Client, fields: dict[str, Any], status: int, param: str | None
    ) -> None:
        response = ask(browser, **fields)

        assert (response.status_code, error_of(response)["param"]) == (status, param)
        assert not Exchange.objects.exists()

    @pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "\ud800"])
    def test_what_is_no_json_is_a_bad_request(self, browser: Client, body: str) -> None:
        response = browser.generic("POST", ANSWER, body.encode("utf-8", "surrogatepass"), "application/json")

        assert response.status_code == 400
        error_of(response)

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
    )
    def test_a_form_is_no_question(self, browser: Client, kind: str) -> None:
        response = browser.generic("POST", ANSWER, b"question=x", kind)

        assert (response.status_code, error_of(response)["code"]) == (400, "invalid_content_type")

    def test_the_same_picture_twice_is_refused(self, browser: Client) -> None:
        key = uploaded(browser)["id"]

        assert ask(browser, images=[key, key]).status_code == 404

    def test_a_picture_whose_file_is_gone_is_told(self, browser: Client, media: Path) -> None:
        key = uploaded(browser)["id"]
        (media / Picture.objects.get().original).unlink()

        response = ask(browser, images=[key])
        assert response.status_code == 404
        assert str(media) not in response.content.decode()

    def test_a_question_that_another_site_made_a_browser_send_is_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.get("/ask/")

        assert error_of(ask(client))["code"] == "csrf_failed"
        token = client.cookies["csrftoken"].value
        body = json.dumps({"question": "石桥"})
        response = client.post(ANSWER, body, content_type="application/json", headers={"X-CSRFToken": token})
        assert answered(response)["text"] == "石桥"

    def test_with_login_asked_for_only_those_who_signed_in_are_answered(
        self, browser: Client, settings: Settings
    ) -> None:
        settings.GLMV_ASK_LOGIN = True

        assert error_of(ask(browser))["code"] == "login_required"
        assert conversation(browser, MISSING).status_code == 401
        user = UserFactory()
        assert answered(ask(browser_of(user)))["text"] == "石桥"
        assert Exchange.objects.get().user == user
