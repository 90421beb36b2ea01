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
from inference.engine.observer import NOBODY, Observer
from inference.engine.types import Answer, Delta, Request

Phase = Literal["reserved", "waiting", "running", "over"]


class Handle:
    """A request that has been admitted.

    Attributes:
        request: what was asked; it has an id now.
        streaming: whether deltas are wanted, or the answer only.
        observer: is told how the answers grow and end.
        phase: where it is; changed by the engine under its lock only.
        prepared: its pictures, once they are decoded.
    """

    def __init__(
        self,
        request: Request,
        *,
        streaming: bool,
        forget: Callable[["Handle"], None],
        place: Callable[["Handle"], int] = lambda _handle: 0,
    ) -> None:
        """Begin the life of a request.

        Args:
            request: what was asked.
            streaming: whether deltas are wanted.
            forget: takes the request out of the queue if it is still there.
            place: tells its place in the queue.
        """
        self.request = request if request.id else replace(request, id=secrets.token_hex(4))
        self.streaming = streaming
        self.observer: Observer = NOBODY
        self.phase: Phase = "reserved"
        self.prepared: Any = None
        self.submitted = time.monotonic()
        self.decoding_s = 0.0
        self._answers_due = self._answers_to_come = self.request.n
        self._forget = forget
        self._place = place
        self._events: queue.SimpleQueue[Delta | Answer | EngineError] = queue.SimpleQueue()
        self._given_up = threading.Event()
        self._ended = threading.Event()
        self._failure: EngineError | None = None
        self._ahead: Delta | Answer | EngineError | None = None  # waited for, and not given out yet
        self._deadline = None if request.deadline_s is None else self.submitted + request.deadline_s

    def __iter__(self) -> Iterator[Delta | Answer]:
        """Wait for the events: deltas where they are wanted, and each answer after its last delta.

        Raises:
            EngineError: the request failed, was cancelled before it began, or ran out of time.
        """
        while self._answers_due:
            event = self._next()
            if isinstance(event, EngineError):
                self._answers_due = 0
                raise event
            if isinstance(event, Answer):
                self._answers_due -= 1
            yield event

    def gather(self, pause_s: float = 0.0) -> list[Delta | Answer]:
        """Wait for all events that come within a while, and for one at least. Wakes up once, not at every event.

        Args:
            pause_s: how long events are gathered; shorter where the request ends.

        Returns:
            The events in order; empty when the last answer has been given out.

        Raises:
            EngineError: as when iterating; what came before it has been given out.
        """
        if self._failure is None and self._answers_due:
            if pause_s:
                self._ended.wait(min(pause_s, self.remaining_s))
            events = self._take_all()
            if events:
                return events
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return []

    def await_event(self, timeout_s: float) -> bool:
        """Wait for the next event, but not longer than asked; it stays where it is.

        Args:
            timeout_s: how long.

        Returns:
            Whether :meth:`gather`, or going on iterating, would return or raise at once.
        """
        if self._ahead is None and self._failure is None and self._answers_due:
            try:
                self._ahead = self._events.get(timeout=min(timeout_s, self.remaining_s))
            except queue.Empty:
                return self.overdue
        return True

    @property
    def place(self) -> int:
        """How many turns it takes until this request's own: 1 for the next one, 0 once it has come."""
        return self._place(self)

    def results(self) -> list[Answer]:
        """Wait for all answers.

        Returns:
            The complete answers, in the order of their indices.

        Raises:
            EngineError: as when iterating.
        """
        answers = [event for event in self if isinstance(event, Answer)]
        return sorted(answers, key=lambda answer: answer.index)

    def result(self) -> Answer:
        """Wait for the answer, or for all of them and take the first.

        Returns:
            The complete answer.

        Raises:
            EngineError: as when iterating.
        """
        return self.results()[0]

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
            event: the last answer, or an error, is the last one.
        """
        if isinstance(event, Answer):
            self.observer.answered(self.request, event)
        self._events.put(event)
        if not isinstance(event, Delta):
            self._answers_to_come -= 1
            if isinstance(event, EngineError) or self._answers_to_come <= 0:
                self._ended.set()

    def _take_all(self) -> list[Delta | Answer]:
        """Wait for an event and take whatever else is there; an error is kept for the next call."""
        taken: list[Delta | Answer] = []
        event = self._next()
        while True:
            if isinstance(event, EngineError):
                self._answers_due = 0
                self._failure = event
                return taken
            taken.append(event)
            self._answers_due -= isinstance(event, Answer)
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return taken

    def _next(self) -> Delta | Answer | EngineError:
        """Wait for the next event, or for the deadline: a request may be stuck behind a long one."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead
        if self._deadline is None:
            return self._events.get()
        try:
            return self._events.get(timeout=self.remaining_s)
        except queue.Empty:
            self.cancel()
            return self.too_late()
