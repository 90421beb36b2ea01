"""Continuous batching: in every turn of the engine's thread answers may join, all grow by a token, some end.

A turn drops what nobody wants any more, reads at most one prompt, and takes one step with all rows. So whoever asks
waits, beside those who asked before, for no more than one other prompt and one step. People come before batches: a
batch's answer makes way where there is no room, and goes on later with the tokens that it has.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from inference.engine import request_log
from inference.engine.errors import (
    Cancelled,
    DeviceFailed,
    EngineError,
    GenerationFailed,
    NotReady,
    OutOfMemory,
    is_device_failure,
    is_out_of_memory,
)
from inference.engine.handle import Handle
from inference.engine.job import Job
from inference.engine.lanes import Lanes
from inference.engine.model import Model, Row
from inference.engine.types import Answer, Figures, FinishReason, Priority

_BATCH_PATIENCE_S = 20.0
"""After so long a batch's request is taken like a person's: one at a time, so that a batch never stands for ever."""
_BATCH_SHARE = 0.1
"""While somebody's answer grows, reading prompts of batches takes at most this share of the time."""
_STEPS_BETWEEN = 200
"""Memory that runs out again before so many steps went well is no accident: the batch is too large."""

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Scheduler:
    """The loop around the model. One request's failure is one request's failure."""

    def __init__(self, model: Model, lanes: Lanes) -> None:
        """Connect queue and model.

        Args:
            model: loaded.
            lanes: where requests wait.
        """
        self._model = model
        self._lanes = lanes
        self._aborted = threading.Event()
        self._running: list[Job] = []
        # Begun, but without a row: those that made way, and at most one request of each lane beside them.
        self._pending: dict[Priority, deque[Job]] = {"interactive": deque(), "batch": deque()}
        self._open: dict[Handle, tuple[int, float]] = {}  # answers that are due, and when work on them began
        self._most_rows = model.most_rows
        self._steps_since_failure = _STEPS_BETWEEN
        self._next_batch_prefill = 0.0
        self._out_of_memory = self._prompt_tokens = self._output_tokens = 0

    def run(self) -> None:
        """Serve until the queue is closed and empty.

        Raises:
            DeviceFailed: the device answers to nothing any more.
        """
        try:
            while self._running or any(self._pending.values()) or self._lanes.wait():
                self.turn()
        finally:
            # Somebody waits for these: they get an event even where the thread itself comes to an end.
            for handle in list(self._open):
                try:
                    self._end(handle, GenerationFailed("the engine's thread ended"))
                except Exception:  # the others are still waiting for their event
                    name = handle.request.id
                    logger.exception("request=%s could not be ended properly", name, extra=request_log.tags(name))

    def abort(self) -> None:
        """End the running answers after their current token. May be called from any thread."""
        self._aborted.set()

    def serve(self, handle: Handle) -> Answer | EngineError:
        """Work on one request and nothing else.

        Args:
            handle: not queued.

        Returns:
            The answer, or the error that is this request's only.
        """
        self._begin(handle)
        while handle in self._open:
            self.turn()
        try:
            return handle.result()
        except EngineError as error:
            return error

    def turn(self) -> None:
        """Drop, admit, read one prompt, take one step."""
        self._drop()
        job = self._next_job()
        if job is not None:
            self._prefill(job)
        if self._running:
            self._step(list(self._running))

    def figures(self) -> Figures:
        """Return how things are; any thread."""
        return Figures(
            running=len(self._running),
            most_rows=self._most_rows,
            out_of_memory=self._out_of_memory,
            prompt_tokens=self._prompt_tokens,
            output_tokens=self._output_tokens,
            model=self._model.figures(),
        )

    # --- Who leaves --------------------------------------------------------------------------------------------------

    def _drop(self) -> None:
        aborted = self._aborted.is_set()
        for job in [*self._running, *self._pending["interactive"], *self._pending["batch"]]:
            if job.handle not in self._open:
                continue
            if job.handle.overdue:
                self._end(job.handle, job.handle.too_late())
            elif job.handle.cancelled or aborted:
                self._give_up(job, aborted=aborted)

    def _give_up(self, job: Job, *, aborted: bool) -> None:
        """End an answer where it is; one that has not begun is no answer."""
        if job.tokens:
            self._finish(job, "cancelled")
        else:
            self._end(job.handle, NotReady("draining") if aborted and not job.handle.cancelled else Cancelled())

    # --- Who comes in ------------------------------------------------------------------------------------------------

    def _next_job(self) -> Job | None:
        """Return a job that has its place now, to be read in this turn."""
        if self._aborted.is_set():
            return None
        for lane in self._order():
            job = self._candidate(lane)
            if job is None:
                continue
            if self._find_room(job):
                self._pending[lane].remove(job)
                return job
            if job.handle in self._open and not job.is_batch:
                return None  # what becomes free next is this one's
        return None

    def _order(self) -> tuple[Priority, ...]:
        """Return which lanes may send somebody in this turn, the first one first."""
        people = any(not job.is_batch for job in self._running)
        if self._batch_is_due():
            return ("batch", "interactive")
        if people and time.monotonic() < self._next_batch_prefill:
            return ("interactive",)
        return ("interactive", "batch")

    def _batch_is_due(self) -> bool:
        if any(job.protected for job in self._running):
            return False
        pending = self._pending["batch"]
        if pending and pending[0].protected:
            return True
        waited = time.monotonic() - pending[0].since if pending else self._lanes.first_waits_s("batch")
        return waited > _BATCH_PATIENCE_S

    def _candidate(self, lane: Priority) -> Job | None:
        while not self._pending[lane]:
            handle = self._lanes.take_one((lane,))
            if handle is None:
                return None
            self._begin(handle)
        return self._pending[lane][0]

    def _begin(self, handle: Handle) -> None:
        """Write the prompt of a request; its answers are pending then."""
        self._open[handle] = (handle.request.n, time.monotonic())
        prepared, handle.prepared = handle.prepared, None

        def begin() -> Sequence[Row]:
            handle.check()
            return self._model.begin(handle.request, prepared)

        rows = self._attempt(handle.request.id, begin)
        if isinstance(rows, EngineError):
            self._end(handle, rows)
            return
        self._prompt_tokens += rows[0].input_tokens
        jobs = [Job(handle, index, row) for index, row in enumerate(rows)]
        self._pending[handle.request.priority].extend(jobs)

    def _find_room(self, job: Job) -> bool:
        """Give a job its place; the youngest answers of batches make way for a person's."""
        if self._batch_is_due() and job.is_batch:
            job.protected = True
        while True:
            limit = 1 if job.retried else self._most_rows
            alone = not self._running
            if len(self._running) < limit and self._admit(job):
                return True
            if job.handle not in self._open:
                return False
            if not self._running and not alone:
                continue  # memory ran out, and all others made way
            if alone:
                # Nobody's end would make more room for it.
                self._end(job.handle, OutOfMemory("no room even alone"))
                return False
            makes_way = next((other for other in reversed(self._running) if other.is_batch), None)
            if job.is_batch or makes_way is None:
                return False
            self._suspend(makes_way)

    def _admit(self, job: Job) -> bool:
        admitted = self._attempt(job.id, lambda: self._model.admit(job.row))
        if not isinstance(admitted, EngineError):
            return admitted
        if isinstance(admitted, OutOfMemory):
            self._recover(job.id)
            if self._running:
                # What the others had read may be lost with the room; they read it again.
                job.retried = True
                for other in list(reversed(self._running)):
                    self._suspend(other)
                return False
        self._end(job.handle, admitted)
        return False

    def _suspend(self, job: Job) -> None:
        """Take an answer's place away; it goes on later where it was."""
        self._model.release(job.row)
        self._running.remove(job)
        job.since = time.monotonic()
        pending = self._pending[job.handle.request.priority]
        pending.insert(1 if pending and (pending[0].protected or pending[0].retried) else 0, job)

    # --- Work --------------------------------------------------------------------------------------------------------

    def _prefill(self, job: Job) -> None:
        started = time.monotonic()
        self._lanes.began(job.handle)
        piece = self._attempt(job.id, lambda: self._model.prefill(job.row))
        if isinstance(piece, EngineError):
            self._prefill_failed(job, piece)
            return
        job.prefilled(started)
        if job.is_batch:
            ended = time.monotonic()
            self._next_batch_prefill = ended + (ended - started) * (1 / _BATCH_SHARE - 1)
        self._running.append(job)
        self._take_in(job, piece)

    def _prefill_failed(self, job: Job, failure: EngineError) -> None:
        self._model.release(job.row)
        if isinstance(failure, OutOfMemory):
            self._recover(job.id)
            if self._running and not job.retried:
                # Perhaps it fits when fewer answers are being written.
                job.retried = True
                self._pending[job.handle.request.priority].appendleft(job)
                return
        self._end(job.handle, failure)

    def _step(self, jobs: list[Job]) -> None:
        names = ",".join(job.id for job in jobs)
        pieces = self._attempt(names, lambda: self._model.step([job.row for job in jobs]))
        if isinstance(pieces, EngineError):
            self._step_failed(jobs, pieces)
            return
        self._steps_since_failure += 1
        for job, piece in zip(jobs, pieces, strict=True):
            if job in self._running:  # or the end of another answer to the same request was its end, too
                self._take_in(job, piece)

    def _step_failed(self, jobs: list[Job], failure: EngineError) -> None:
        if len(jobs) == 1:
            if isinstance(failure, OutOfMemory):
                self._recover(jobs[0].id)
            self._end(jobs[0].handle, failure)
            return
        if not isinstance(failure, OutOfMemory):
            # No answer has changed: one by one they show whose failure it is.
            for job in jobs:
                if job in self._running:
                    self._step([job])
            return
        for job in sorted(jobs, key=lambda job: job.is_batch)[len(jobs) // 2 :]:
            self._suspend(job)
        self._recover("")
        again, self._steps_since_failure = self._steps_since_failure < _STEPS_BETWEEN, 0
        if again:
            self._most_rows = max(1, len(self._running))
            logger.warning("memory ran out twice in a row: at most %d answers at once from now on", self._most_rows)

    def _take_in(self, job: Job, piece: str | None) -> None:
        self._output_tokens += piece is not None
        reason = job.feed(piece)
        if job.handle.overdue:
            self._end(job.handle, job.handle.too_late())
        elif reason is not None:
            self._finish(job, reason)
        elif self._aborted.is_set():
            self._finish(job, "cancelled")

    # --- Who is done -------------------------------------------------------------------------------------------------

    def _finish(self, job: Job, reason: FinishReason) -> None:
        batch = len(self._running)
        self._remove(job)
        answer = job.finish(reason, self._model.version)
        request_log.answer_written(job.handle.request, answer, batch)
        due, began = self._open[job.handle]
        if due > 1:
            self._open[job.handle] = (due - 1, began)
        else:
            self._close(job.handle)
        job.handle.put(answer)

    def _end(self, handle: Handle, error: EngineError) -> None:
        """End a request with an error, all of its answers."""
        try:
            for job in [*self._running, *self._pending["interactive"], *self._pending["batch"]]:
                if job.handle is handle:
                    self._remove(job)
        finally:
            # Whatever the model makes of it, somebody waits for this.
            self._close(handle)
            handle.put(error)

    def _remove(self, job: Job) -> None:
        self._model.release(job.row)
        if job in self._running:
            self._running.remove(job)
        else:
            self._pending[job.handle.request.priority].remove(job)

    def _close(self, handle: Handle) -> None:
        _, began = self._open.pop(handle)
        if handle.phase == "running":
            self._lanes.done(handle, time.monotonic() - began)

    def _attempt(self, name: str, work: Callable[[], _Result]) -> _Result | EngineError:
        """Do something that may fail; return the failure only when its frames, and what they hold, are gone."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request must find a living thread
            return self._as_engine_error(error, name)

    def _as_engine_error(self, error: Exception, name: str) -> EngineError:
        if isinstance(error, EngineError):
            error.__cause__ = error.__context__ = None
            return error.with_traceback(None)
        detail = f"{type(error).__name__}: {error}"[:200]
        if is_out_of_memory(error):
            self._out_of_memory += 1
            logger.warning("request=%s ran out of memory: %s", name, detail, extra=request_log.tags(name))
            return OutOfMemory(detail)
        logger.error("request=%s failed", name, exc_info=error, extra=request_log.tags(name))
        if is_device_failure(error):
            raise DeviceFailed(detail) from None
        return GenerationFailed(detail)

    def _recover(self, name: str) -> None:
        """Have the model give memory back; a device that cannot even do that fails the next request, not the thread."""
        try:
            self._model.recover()
        except Exception:
            logger.exception("request=%s: memory could not be given back", name, extra=request_log.tags(name))
