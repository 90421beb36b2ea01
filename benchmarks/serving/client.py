"""Asks a server, as many at a time as are wanted: ``python -m benchmarks.serving.client`` with a plan on its input.

A process of its own with one thread and no HTTP library: on two cores every microsecond of the client is missing to
the server. Requests are written before the clock starts, and of an event stream only the first words are looked at
while it runs.
"""

import contextlib
import json
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.serving.results import Outcome, Run
from benchmarks.serving.wire import EventReader, ProtocolError, ResponseReader, has_text, request_bytes, summary

_CHUNK = 64 * 1024


class _Ended(Exception):
    """A load without end was told to end."""


class _Exchange:
    """One request on its own connection."""

    def __init__(self, address: tuple[str, int], request: bytes, timeout_s: float) -> None:
        self._unsent = memoryview(request)
        self._response = ResponseReader()
        self._events = EventReader()
        self._seen: list[bytes] = []
        self._first: float | None = None
        self._started = time.perf_counter()
        self.deadline = self._started + timeout_s
        self.socket = socket.create_connection(address, timeout=timeout_s)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_sending(self) -> bool:
        """Whether the request is not out yet."""
        return len(self._unsent) > 0

    def send(self) -> bool:
        """Send what the connection takes now; return whether that was all."""
        # Whoever refuses a request may hang up before it is read; the refusal is still there to be read.
        try:
            sent = self.socket.send(self._unsent)
        except (BrokenPipeError, ConnectionResetError):
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        return not self.is_sending

    def receive(self) -> Outcome | None:
        """Read what has come; return the outcome if that was all."""
        data = self.socket.recv(_CHUNK)
        now = time.perf_counter()
        events = self._events.feed(self._response.feed(data)) if data else []
        if self._first is None and self._response.status == 200 and any(has_text(event) for event in events):
            self._first = now - self._started
        self._seen += events
        if data and not self._response.done:
            return None
        return self._outcome(now, is_whole=self._response.end())

    def failed(self, error: str) -> Outcome:
        """Return the outcome of what broke."""
        return Outcome(None, time.perf_counter() - self._started, error=error)

    def _outcome(self, now: float, *, is_whole: bool) -> Outcome:
        if self._response.status != 200:
            return self.failed(f"status_{self._response.status}")
        tokens, error = summary(self._seen)
        error = error or ("" if is_whole else "cut_off")
        return Outcome(self._first, now - self._started, tokens, error)


class Load:
    """So many clients, each of which asks again as soon as it has been answered."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes], clients: int, timeout_s: float) -> None:
        """Prepare; nothing is asked yet.

        Args:
            address: host and port.
            requests: what is sent, in this order.
            clients: how many ask at once.
            timeout_s: after which a request counts as failed.
        """
        self._address = address
        self._requests = requests
        self._clients = clients
        self._timeout_s = timeout_s
        self._selector = selectors.DefaultSelector()
        self._open: set[_Exchange] = set()
        self.run = Run()

    def go(self) -> Run:
        """Ask until there is nothing left to ask.

        Returns:
            What was measured.
        """
        started = time.perf_counter()
        try:
            for _ in range(self._clients):
                self._next()
            while self._open:
                self._turn()
        except _Ended:
            pass  # whatever is under way is nobody's figure
        self.run.seconds = time.perf_counter() - started
        return self.run

    def _next(self) -> None:
        for request in self._requests:
            try:
                exchange = _Exchange(self._address, request, self._timeout_s)
            except OSError as error:
                self.run.outcomes.append(Outcome(None, 0.0, error=type(error).__name__))
                continue
            self._open.add(exchange)
            self._selector.register(exchange.socket, selectors.EVENT_WRITE, exchange)
            return

    def _turn(self) -> None:
        for key, _ in self._selector.select(timeout=1.0):
            exchange: _Exchange = key.data
            if exchange.is_sending:
                if exchange.send():
                    self._selector.modify(exchange.socket, selectors.EVENT_READ, exchange)
                continue
            try:
                outcome = exchange.receive()
            except BlockingIOError:
                continue
            except (OSError, ProtocolError) as error:
                outcome = exchange.failed(type(error).__name__)
            if outcome is not None:
                self._finish(exchange, outcome)
        now = time.perf_counter()
        for exchange in [exchange for exchange in self._open if exchange.deadline < now]:
            self._finish(exchange, exchange.failed("timeout"))

    def _finish(self, exchange: _Exchange, outcome: Outcome) -> None:
        self._selector.unregister(exchange.socket)
        exchange.socket.close()
        self._open.discard(exchange)
        self.run.outcomes.append(outcome)
        self._next()


def requests_of(plan: dict[str, Any]) -> Iterator[bytes]:
    """Write the requests of a plan.

    Args:
        plan: as :func:`benchmarks.serving.driving.ask` sends it.

    Yields:
        Head and body.
    """
    host = f"{plan['host']}:{plan['port']}"
    bodies = [Path(path).read_bytes() for path in plan["bodies"]]
    requests = [request_bytes(host, plan["path"], body, plan["headers"]) for body in bodies]
    while True:
        yield from requests
        if not plan["endless"]:
            return


def main() -> None:
    """Read a plan, say that all is prepared, follow the plan, print what was measured."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _Ended

    plan = json.loads(sys.stdin.readline())
    requests = requests_of(plan)
    load = Load((plan["host"], plan["port"]), _prepared(requests), plan["clients"], plan["timeout_s"])
    print("prepared", flush=True)
    with contextlib.suppress(_Ended):
        signal.signal(signal.SIGTERM, end)
        sys.stdin.readline()
        load.go()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(json.dumps(load.run.as_json()), flush=True)


def _prepared(requests: Iterator[bytes]) -> Iterator[bytes]:
    """Have all files read now: a generator would begin with the first request, when the clock runs."""
    first = next(requests, None)

    def again() -> Iterator[bytes]:
        if first is not None:
            yield first
            yield from requests

    return again()


if __name__ == "__main__":
    main()
