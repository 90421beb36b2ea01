"""What is longer than is taken is refused before any of it is read, from visitors and from colleagues."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token

pytestmark = pytest.mark.django_db

MB = 1024 * 1024
UPLOAD = "/admin/catalog/image/upload/"
FORM = "multipart/form-data; boundary=x"


class Counting(BytesIO):
    """A body of any length that counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.taken += MB if size is None or size < 0 else size
        return b"x" * (MB if size is None or size < 0 else size)


@pytest.fixture(autouse=True)
def small_uploads(settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 2


@pytest.fixture
def colleague() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))
    return client


def send(client: Client, address: str, length: int | None, **headers: str) -> tuple[Any, int]:
    """Return the answer to a body of some length, and how much of it was read."""
    body = Counting()
    stated = {"CONTENT_LENGTH": str(length)} if length is not None else {"HTTP_TRANSFER_ENCODING": "chunked"}
    extra: dict[str, Any] = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_TYPE": FORM} | stated | headers
    if length is None:
        extra["CONTENT_LENGTH"] = ""
    return client.generic("POST", address, **extra), body.taken


@pytest.mark.parametrize("address", [UPLOAD, "/admin/login/", "/login/", "/i18n/setlang/", "/history/delete/"])
def test_a_visitor_sends_no_more_than_a_form(address: str) -> None:
    response, taken = send(Client(), address, 2 * MB)

    assert (response.status_code, taken) == (413, 0)
    assert "最多只能发送 1 MB" in response.content.decode()


@pytest.mark.parametrize("address", [UPLOAD, "/admin/login/"])
def test_a_colleague_sends_no_more_than_one_file(colleague: Client, address: str) -> None:
    response, taken = send(colleague, address, 3 * MB)

    assert (response.status_code, taken) == (413, 0)
    assert "文件超过 2 MB" in response.content.decode()


def test_what_is_within_the_limit_is_read(colleague: Client) -> None:
    _response, taken = send(colleague, UPLOAD, 2 * MB)
    assert taken > 0
    _response, taken = send(Client(), "/login/", MB // 2)
    assert taken > 0


@pytest.mark.parametrize("address", [UPLOAD, "/admin/login/"])
def test_of_a_body_that_does_not_say_how_long_it_is_nothing_is_read(colleague: Client, address: str) -> None:
    for client in (Client(), colleague):
        _response, taken = send(client, address, None)
        assert taken == 0


def test_whoever_reads_json_is_told_in_json(colleague: Client) -> None:
    page, _taken = send(colleague, UPLOAD, 3 * MB, HTTP_ACCEPT="application/json")
    interface, taken = send(colleague, "/api/v1/images/", 3 * MB)

    assert "文件超过 2 MB" in page.json()["error"]
    assert "文件超过 2 MB" in interface.json()["detail"]
    assert taken == 0


def test_a_key_for_the_rest_interface_counts_as_a_colleague() -> None:
    token = Token.objects.create(user=get_user_model().objects.create_superuser("program"))
    headers = {"HTTP_AUTHORIZATION": f"Token {token.key}"}

    large, nothing = send(Client(), "/api/v1/batches/", 3 * MB, **headers)
    fitting, something = send(Client(), "/api/v1/images/", MB + MB // 2, **headers)

    assert (large.status_code, nothing) == (413, 0)
    assert fitting.status_code != 413
    assert something > 0


def test_pages_that_take_pictures_from_visitors_keep_their_own_limits(settings: Settings) -> None:
    settings.GLMV_MAX_REQUEST_MB = 3

    picture, _taken = send(Client(), "/ask/images/", MB + MB // 2)
    question, taken = send(Client(), "/v1/chat/completions", 2 * MB)

    assert picture.status_code != 413
    assert (question.status_code, taken) == (400, 2 * MB)
