"""What every engine has in front: its state, and how a request gets in. Who answers is the affair of those who inherit.

The model in this process (:mod:`inference.engine.engine`) and a server elsewhere (:mod:`inference.remote`)
stand behind it.
"""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

from inference.engine.errors import Cancelled, EngineError, NotReady
from inference.engine.handle import Handle
from inference.engine.lanes import Lanes
from inference.engine.observer import NOBODY, Observer
from inference.engine.types import Figures, Priority, Request
from inference.engine.validation import validate

State = Literal["stopped", "loading", "ready", "draining"]
BATCH_LIMIT = 64
"""How many batch requests may wait; their callers are few, and come again."""
_LOOK_UP_S = 0.1

ModelT = TypeVar("ModelT")


class Intake(ABC, Generic[ModelT]):
    """The front of an engine. All public methods may be called from any thread.

    Attributes:
        on_device_failure: called when only a new process gets the device back; None tries again in this one.
        observer: is told what becomes of the requests that come in from now on.
    """

    def __init__(self, *, queue_limit: int, batch_limit: int, decoders: int | None = None) -> None:
        """Let nobody in yet.

        Args:
            queue_limit: how many interactive requests may wait.
            batch_limit: how many batch requests may wait.
            decoders: how many requests' pictures are decoded at once; None: one for each core, at least two.
        """
        self.on_device_failure: Callable[[], object] | None = None
        self.observer: Observer = NOBODY
        self._lane_limits: dict[Priority, int] = {"interactive": queue_limit, "batch": batch_limit}
        self._changed = threading.Condition()
        self._state: State = "stopped"
        self._error: EngineError | None = None
        self._stop_wanted = False
        self._thread: threading.Thread | None = None
        self._model: ModelT | None = None
        self._lanes: Lanes | None = None
        # Decoded pictures are large, and decoding more at once than there are cores gains nothing.
        self._decoders = threading.BoundedSemaphore(decoders or max(2, os.cpu_count() or 2))

    @property
    def state(self) -> State:
        """Where the engine is in its life."""
        return self._state

    @property
    def error(self) -> EngineError | None:
        """Why there is no model, or None."""
        return self._error

    @property
    def model(self) -> ModelT | None:
        """The model, while there is one."""
        return self._model

    @property
    def waiting(self) -> int:
        """How many requests wait, in both lanes."""
        lanes = self._lanes
        return sum(lanes.waiting.values()) if lanes else 0

    @abstractmethod
    def figures(self) -> Figures:
        """Return how the engine is doing."""

    @abstractmethod
    def start(self) -> None:
        """Begin, in the background. Does nothing where that has been done."""

    def wait_ready(self, timeout_s: float | None = None) -> None:
        """Wait until requests are taken.

        Args:
            timeout_s: give up after so many seconds; None waits for as long as it takes.

        Raises:
            CheckpointError: there is no model to be had.
            NotReady: time ran out, or the engine is not going to be ready.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._state != "loading" or self._is_hopeless(), timeout_s)
            if self._state == "ready":
                return
            raise self._error or NotReady(self._state)

    def submit(self, request: Request, *, streaming: bool = False) -> Handle:
        """Hand a request in. Decodes its pictures in the calling thread, after a place has been reserved.

        Args:
            request: what is asked.
            streaming: whether deltas are wanted, or the answer only.

        Returns:
            Where the answer comes out.

        Raises:
            NotReady: no requests are taken now.
            InvalidRequest: the request contradicts itself.
            Busy: all places are taken.
            ImageError: a picture cannot be used.
            DeadlineExceeded: decoding took too long already.
        """
        lanes, model = self._open_lanes()
        validate(request)
        handle = Handle(request, streaming=streaming, forget=self._forget, place=lanes.place)
        handle.observer = self.observer
        lanes.reserve(handle)
        try:
            self._prepare(handle, model)
            handle.check()
        except BaseException:  # whatever ends this, the place in the queue is free again
            lanes.release(handle)
            raise
        try:
            lanes.push(handle)
        except Cancelled:
            if handle.cancelled:
                raise
            raise NotReady(self._state) from None
        return handle

    def drain(self, timeout_s: float | None = None) -> bool:
        """Take no more requests, answer those that wait, then let the model go.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._end(None, timeout_s)

    def stop(self, timeout_s: float | None = 10.0) -> bool:
        """Take no more requests, refuse those that wait, break off the running ones.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._end(NotReady("draining"), timeout_s)

    @abstractmethod
    def _prepared(self, request: Request, model: ModelT) -> Any:
        """Do for a request what can be done in its caller's thread."""

    @abstractmethod
    def _break_off(self, *, refused: bool) -> None:
        """Hear of the end: requests that run are to be broken off where those that wait are refused."""

    def _is_hopeless(self) -> bool:
        """Whether waiting for the model is in vain though it is being looked for."""
        return False

    def _forget(self, handle: Handle) -> None:
        """Do what a cancellation needs."""
        lanes = self._lanes
        if lanes is not None:
            lanes.discard(handle)

    def _end(self, error: EngineError | None, timeout_s: float | None) -> bool:
        with self._changed:
            thread = self._thread
            if thread is None:
                return True
            # Also where it says that it has stopped: its thread may have a last word to say.
            self._stop_wanted = True
            if self._state == "ready":
                self._set("draining")
            self._changed.notify_all()
            lanes = self._lanes
        if lanes is not None:
            lanes.close(error)
        self._break_off(refused=error is not None)
        if thread is not threading.current_thread():
            thread.join(timeout_s)
        return not thread.is_alive()

    def _open_lanes(self) -> tuple[Lanes, ModelT]:
        with self._changed:
            if self._state != "ready" or self._lanes is None or self._model is None:
                raise NotReady(self._state, cause=self._error)
            return self._lanes, self._model

    def _look_over(self, request: Request) -> None:
        """Refuse what would hold others up, before it takes one of the places for decoding; nothing by default.

        Args:
            request: validated.

        Raises:
            EngineError: it is refused.
        """

    def _prepare(self, handle: Handle, model: ModelT) -> None:
        self._look_over(handle.request)
        # Looks up now and then: time may run out, or the engine be stopped, behind somebody's enormous picture.
        while not self._decoders.acquire(timeout=min(_LOOK_UP_S, handle.remaining_s)):
            handle.check()
            if self._stop_wanted:
                raise NotReady(self._state)
        try:
            handle.check()
            started = time.monotonic()
            handle.prepared = self._prepared(handle.request, model)
            handle.decoding_s = time.monotonic() - started
        finally:
            self._decoders.release()

    def _set(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
