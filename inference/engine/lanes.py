"""The queue in front of the model: bounded, two lanes, interactive requests first."""

import math
import threading
import time
from collections import deque
from collections.abc import Sequence

from inference.engine.errors import Busy, Cancelled, EngineError
from inference.engine.handle import Handle
from inference.engine.types import Priority

LANES: tuple[Priority, ...] = ("interactive", "batch")
_FIRST_GUESS_S = 5.0
_WEIGHT_OF_LATEST = 0.2


class Lanes:
    """Requests between admission and the model.

    A place is taken before a picture is decoded: whoever is refused has cost nothing. Each lane has its own bound,
    so that a batch never takes the place of a person.
    """

    def __init__(self, limits: dict[Priority, int], rows: int = 1) -> None:
        """Open the queue.

        Args:
            limits: how many requests may wait in each lane.
            rows: how many requests the model works on at once; while rows are free, as many more may wait.
        """
        self._limits = limits
        self._rows = rows
        self._changed = threading.Condition()
        self._waiting: dict[Priority, deque[Handle]] = {lane: deque() for lane in LANES}
        # Taken by the model, but not begun: it looks one request ahead, and answers may have to make way.
        self._called: list[Handle] = []
        self._held = dict.fromkeys(LANES, 0)
        self._running = dict.fromkeys(LANES, 0)
        self._closed = self._refusing = False
        self._seconds_each = _FIRST_GUESS_S

    def reserve(self, handle: Handle) -> None:
        """Take a place.

        Args:
            handle: of the new request.

        Raises:
            Busy: all places are taken.
        """
        lane = handle.request.priority
        with self._changed:
            # Batches make way for people, not the other way round.
            busy = self._running["interactive"] + (self._running["batch"] if lane == "batch" else 0)
            free_rows = max(0, self._rows - busy)
            if self._held[lane] >= self._limits[lane] + free_rows:
                raise Busy(self._retry_after(lane))
            self._held[lane] += 1

    def push(self, handle: Handle) -> None:
        """Queue a request whose pictures are decoded.

        Args:
            handle: it has a place.

        Raises:
            Cancelled: the queue was closed, or the request given up, meanwhile. The place is free again.
        """
        with self._changed:
            if self._refusing or handle.cancelled:
                self._leave(handle)
                raise Cancelled
            handle.phase = "waiting"
            self._waiting[handle.request.priority].append(handle)
            self._changed.notify_all()

    def release(self, handle: Handle) -> None:
        """Give back the place of a request that was never queued.

        Args:
            handle: it has a place.
        """
        with self._changed:
            if handle.phase == "reserved":
                self._leave(handle)

    def discard(self, handle: Handle) -> None:
        """Take a given-up request out, if it still waits; it ends as cancelled.

        Args:
            handle: any.
        """
        with self._changed:
            if handle.phase != "waiting":
                return
            self._waiting[handle.request.priority].remove(handle)
            self._leave(handle)
        handle.put(Cancelled())

    def take(self) -> Handle | None:
        """Wait for the next request, and take it.

        Returns:
            The request, now running; None when the queue is closed and empty.
        """
        while self.wait():
            handle = self.take_one()
            if handle is not None:
                return handle
        return None

    def take_one(self, lanes: Sequence[Priority] = LANES) -> Handle | None:
        """Take the next request, if there is one.

        Args:
            lanes: to look into, in this order.

        Returns:
            The request, now running; or None.
        """
        with self._changed:
            for lane in lanes:
                if self._waiting[lane]:
                    handle = self._waiting[lane].popleft()
                    self._held[lane] -= 1
                    self._running[lane] += handle.request.n
                    handle.phase = "running"
                    self._called.append(handle)
                    return handle
        return None

    def began(self, handle: Handle) -> None:
        """Note that the model reads a request's prompt now: it waits no longer.

        Args:
            handle: it was taken; one that never was in this queue does no harm.
        """
        with self._changed:
            if handle in self._called:
                self._called.remove(handle)

    def place(self, handle: Handle) -> int:
        """Tell how many turns it takes until a request's own, as things are.

        Args:
            handle: any.

        Returns:
            1 for the next one; 0 once its turn has come, or where it is no longer, or not yet, in the queue.
        """
        lane = handle.request.priority
        with self._changed:
            ahead = [other for other in self._called if lane == "batch" or other.request.priority == lane]
            if handle in ahead:
                return ahead.index(handle) + 1
            if handle.phase != "waiting":
                return 0
            if lane == "batch":
                ahead.extend(self._waiting["interactive"])
            return len(ahead) + self._waiting[lane].index(handle) + 1

    def wait(self) -> bool:
        """Wait until a request can be taken, or none is going to come.

        Returns:
            Whether one can be taken; False when the queue is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: any(self._waiting.values()) or self._is_over())
            return any(self._waiting.values())

    def first_waits_s(self, lane: Priority) -> float:
        """Tell how long the first request of a lane has been there.

        Args:
            lane: which.

        Returns:
            Seconds since it was submitted; 0 where nobody waits.
        """
        with self._changed:
            waiting = self._waiting[lane]
            return time.monotonic() - waiting[0].submitted if waiting else 0.0

    def done(self, handle: Handle, seconds: float) -> None:
        """Note that a request is over.

        Args:
            handle: it was taken.
            seconds: how long the model worked on it.
        """
        with self._changed:
            handle.phase = "over"
            if handle in self._called:
                self._called.remove(handle)
            self._running[handle.request.priority] -= handle.request.n
            self._seconds_each += _WEIGHT_OF_LATEST * (seconds - self._seconds_each)
            self._changed.notify_all()

    def close(self, error: EngineError | None = None) -> None:
        """Let nothing in any more.

        Args:
            error: what the waiting requests end with; None lets them be served.
        """
        with self._changed:
            self._closed = True
            self._refusing = self._refusing or error is not None
            self._changed.notify_all()
            if error is None:
                return
            refused = [handle for waiting in self._waiting.values() for handle in waiting]
            for waiting in self._waiting.values():
                waiting.clear()
            for handle in refused:
                self._leave(handle)
        for handle in refused:
            handle.put(error)

    @property
    def waiting(self) -> dict[Priority, int]:
        """How many requests hold a place in each lane."""
        with self._changed:
            return dict(self._held)

    @property
    def running(self) -> int:
        """How many answers the model works on."""
        with self._changed:
            return sum(self._running.values())

    def _is_over(self) -> bool:
        return self._closed and not any(self._held.values())

    def _leave(self, handle: Handle) -> None:
        self._held[handle.request.priority] -= 1
        handle.phase = "over"
        self._changed.notify_all()

    def _retry_after(self, lane: Priority) -> int:
        """Estimate when a place becomes free: when the next request is taken, or all interactive ones are."""
        ahead = 1 if lane == "interactive" else 1 + self._held["interactive"]
        return max(1, math.ceil(ahead * self._seconds_each / self._rows))
