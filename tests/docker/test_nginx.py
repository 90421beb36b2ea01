"""docs/deploy/nginx.conf in a real nginx, before a site that says what it was asked."""

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker.conftest import ROOT
from tests.glmv_site.conftest import free_port
from tests.inference.web_site import make_certificate
from tests.waiting import eventually

_MB = 1024 * 1024


class _Site(http.server.BaseHTTPRequestHandler):
    """Takes the request's id; leaves what is in /media/ to nginx; tells the length of what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Read everything, and answer."""
        left = length = int(self.headers.get("Content-Length", 0))
        while left:
            left -= len(self.rfile.read(min(left, _MB)))
        body = str(length).encode()
        self.send_response(200)
        self.send_header("X-Request-ID", f"site:{self.headers['X-Request-ID']}")
        self.send_header("Content-Length", str(len(body)))
        if self.path.startswith("/media/"):
            self.send_header("X-Accel-Redirect", self.path.replace("/media/", "/protected-media/"))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Do the same."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Print nothing."""


@dataclass(frozen=True, slots=True)
class Nginx:
    """It as it runs.

    Attributes:
        port: where it is asked.
        folder: where it writes.
        media: the folder that it sends scans from.
    """

    port: str
    folder: Path
    media: Path

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request; return the answer and its content.

        Args:
            path: of the address.
            body: sent with POST.
            **headers: underscores stand for hyphens.
        """
        # Its certificate is its own.
        context = ssl._create_unverified_context()  # noqa: S323 - made here
        connection = http.client.HTTPSConnection("127.0.0.1", int(self.port), context=context, timeout=120)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request("GET" if body is None else "POST", path, body, named)
            answer = connection.getresponse()
            return answer, answer.read()

    def logged(self, path: str) -> str:
        """Return the id of the one line of the log that tells of a path."""
        log = self.folder / "access.log"
        eventually(lambda: f" {path} " in log.read_text())
        (line,) = [line for line in log.read_text().splitlines() if f" {path} " in line]
        return line.rpartition("id=")[2]


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """Return the configuration at work, with this machine's folders and ports in place of those to adapt.

    Yields:
        Asked as often as one likes.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no nginx")
    folder = tmp_path_factory.mktemp("nginx")
    media = folder / "media"
    media.mkdir()
    make_certificate(folder, "catalogue.example.cn")
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    port = free_port()
    (folder / "nginx.conf").write_text(_adapted(folder, port, site.server_address[1]), encoding="utf-8")
    thread = threading.Thread(target=site.serve_forever, args=(0.05,))
    thread.start()
    process = subprocess.Popen([program, "-e", folder / "error.log", "-c", folder / "nginx.conf", "-g", "daemon off;"])
    try:
        running = Nginx(port, folder, media)
        eventually(lambda: process.poll() is not None or _listens(running))
        yield running
    finally:
        process.terminate()
        process.wait()
        site.shutdown()
        thread.join()
        site.server_close()


def _adapted(folder: Path, port: str, site_port: int) -> str:
    text = (ROOT / "docs/deploy/nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        (r"listen \[::\].*\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443 ", f"listen 127.0.0.1:{port} "),
        (r"127\.0\.0\.1:8080", f"127.0.0.1:{site_port}"),
        (r"/srv/glmv/data/media/", f"{folder}/media/"),
        (r"/etc/nginx/certs/(fullchain|privkey)\.pem", f"{folder}/site.pem"),
        (r"/run/nginx\.pid", f"{folder}/nginx.pid"),
        (r"/var/log/nginx/", f"{folder}/"),
        # Folders that belong to whoever runs the tests.
        (r"http \{\n", "http {\n" + "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )),
    ):  # fmt: skip
        text, found = re.subn(there, here, text)
        assert found, there
    return ("user root;\n" if os.getuid() == 0 else "") + text


def _listens(nginx: Nginx) -> bool:
    with contextlib.suppress(OSError):
        return nginx.ask("/up")[0].status == 200
    return False


def test_a_page_has_the_same_id_for_the_caller_and_in_both_logs(nginx: Nginx) -> None:
    answer, _ = nginx.ask("/page", X_Request_ID="from-caller")
    assert answer.headers["X-Request-ID"] == nginx.logged("/page") == "site:from-caller"


def test_a_scan_that_nginx_sends_has_it_too(nginx: Nginx) -> None:
    (nginx.media / "scan.jpg").write_bytes(b"scan")
    answer, content = nginx.ask("/media/scan.jpg", X_Request_ID="of-the-scan")
    assert content == b"scan"
    assert answer.headers.get_all("X-Request-ID") == ["site:of-the-scan"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert nginx.logged("/media/scan.jpg") == "site:of-the-scan"


def test_a_scan_that_is_gone_has_it_too(nginx: Nginx) -> None:
    answer, _ = nginx.ask("/media/gone.jpg")
    assert answer.status == 404
    assert answer.headers["X-Request-ID"] == nginx.logged("/media/gone.jpg")


def test_what_nginx_refuses_by_itself_is_logged_with_an_id(nginx: Nginx) -> None:
    answer, _ = nginx.ask("/upload/one", Content_Length=str(300 * _MB), X_Request_ID="too-much")
    assert answer.status == 413
    assert answer.headers["X-Request-ID"] == nginx.logged("/upload/one") == "too-much"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129])
def test_an_id_that_no_log_can_have_is_replaced(given: str, nginx: Nginx) -> None:
    path = f"/odd/{len(given)}"
    nginx.ask(path, X_Request_ID=given)
    assert re.fullmatch(r"site:[0-9a-f]{32}", nginx.logged(path))


def test_a_file_as_large_as_is_allowed_reaches_the_site_with_the_form_around_it(nginx: Nginx) -> None:
    answer, content = nginx.ask("/upload/largest", bytes(200 * _MB + 64 * 1024))
    assert (answer.status, content) == (200, str(200 * _MB + 64 * 1024).encode())


def test_a_person_who_sends_far_too_much_is_told_in_chinese(nginx: Nginx) -> None:
    answer, content = nginx.ask("/upload/two", Content_Length=str(300 * _MB))
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert content.decode() == "上传的内容太大，最多 200 MB。\n"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/ask/images/"])
def test_a_program_that_sends_far_too_much_is_told_as_openais_clients_read_it(path: str, nginx: Nginx) -> None:
    answer, content = nginx.ask(path, Content_Length=str(300 * _MB))
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/json"
    error = json.loads(content)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", "request_too_large")
