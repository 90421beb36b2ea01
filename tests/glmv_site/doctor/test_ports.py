"""The doctor tells a port that is free from this site's own and from another program's."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from glmv_site import __version__
from glmv_site.doctor.ports import ports, versions_differ
from tests.glmv_site.conftest import free_port


@pytest.fixture(autouse=True)
def place(settings: Settings) -> int:
    settings.HOST, settings.PORT = "127.0.0.1", int(free_port())
    return int(settings.PORT)


@contextmanager
def answering(port: int, body: dict[str, object]) -> Iterator[None]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def health(version: str = __version__) -> dict[str, object]:
    return {"status": "healthy", "version": version, "uptime_seconds": 5}


def test_a_port_that_is_free_is_in_order(place: int) -> None:
    (finding,) = ports()
    assert finding.level == "ok"
    assert str(place) in finding.text


def test_a_port_at_which_the_site_answers_is_in_order(place: int) -> None:
    with answering(place, health()):
        (finding,) = ports()
    assert finding.level == "ok"
    assert "正在" in finding.text


def test_a_port_of_another_program_is_an_error_with_the_command_that_tells_whose(place: int) -> None:
    with answering(place, {"hello": "world"}):
        (finding,) = ports()
    assert finding.level == "error"
    assert "ss -ltnp" in finding.text


def test_a_program_that_answers_nothing_holds_the_port_all_the_same(place: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place))
        other.listen()
        (finding,) = ports()
    assert finding.level == "error"


def test_an_address_that_is_not_this_machines_is_an_error(settings: Settings) -> None:
    settings.HOST = "192.0.2.1"
    (finding,) = ports()
    assert finding.level == "error"
    assert "HOST=192.0.2.1" in finding.text


def test_a_site_of_another_version_that_still_runs_is_told(place: int) -> None:
    assert versions_differ() is None
    with answering(place, health()):
        assert versions_differ() is None
    with answering(place, health("0.0.1")):
        assert versions_differ() == ("0.0.1", __version__)
