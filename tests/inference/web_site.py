"""A web site on this machine that shows pictures and takes messages, by a script."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Script = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request, and what the script for its path does with it."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self.server.site.visits.append((self.headers["Host"], self.path))
        self.server.site.headers.append(dict(self.headers.items()))
        self.server.site.pages[self.path](self)

    def do_POST(self) -> None:
        self.server.site.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: "Site"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what some tests are about."""


@dataclass
class Site:
    """What it serves, and who came.

    Attributes:
        pages: scripts by path.
        visits: the header ``Host`` and the path of each request.
        headers: all headers of each request.
        bodies: what was sent, of each request that sent something.
        over: set when the site closes; scripts that take their time wait for it.
    """

    port: int = 0
    pages: dict[str, Script] = field(default_factory=dict)
    visits: list[tuple[str | None, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Site]:
    """Serve on a free port; with TLS where there is a certificate."""
    server = _Server(("127.0.0.1", 0), Visit)
    server.site = site = Site(server.server_address[1])
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def shows(content: bytes, status: int = 200, **headers: str) -> Script:
    """Write a page that is a file."""
    return lambda visit: visit.say(status, content, **headers)


def leads_to(address: str, status: int = 302) -> Script:
    """Write a page that is elsewhere."""
    return lambda visit: visit.say(status, Location=address)


def make_certificate(folder: Path, name: str) -> Path:
    """Make a certificate for a name, with its key in the same file."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl to make a certificate with")
    made = folder / "site.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", folder / "key", "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes(made.read_bytes() + (folder / "key").read_bytes())
    return made
