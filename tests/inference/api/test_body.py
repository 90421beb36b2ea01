"""Reading the body: by its stated length or in chunks, never more than is allowed."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from inference.service import Service
from tests.inference.api.conftest import CHAT, error_of, question

_MB = 1024 * 1024


class Recorder(io.BytesIO):
    """A body that remembers how much of it was taken."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def send(client: Client, body: io.BytesIO, **environ: Any) -> Any:
    return client.generic("POST", CHAT, content_type="application/json", **{"wsgi.input": body, **environ})


def chunked(client: Client, body: io.BytesIO, **environ: Any) -> Any:
    return send(client, body, HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input_terminated": True, **environ})


def test_a_body_larger_than_djangos_own_limit_is_read(service: Service, client: Client, settings: Settings) -> None:
    body = question(metadata="x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert client.post(CHAT, json.dumps(body), content_type="application/json").status_code == 200


def test_a_chunked_body_is_read(service: Service, client: Client) -> None:
    assert chunked(client, io.BytesIO(json.dumps(question()).encode())).status_code == 200


def test_a_stated_length_over_the_limit_is_refused_unread(installed: Service, client: Client) -> None:
    body = Recorder(b"{}")

    response = send(client, body, CONTENT_LENGTH=str(10 * _MB + 1))

    assert response.status_code == 413
    assert "10 MB" in error_of(response)["message"]
    assert body.taken == 0


def test_a_chunked_body_is_cut_at_the_limit(installed: Service, client: Client, settings: Settings) -> None:
    settings.GLMV_MAX_REQUEST_MB = 1
    body = Recorder(b" " * (5 * _MB))

    response = chunked(client, body)

    assert response.status_code == 413
    assert body.taken == _MB + 1


def test_a_chunked_body_without_a_marked_end_is_not_waited_for(installed: Service, client: Client) -> None:
    response = chunked(client, Recorder(b"{}"), **{"wsgi.input_terminated": False})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\xfa", b"\x80", b'{"temperature": NaN}', b'{"n": 1e',
        b'{"seed": ' + b"9" * 5000 + b"}", b"[" * 200_000,
    ],
    ids=["empty", "cut off", "null", "list", "text", "broken UTF-16", "no UTF-8", "NaN", "half a number",
         "thousands of digits", "nested without end"],
)  # fmt: skip
def test_what_is_no_json_object_is_a_bad_request(installed: Service, client: Client, body: bytes) -> None:
    response = client.post(CHAT, body, content_type="application/json")

    assert response.status_code == 400
    assert error_of(response)["code"] == "invalid_json"


def test_a_syntax_error_is_told_by_its_place(installed: Service, client: Client) -> None:
    response = client.post(CHAT, b'{"model": "demo",\n "n": }', content_type="application/json")

    assert "第 2 行第 7 列" in error_of(response)["message"]


def test_a_client_that_stops_in_the_middle_is_told_so(installed: Service, client: Client) -> None:
    response = send(client, io.BytesIO(b'{"model"'), CONTENT_LENGTH="500")

    assert response.status_code == 400
    assert error_of(response)["code"] == "incomplete_body"


def test_a_body_that_the_server_cannot_read_is_a_bad_request(installed: Service, client: Client) -> None:
    class Malformed(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("no chunk")

    assert error_of(chunked(client, Malformed()))["code"] == "incomplete_body"


def test_a_body_that_the_server_lost_patience_with_may_be_sent_again(installed: Service, client: Client) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise TimeoutError

    response = send(client, Slow(), CONTENT_LENGTH="500")

    assert response.status_code == 408
    assert error_of(response)["code"] == "request_timeout"


def test_messages_come_in_the_chosen_language(installed: Service, client: Client, settings: Settings) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.post(CHAT, b"[]", content_type="application/json")
    translation.deactivate()

    assert error_of(response)["message"].isascii()
