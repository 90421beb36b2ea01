"""Clients that send slowly, at a site that is really served: they are cut off, and nobody else waits for them."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.inference.api.conftest import CHAT, question, served
from tests.waiting import eventually

_CROWD = 10
_TRICKLE_S = 0.2
_PATIENCE_S = 60.0
_WORKER = ("--worker-class", "glmv_site.server.workers.PatientThreadWorker", "--threads", "8")
_SHORT_TIMEOUTS = ("--config", "python:tests.glmv_site.server.short_timeouts_conf", *_WORKER, "--log-level", "warning")
_JSON = "Content-Type: application/json\r\n"
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_UPLOAD = "Content-Type: multipart/form-data; boundary=x\r\n"

# What is sent at once, and what comes a byte at a time after it.
SLOW = {
    "silent": ("", ""),
    "request line": ("GET /he", "a"),
    "headers": ("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "a"),
    "endless headers": ("GET /health HTTP/1.1\r\nHost: localhost\r\n" + "X: y\r\n" * 12_000, "a"),
    "JSON": (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{_JSON}Content-Length: 100000\r\n\r\n", " "),
    "chunks": (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{_JSON}Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
    "too long": (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{_JSON}Content-Length: 20000000\r\n\r\n", " "),
    "form": (f"POST /login/ HTTP/1.1\r\nHost: localhost\r\n{_FORM}Content-Length: 100000\r\n\r\n", "a"),
    "upload": (f"POST /ask/images HTTP/1.1\r\nHost: localhost\r\n{_UPLOAD}Content-Length: 100000\r\n\r\n", "a"),
    "unread": (f"POST /health HTTP/1.1\r\nHost: localhost\r\n{_FORM}Content-Length: 100000\r\n\r\n", "a"),
}  # fmt: skip


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a site with eight threads and little patience."""
    with served(*_SHORT_TIMEOUTS) as (number, _):
        yield number


class Trickling:
    """A client that sends a little, and then a byte now and then until it is cut off."""

    def __init__(self, port: int, head: str, then: str) -> None:
        self.answer = b""
        self.ended = threading.Event()
        self._then = then.encode()
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
        self._connection.sendall(head.encode())
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._listen)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        self._connection.close()

    def _send(self) -> None:
        while not self.ended.wait(_TRICKLE_S):
            try:
                self._connection.sendall(self._then)
            except OSError:
                return

    def _listen(self) -> None:
        try:
            while came := self._connection.recv(65_536):
                self.answer += came
        except OSError:
            pass
        self.ended.set()


def _get(port: int, address: str = "/health") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", address)
        return connection.getresponse().status
    finally:
        connection.close()


def _crowd(stack: ExitStack, port: int, kind: str, number: int = _CROWD) -> list[Trickling]:
    clients = [Trickling(port, *SLOW[kind]) for _ in range(number)]
    for client in clients:
        stack.callback(client.close)
    return clients


def _all_end(clients: list[Trickling]) -> Callable[[], bool]:
    return lambda: all(client.ended.is_set() for client in clients)


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_take_no_thread_from_others_and_are_cut_off(port: int, kind: str) -> None:
    with ExitStack() as stack:
        slow = _crowd(stack, port, kind)

        assert _get(port) == 200
        eventually(_all_end(slow))

    assert _get(port) == 200


def test_more_kinds_of_slow_clients_than_there_are_threads_freeze_nothing(port: int) -> None:
    with ExitStack() as stack:
        slow = [client for kind in SLOW for client in _crowd(stack, port, kind, 5)]

        for _ in range(20):
            assert _get(port) == 200
        eventually(_all_end(slow))


def test_a_program_learns_that_its_body_came_too_slowly(port: int) -> None:
    with ExitStack() as stack:
        (client,) = _crowd(stack, port, "JSON", 1)
        eventually(client.ended.is_set)

    head, _, body = client.answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert json.loads(body)["error"]["code"] == "request_timeout"


def test_an_upload_may_take_longer_than_the_patience_if_it_goes_on(port: int) -> None:
    body = json.dumps(question(metadata="x" * 600_000)).encode()

    def slowly() -> Iterator[bytes]:
        for start in range(0, len(body), 60_000):
            time.sleep(0.5)
            yield body[start : start + 60_000]

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    connection.request("POST", CHAT, slowly(), headers)

    assert connection.getresponse().status == 200
    connection.close()


def test_a_quick_client_is_let_in_where_slow_ones_hold_every_place(port: int) -> None:
    body = json.dumps(question()).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{_JSON}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    with ExitStack() as stack:
        _crowd(stack, port, "JSON")
        time.sleep(1)
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S))
        connection.sendall(head.encode())
        time.sleep(0.1)
        connection.sendall(body)

        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_connection_is_kept_and_several_requests_may_come_at_once(port: int) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as connection:
        connection.sendall(one + one + one[:9])
        time.sleep(0.2)
        connection.sendall(one[9:] + last)
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.count(b"HTTP/1.1 200") == 4


def test_the_end_does_not_wait_for_slow_clients() -> None:
    with ExitStack() as stack:
        number, process = stack.enter_context(served(*_SHORT_TIMEOUTS))
        slow = _crowd(stack, number, "headers", 3)
        assert _get(number) == 200

        process.terminate()

        assert process.wait(60) == 0
        eventually(_all_end(slow))
