"""Answers that are given before a body was read, at a site that is really served: the next request does not suffer."""

import http.client
import re
import socket
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from glmv_site.server.unread import MOST_KEPT_FOR
from tests.inference.api.conftest import CHAT, served

_PATIENCE_S = 60.0
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_UPLOAD = "multipart/form-data; boundary=x"
# Of a page of this site, as far as Django can tell.
_TOKEN = (f"Cookie: csrftoken={'a' * 32}", f"X-CSRFToken: {'a' * 32}")
# Within the limits of every door; and far more than the kernel takes in for a server that does not read.
_LONG = 900_000
_LONGER = 6 * 1024 * 1024


class Early(NamedTuple):
    """A request that is answered without a look at its body."""

    status: int
    method: str
    address: str
    kind: str
    headers: tuple[str, ...] = ()


EARLY = {
    "wrong key": Early(401, "POST", CHAT, _JSON, ("Authorization: Bearer nonsense",)),
    "method of the model": Early(405, "PUT", CHAT, _JSON),
    "no such address of the model": Early(404, "POST", "/v1/embeddings", _JSON),
    "wrong key of the catalogue": Early(401, "POST", "/api/v1/images/", _UPLOAD, ("Authorization: Bearer nonsense",)),
    "nobody may write": Early(401, "POST", "/api/v1/batches/", _JSON),
    "nobody may delete": Early(401, "DELETE", "/api/v1/images/1/", _JSON),
    "no such address of the catalogue": Early(404, "POST", "/api/v1/nothing/", _JSON),
    "no visitor of the question page": Early(401, "POST", "/ask/images/", _UPLOAD),
    "nobody may ask": Early(401, "POST", "/ask/answer/", _JSON),
    "page without forms": Early(405, "POST", "/search/", _JSON, _TOKEN),
    "no such page": Early(404, "POST", "/no/such/page/", _FORM),
    "forged form": Early(403, "POST", "/i18n/setlang/", "text/plain"),
    "sign-in first": Early(302, "POST", "/admin/catalog/image/", _JSON, _TOKEN),
    "probe": Early(405, "POST", "/health", _JSON, _TOKEN),
}
_AFTER = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a site whose model asks for a key."""
    with served("--log-level", "warning", LIVE_API_KEY="sesam") as (number, _):
        yield number


def head(early: Early, framing: str) -> bytes:
    lines = (f"{early.method} {early.address} HTTP/1.1", "Host: localhost", f"Content-Type: {early.kind}", framing)
    return "\r\n".join((*lines, *early.headers, "", "")).encode()


def answered(connection: socket.socket, method: str) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    response.read()
    return response


def statuses(connection: socket.socket) -> list[int]:
    """Return the statuses of all answers until the connection is closed in order."""
    received = b"".join(iter(lambda: connection.recv(65_536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize("name", EARLY)
def test_a_short_body_is_read_over_and_the_next_request_answered(port: int, name: str) -> None:
    early, body = EARLY[name], b"GET /evil HTTP/1.1\r\n\r\n" * 500
    assert len(body) <= MOST_KEPT_FOR
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
        connection.sendall(head(early, f"Content-Length: {len(body)}") + body + _AFTER)

        assert statuses(connection) == [early.status, 200]


@pytest.mark.parametrize("name", EARLY)
def test_a_short_body_may_come_after_its_answer(port: int, name: str) -> None:
    early, body = EARLY[name], b"x" * 1000
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
        connection.sendall(head(early, f"Content-Length: {len(body)}"))
        begun = connection.recv(9, socket.MSG_PEEK)
        connection.sendall(body + _AFTER)

        assert begun == b"HTTP/1.1 "
        assert statuses(connection) == [early.status, 200]


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("name", EARLY)
def test_after_a_long_body_the_connection_is_closed_and_the_answer_says_so(port: int, name: str, framing: str) -> None:
    early, body = EARLY[name], b"x" * _LONG
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
        if framing == "length":
            connection.sendall(head(early, f"Content-Length: {len(body)}") + body)
        else:
            connection.sendall(head(early, "Transfer-Encoding: chunked") + chunked(body))
        response = answered(connection, early.method)

        assert connection.recv(1) == b""

    assert response.status == early.status
    assert response.headers["Connection"] == "close"


@pytest.mark.parametrize("name", EARLY)
def test_a_client_that_keeps_connections_notices_nothing(port: int, name: str) -> None:
    early = EARLY[name]
    headers = {"Content-Type": early.kind} | dict(line.split(": ") for line in early.headers)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        for length in (10, _LONG, 1000, _LONGER):
            connection.request(early.method, early.address, b"x" * length, headers)
            first = connection.getresponse()
            first.read()
            connection.request("GET", "/health")
            second = connection.getresponse()
            second.read()

            assert first.status in (early.status, 413)
            assert second.status == 200
    finally:
        connection.close()
