"""Over real connections: bodies in chunks, bodies that are too long, and clients that hang up."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.inference.api.conftest import CHAT, question, served
from tests.inference.api.live_site import TOKEN_S, TOKENS_ADDRESS
from tests.processes import children, lives
from tests.waiting import eventually

_LENGTH = 1000


def call(port: int, body: Any = None, *, address: str = CHAT, **options: Any) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        connection.request("GET" if body is None else "POST", address, body, headers, **options)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def fetched(port: int, address: str, body: str | None = None) -> http.client.HTTPResponse:
    """Ask on a connection of its own; the answer's body is still to be read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST" if body else "GET", address, body, {"Content-Type": "application/json"})
    return connection.getresponse()


def tokens(port: int) -> int:
    return int(call(port, address=TOKENS_ADDRESS)[1])


def raw(port: int, head: str, body: bytes = b"") -> socket.socket:
    """Send a request and leave its answer unread."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
    return connection


def ask_for_much(port: int, *, tokens: int = _LENGTH, **fields: Any) -> socket.socket:
    body = json.dumps(question("长" * tokens, max_tokens=tokens, **fields)).encode()
    return raw(port, f"Content-Type: application/json\r\nContent-Length: {len(body)}", body)


def until_the_end(connection: socket.socket) -> bytes:
    """Read until the server hangs up."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def stands_still(port: int) -> bool:
    before = tokens(port)
    time.sleep(5 * TOKEN_S)
    return tokens(port) == before


def test_a_chunked_body_is_read(live_port: int) -> None:
    def pieces() -> Iterator[bytes]:
        body = json.dumps(question()).encode()
        yield body[:10]
        yield body[10:]

    status, body = call(live_port, pieces(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})

    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["content"] == "石桥"


def test_a_malformed_chunk_is_a_bad_request(live_port: int) -> None:
    with raw(live_port, "Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(live_port: int) -> None:
    with raw(live_port, f"Content-Length: {11 * 1024 * 1024}") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_too_much_all_the_same_learns_why(live_port: int, chunked: bool) -> None:
    body = b" " * (11 * 1024 * 1024)

    status, answer = call(live_port, iter([body]) if chunked else body, encode_chunked=chunked)

    assert status == 413
    assert json.loads(answer)["error"]["code"] == "request_too_large"


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_hangs_up_frees_its_row(live_port: int, stream: bool) -> None:
    before = tokens(live_port)
    connection = ask_for_much(live_port, stream=stream)
    eventually(lambda: tokens(live_port) > before)

    connection.close()

    eventually(lambda: stands_still(live_port))
    assert tokens(live_port) - before < _LENGTH


def test_a_client_that_hangs_up_before_its_turn_leaves_the_queue(live_port: int) -> None:
    first = ask_for_much(live_port)
    second = ask_for_much(live_port)
    second.close()
    first.close()

    eventually(lambda: json.loads(call(live_port, address="/ready")[1])["waiting"] == 0)
    eventually(lambda: stands_still(live_port))


def test_whoever_is_being_answered_at_the_end_hears_it_out() -> None:
    with served("--config", "python:glmv_site.server.gunicorn_conf") as (port, process):
        with ask_for_much(port, tokens=60, stream=True) as connection:
            first = connection.recv(65_536)
            process.terminate()
            rest = until_the_end(connection)

        assert process.wait(60) == 0
    assert b"[DONE]" not in first
    assert b"[DONE]" in rest
    assert (first + rest).count("长".encode()) == 60


@pytest.mark.parametrize("begun", [True, False])
def test_a_worker_whose_master_is_killed_goes_at_once(begun: bool, capfd: pytest.CaptureFixture[str]) -> None:
    with served("--config", "python:glmv_site.server.gunicorn_conf") as (port, process):
        with ask_for_much(port, stream=True) as connection:
            eventually(lambda: tokens(port) > 0)
            (worker,) = children(process.pid)
            if begun:
                process.terminate()
                eventually(lambda: call(port, address="/ready")[0] == 503)
            process.kill()
            process.wait(60)
            answer = until_the_end(connection)

        eventually(lambda: not lives(worker))
    assert '"code":"not_ready"' in answer.decode()
    assert b"[DONE]" not in answer
    assert "broken off" in capfd.readouterr().err


def test_whoever_comes_at_the_end_is_told_to_come_again() -> None:
    with (
        served("--config", "python:glmv_site.server.gunicorn_conf") as (port, process),
        ask_for_much(port, tokens=400, stream=True) as connection,
    ):
        first = connection.recv(65_536)
        before = fetched(port, "/ready")
        process.terminate()
        # Over and over: nobody knows when the signal arrives.
        eventually(lambda: call(port, address="/ready")[0] == 503)
        ready, health = fetched(port, "/ready"), fetched(port, "/health")
        refused = fetched(port, CHAT, json.dumps(question()))
        rest = until_the_end(connection)

    assert [answer.status for answer in (before, ready, refused, health)] == [200, 503, 503, 200]
    assert json.loads(ready.read())["state"] == "draining"
    assert "正在停止" in json.loads(refused.read())["error"]["message"]
    assert ready.headers["Retry-After"]
    assert refused.headers["Retry-After"]
    assert b"[DONE]" in rest
    assert (first + rest).count("长".encode()) == 400


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_takes_too_long_at_the_end_is_broken_off_with_a_word(
    stream: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    with served("--config", "python:tests.glmv_site.server.short_grace_conf") as (port, process):
        with ask_for_much(port, stream=stream) as connection:
            eventually(lambda: tokens(port) > 0)
            process.terminate()
            answer = until_the_end(connection)

        assert process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 200" if stream else b"HTTP/1.1 503")
    assert '"code":"not_ready"' in answer.decode()
    assert answer.count("长".encode()) < _LENGTH
    assert b"[DONE]" not in answer
    log = capfd.readouterr().err
    assert "broken off" in log
    assert f"POST {CHAT} HTTP/1.1" in log
