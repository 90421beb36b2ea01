"""The question page's addresses over real connections: words come as they are written, a stop stops the model."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.inference.api.conftest import served
from tests.inference.api.live_site import TOKENS_ADDRESS
from tests.inference.scripted import picture
from tests.waiting import eventually

LENGTH = 90


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served("--log-level", "warning", site="tests.inference.views.live_ask") as (port, _):
        yield port


class Browser:
    """Keeps cookies, and sends what the page sends."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.call("GET", "/ask/")

    def open(self, method: str, address: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """Send a request; return its connection and the answer, of which nothing has been read yet."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Content-Type": kind}
        if method != "GET":
            headers["X-CSRFToken"] = self.cookies["csrftoken"]
        connection.request(method, address, body, headers)
        response = connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return connection, response

    def call(self, method: str, address: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        connection, response = self.open(method, address, body, kind)
        try:
            return response.status, response.read()
        finally:
            connection.close()

    def ask(self, text: str, **fields: Any) -> Any:
        return self.open("POST", "/ask/answer/", json.dumps({"question": text, **fields}).encode())

    def upload(self) -> dict[str, Any]:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        kind = "multipart/form-data; boundary=x"
        status, body = self.call("POST", "/ask/images/", head + picture(800, 600) + b"\r\n--x--\r\n", kind)
        assert status == 201, body
        told: dict[str, Any] = json.loads(body)
        return told

    def exchange(self, number: str) -> dict[str, Any]:
        status, body = self.call("GET", f"/ask/conversations/{number}/")
        assert status == 200
        told: dict[str, Any] = json.loads(body)["exchanges"][-1]
        return told


def events(response: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in response:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            yield name, json.loads(text.removeprefix("data: "))


def tokens(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", TOKENS_ADDRESS)
        return int(connection.getresponse().read())
    finally:
        connection.close()


def test_a_picture_is_asked_about_and_the_answer_comes_in_pieces(port: int) -> None:
    browser = Browser(port)
    key = browser.upload()["id"]
    connection, response = browser.ask("长" * LENGTH, images=[key])

    seen = list(events(response))
    connection.close()

    assert response.status == 200
    deltas = [data["text"] for name, data in seen if name == "delta"]
    assert len(deltas) > 2
    assert "".join(deltas) == "长" * LENGTH
    done = seen[-1][1]
    kept = browser.exchange(done["conversation"])
    assert (kept["state"], kept["text"], kept["images"][0]["id"]) == ("answered", "长" * LENGTH, key)
    assert kept["seconds"] >= 0


def test_closing_the_connection_stops_the_model_and_keeps_what_was_written(port: int) -> None:
    browser = Browser(port)
    connection, response = browser.ask("长" * LENGTH)
    stream = events(response)
    number = next(data for name, data in stream if name == "start")["conversation"]
    next(data for name, data in stream if name == "delta")
    before = tokens(port)

    response.close()
    connection.close()

    eventually(lambda: browser.exchange(number)["state"] == "stopped")
    kept = browser.exchange(number)
    assert 0 < len(kept["text"]) < LENGTH
    assert tokens(port) - before < LENGTH


def test_two_who_ask_at_once_are_told_their_places(port: int) -> None:
    first, second = Browser(port), Browser(port)
    running, response = first.ask("长" * LENGTH)
    assert next(events(response))[0] in ("queue", "start")

    waiting, answer = second.ask("短")
    seen = list(events(answer))

    assert ("queue", 1) in [(name, data.get("place")) for name, data in seen]
    assert seen[-1][1]["text"] == "短"
    running.close()
    waiting.close()


def test_an_upload_over_the_limit_is_refused_before_it_comes(port: int) -> None:
    browser = Browser(port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/ask/images/")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(201 * 1024 * 1024))
    connection.putheader("Cookie", f"glmv_visitor={browser.cookies['glmv_visitor']}")
    connection.endheaders()

    response = connection.getresponse()

    assert response.status == 413
    assert "200 MB" in json.loads(response.read())["error"]["message"]
    connection.close()
