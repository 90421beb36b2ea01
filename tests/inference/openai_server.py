"""A real HTTP server that plays an OpenAI-compatible one, by a script."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One question, and what the script does with it."""

    server: "_Server"
    body: dict[str, Any]

    def do_GET(self) -> None:
        status, answer = self.server.played.models
        self.reply(status, answer)

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.played.asked.append(self.body)
        self.server.played.keys.append(self.headers.get("Authorization"))
        self.server.played.names.append(self.headers.get("X-Request-ID"))
        scripts = self.server.played.scripts
        (scripts.popleft() if scripts else says("好"))(self)

    def reply(self, status: int, answer: Any, **headers: str) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self) -> None:
        """Begin a stream that ends where the connection does."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def event(self, value: Any) -> None:
        data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def words(self, content: str = "", *, index: int = 0, reason: str | None = None, **extra: Any) -> None:
        delta = ({"content": content} if content else {}) | extra
        self.event({"choices": [{"index": index, "delta": delta, "finish_reason": reason}]})

    def end(self, *, prompt_tokens: int = 11, completion_tokens: int = 2) -> None:
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        self.event({"choices": [], "usage": usage})
        self.event("[DONE]")

    def hung_up(self) -> bool:
        """Wait for the client to go."""
        self.connection.settimeout(30)
        return not self.connection.recv(1)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""


@dataclass
class OpenAIServer:
    """What tests see of it.

    Attributes:
        url: its address.
        scripts: what is done with the next questions; after the last one every question is answered 好.
        models: status and answer of the list of models.
        asked: the bodies of the questions.
        keys: the Authorization headers that came with them.
        names: the X-Request-ID headers, alike.
    """

    url: str = ""
    scripts: deque[Script] = field(default_factory=deque)
    models: tuple[int, Any] = (200, {"data": [{"id": "glm"}]})
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def plays(self, *scripts: Script) -> None:
        self.scripts.extend(scripts)


class _Server(ThreadingHTTPServer):
    played: OpenAIServer
    daemon_threads = True


@contextmanager
def openai_server(port: int = 0) -> Iterator[OpenAIServer]:
    """Run a server while a test needs it."""
    server = _Server(("127.0.0.1", port), Exchange)
    server.played = OpenAIServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.played
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


def says(*pieces: str, reason: str = "stop") -> Script:
    """Answer with these pieces."""

    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.words(role="assistant")
        for piece in pieces:
            exchange.words(piece)
        exchange.words(reason=reason)
        exchange.end(completion_tokens=len(pieces))

    return play


def refuses(
    status: int, message: str = "no", code: str | None = None, param: str | None = None, **headers: str
) -> Script:
    """Answer with an error envelope."""
    envelope = {"error": {"message": message, "code": code, "param": param}}
    return lambda exchange: exchange.reply(status, envelope, **headers)


def cut_short(exchange: Exchange) -> None:
    """Break off after the first word."""
    exchange.begin()
    exchange.words("石")
