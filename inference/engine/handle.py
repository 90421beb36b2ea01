"""The caller's end of a request: events come out of it, a cancellation goes in."""

import math
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

from inference.engine.errors import Cancelled, DeadlineExceeded, EngineError
from inference.engine.types import Answer, Delta, Request

Phase = Literal["reserved", "waiting", "running", "over"]


class Handle:
    """A request that has been admitted.

    Attributes:
        request: what was asked; it has an id now.
        streaming: whether deltas are wanted, or the answer only.
        phase: where it is; changed by the engine under its lock only.
        prepared: its pictures, once they are decoded.
    """

    def __init__(self, request: Request, *, streaming: bool, forget: Callable[["Handle"], None]) -> None:
        """Begin the life of a request.

        Args:
            request: what was asked.
            streaming: whether deltas are wanted.
            forget: takes the request out of the queue if it is still there.
        """
        self.request = request if request.id else replace(request, id=secrets.token_hex(4))
        self.streaming = streaming
        self.phase: Phase = "reserved"
        self.prepared: Any = None
        self.submitted = time.monotonic()
        self.decoding_s = 0.0
        self._forget = forget
        self._events: queue.SimpleQueue[Delta | Answer | EngineError] = queue.SimpleQueue()
        self._given_up = threading.Event()
        self._deadline = None if request.deadline_s is None else self.submitted + request.deadline_s

    def __iter__(self) -> Iterator[Delta | Answer]:
        """Wait for the events: deltas where they are wanted, the answer last.

        Raises:
            EngineError: the request failed, was cancelled before it began, or ran out of time.
        """
        while True:
            event = self._next()
            if isinstance(event, EngineError):
                raise event
            yield event
            if isinstance(event, Answer):
                return

    def result(self) -> Answer:
        """Wait for the answer.

        Returns:
            The complete answer.

        Raises:
            EngineError: as when iterating.
        """
        for event in self:
            if isinstance(event, Answer):
                return event
        raise AssertionError("a request ends with an answer or an error")

    def cancel(self) -> None:
        """Give the request up: it leaves the queue, or ends after the current token. May be called from anywhere."""
        self._given_up.set()
        self._forget(self)

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._given_up.is_set()

    @property
    def overdue(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    @property
    def remaining_s(self) -> float:
        """Seconds until the deadline, never below 0; infinite without one."""
        return math.inf if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Raise if the request should not be begun.

        Raises:
            DeadlineExceeded: it is too late.
            Cancelled: it was given up.
        """
        if self.overdue:
            raise self.too_late()
        if self.cancelled:
            raise Cancelled

    def too_late(self) -> DeadlineExceeded:
        """Return the error of a missed deadline."""
        return DeadlineExceeded(self.request.deadline_s or 0.0)

    def put(self, event: Delta | Answer | EngineError) -> None:
        """Hand an event to whoever waits; called by the engine.

        Args:
            event: an answer or an error is the last one.
        """
        self._events.put(event)

    def _next(self) -> Delta | Answer | EngineError:
        """Wait for the next event, or for the deadline: a request may be stuck behind a long one."""
        if self._deadline is None:
            return self._events.get()
        try:
            return self._events.get(timeout=self.remaining_s)
        except queue.Empty:
            self.cancel()
            return self.too_late()
