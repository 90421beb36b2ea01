"""The client against a small server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving.client import Load
from benchmarks.serving.command import server_at
from benchmarks.serving.driving import Questions, ask, background
from benchmarks.serving.processes import Server, free_port
from benchmarks.serving.results import Run
from benchmarks.serving.wire import request_bytes

EVENTS = [
    {"choices": [{"delta": {"role": "assistant"}}]},
    {"choices": [{"delta": {"content": "石桥"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"completion_tokens": 3}},
]


class _Handler(BaseHTTPRequestHandler):
    """Answers by what the question says."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[dict[str, Any], str]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((question, self.headers.get("Authorization", "")))
        if question.get("refuse"):
            self.send_error(429)
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in EVENTS[: 2 if question.get("break") else None]:
            data = f"data: {json.dumps(event)}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if not question.get("break"):
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "small"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Keep quiet."""


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    _Handler.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(b"JPEG" * 100_000)
    return path


def load(address: tuple[str, int], *bodies: dict[str, Any], clients: int = 2) -> Run:
    requests = (request_bytes("host", "/v1/chat/completions", json.dumps(body).encode(), {}) for body in bodies)
    return Load(address, requests, clients, timeout_s=30).go()


def test_every_request_is_asked_once(address: tuple[str, int]) -> None:
    run = load(address, *({"number": number} for number in range(7)), clients=3)

    assert sorted(question["number"] for question, _ in _Handler.seen) == list(range(7))
    assert [(outcome.tokens, outcome.error) for outcome in run.outcomes] == [(3, "")] * 7
    assert all(outcome.first_s is not None and outcome.first_s <= outcome.total_s for outcome in run.outcomes)


def test_refusals_and_broken_streams_are_errors_and_the_rest_goes_on(address: tuple[str, int]) -> None:
    run = load(address, {"refuse": True}, {"break": True}, {}, clients=1)

    assert [outcome.error for outcome in run.outcomes] == ["status_429", "unfinished", ""]


def test_a_server_that_is_not_there_is_an_error_each_time() -> None:
    run = load(("127.0.0.1", free_port()), {}, {}, {})

    assert [outcome.error for outcome in run.outcomes] == ["ConnectionRefusedError"] * 3


def test_the_client_runs_in_a_process_of_its_own(address: tuple[str, int], picture: Path) -> None:
    run = ask(Server("small", *address, "model"), Questions([picture] * 3, 5), clients=2)

    assert [outcome.error for outcome in run.outcomes] == [""] * 3
    question, authorization = _Handler.seen[0]
    assert (question["model"], question["max_tokens"], question["stream"]) == ("model", 5, True)
    assert "priority" not in question
    assert authorization == ""


def test_a_load_of_batch_requests_lasts_as_long_as_the_block(address: tuple[str, int], picture: Path) -> None:
    server = Server("small", *address, "model", batch_headers={"Authorization": "Bearer internal"})
    run = Run()

    with background(server, Questions([picture], 5, batch=True), 2, run):
        while len(_Handler.seen) < 5:
            pass

    assert len(run.outcomes) >= 3
    question, authorization = _Handler.seen[0]
    assert question["priority"] == "batch"
    assert authorization == "Bearer internal"


def test_a_server_is_asked_for_its_model(address: tuple[str, int]) -> None:
    server = server_at(f"http://127.0.0.1:{address[1]}", "", "key")

    assert (server.model, server.path) == ("small", "/v1/chat/completions")
    assert server.headers == {"Authorization": "Bearer key"}


@pytest.mark.parametrize("url", ["https://example.org/v1", "example.org", "ftp://example.org"])
def test_an_address_that_the_client_cannot_speak_to_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        server_at(url, "model", "")
