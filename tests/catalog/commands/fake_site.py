"""A fake of a running site, in a process that can be killed: ``python fake_site.py PORT ROWS SECONDS``.

It says that it is ready, and answers every question after a while, whatever it is, as a stream.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Site(BaseHTTPRequestHandler):
    rows = 1
    seconds = 0.0

    def do_GET(self) -> None:
        if self.path == "/ready":
            self._json({"state": "ready", "model": "fake", "most_rows": self.rows})
        else:
            self._json({"data": [{"id": "fake", "model_version": "fake@1"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self._event({"delta": {"role": "assistant", "content": "桥头"}, "finish_reason": None})
        time.sleep(self.seconds)
        self._event({"delta": {"content": "有三个人"}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _event(self, choice: dict[str, Any]) -> None:
        event = {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
        self.wfile.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def _json(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(port: int, rows: int, seconds: float) -> None:
    """Serve until killed."""
    _Site.rows, _Site.seconds = rows, seconds
    ThreadingHTTPServer(("127.0.0.1", port), _Site).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
