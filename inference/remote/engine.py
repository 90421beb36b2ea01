"""The remote engine: the local engine's life and queue, with a server instead of a model behind them."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence

from inference.engine.engine import BATCH_LIMIT, State
from inference.engine.errors import Cancelled, EngineError, GenerationFailed, NotReady
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from inference.engine.lanes import Lanes
from inference.engine.types import Answer, Figures, Priority, Request
from inference.engine.validation import validate
from inference.errors import sentence
from inference.remote.body import write_body
from inference.remote.client import Client, Exchange
from inference.remote.reply import Reply
from inference.remote.target import RemoteModel, Target

THREAD_NAME = "glmv-remote"
DEFAULT_ROWS = 16
_LOOK_UP_S = 0.1
_LONGEST_PAUSE_S = 30.0
_KEY_REFUSED = "remote_key_refused"

logger = logging.getLogger(__name__)


class RemoteEngine:
    """Asks a server; see :class:`inference.engine.engine.Engine` for what callers may rely on.

    Loading is looking for the server, again and again; whenever it is lost, that begins anew, in the background.
    """

    def __init__(
        self,
        target: Target,
        *,
        queue_limit: int = 15,
        batch_limit: int = BATCH_LIMIT,
        rows: int | None = None,
        limits: ImageLimits | None = None,
        default_max_new_tokens: int = 512,
        first_pause_s: float = 0.5,
        look_every_s: float = 30.0,
    ) -> None:
        """Describe an engine; nobody is asked yet.

        Args:
            target: who is asked.
            queue_limit: how many interactive requests may wait.
            batch_limit: how many batch requests may wait.
            rows: how many requests are with the server at once.
            limits: how pictures are taken in.
            default_max_new_tokens: bound on answers that bring none of their own.
            first_pause_s: how long to wait before a second try; twice as long before each further one.
            look_every_s: how often to look whether the server is still there.
        """
        self._target = target
        self._limits = limits or ImageLimits()
        self._rows = rows or DEFAULT_ROWS
        self._lane_limits: dict[Priority, int] = {"interactive": queue_limit, "batch": batch_limit}
        self._default_max_new_tokens = default_max_new_tokens
        self._first_pause_s = first_pause_s
        self._look_every_s = look_every_s
        self._changed = threading.Condition()
        self.on_device_failure: Callable[[], object] | None = None
        """Never called: the device is another server's."""
        self._state: State = "stopped"
        self._error: EngineError | None = None
        self._model: RemoteModel | None = None
        self._lanes: Lanes | None = None
        self._thread: threading.Thread | None = None
        self._ending = self._hurried = False
        self._exchanges: dict[Handle, Exchange] = {}
        self._read = self._written = 0
        # Decoded pictures are large, and decoding more at once than there are cores gains nothing.
        self._decoders = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))

    @property
    def state(self) -> State:
        """Where the engine is in its life; ``loading`` while the server is being looked for."""
        return self._state

    @property
    def error(self) -> EngineError | None:
        """Why the server does not answer, or None."""
        return self._error

    @property
    def model(self) -> RemoteModel | None:
        """The server's model, while it answers."""
        return self._model

    @property
    def waiting(self) -> int:
        """How many requests wait, in both lanes."""
        lanes = self._lanes
        return sum(lanes.waiting.values()) if lanes else 0

    def figures(self) -> Figures:
        """Return how the engine is doing; any thread."""
        lanes = self._lanes
        return Figures(
            running=lanes.running if lanes else 0,
            waiting=self.waiting,
            most_rows=self._rows,
            prompt_tokens=self._read,
            output_tokens=self._written,
        )

    def start(self) -> None:
        """Begin looking for the server, in the background. Does nothing where that has been done."""
        with self._changed:
            if self._state != "stopped":
                return
            self._error = None
            self._ending = self._hurried = False
            self._lanes = Lanes(self._lane_limits, self._rows)
            self._set("loading")
            self._thread = threading.Thread(target=self._live, args=(self._lanes,), name=THREAD_NAME, daemon=True)
            self._thread.start()

    def wait_ready(self, timeout_s: float | None = None) -> None:
        """Wait until requests are taken.

        Args:
            timeout_s: give up after so many seconds; None waits for as long as it takes.

        Raises:
            CheckpointError: the server refuses the key, or could not be reached in time.
            NotReady: time ran out, or nobody started the engine.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._state != "loading" or self._is_refused(), timeout_s)
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
        handle = Handle(request, streaming=streaming, forget=self._forget)
        lanes.reserve(handle)
        try:
            self._prepare(handle, model)
            handle.check()
        except BaseException:
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
        """Take no more requests, and answer those that wait.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._end(None, timeout_s)

    def stop(self, timeout_s: float | None = 10.0) -> bool:
        """Take no more requests, refuse those that wait, hang up on the server.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._end(NotReady("draining"), timeout_s)

    # --- Life --------------------------------------------------------------------------------------------------------

    def _live(self, lanes: Lanes) -> None:
        """Keep an eye on the server until the end, then see the last requests off."""
        client = Client(self._target, first_pause_s=self._first_pause_s)
        workers = [
            threading.Thread(target=self._work, args=(lanes, client), name=f"{THREAD_NAME}-{row}", daemon=True)
            for row in range(self._rows)
        ]
        for worker in workers:
            worker.start()
        try:
            self._watch(client)
        finally:
            for worker in workers:
                worker.join()
            client.close()
            with self._changed:
                self._model = self._lanes = None
                self._set("stopped")

    def _watch(self, client: Client) -> None:
        """Look for the server, and once it is there, look whether it still is."""
        pause_s = self._first_pause_s
        while True:
            if self._look(client):
                pause_s, wait_s = self._first_pause_s, self._look_every_s
            else:
                wait_s = pause_s
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            if self._rest(wait_s):
                return

    def _rest(self, seconds: float) -> bool:
        """Wait until it is time to look again; return whether the end has come."""
        with self._changed:
            was_ready = self._state == "ready"
            # A request that found the server gone has it looked for at once.
            self._changed.wait_for(lambda: self._ending or (was_ready and self._state != "ready"), seconds)
            return self._ending

    def _look(self, client: Client) -> bool:
        try:
            model = client.probe()
        except EngineError as error:
            self._lose(error)
            return False
        except Exception as error:  # whatever a server sends, somebody has to go on looking
            logger.exception("looking for the remote server failed")
            self._lose(GenerationFailed(f"{type(error).__name__}: {error}"[:200]))
            return False
        with self._changed:
            if self._state == "loading" and not self._ending:
                logger.info("remote=%s model=%s is ready", self._target.url, model.version)
                self._error = None
                self._model = model
                self._set("ready")
        return True

    def _lose(self, error: EngineError) -> None:
        """Take no requests until the server is found again."""
        with self._changed:
            if self._ending:
                return
            if self._state == "ready" or str(error) != str(self._error):
                logger.warning("remote=%s is not ready: %s", self._target.url, error)
            error.__cause__ = error.__context__ = None
            self._error = error.with_traceback(None)
            self._model = None
            self._set("loading")

    def _end(self, error: EngineError | None, timeout_s: float | None) -> bool:
        with self._changed:
            thread = self._thread
            if thread is None:
                return True
            self._ending = True
            self._hurried = self._hurried or error is not None
            if self._state == "ready":
                self._set("draining")
            self._changed.notify_all()
            lanes = self._lanes
            exchanges = list(self._exchanges.values()) if self._hurried else []
        if lanes is not None:
            lanes.close(error)
        for exchange in exchanges:
            exchange.close()
        if thread is not threading.current_thread():
            thread.join(timeout_s)
        return not thread.is_alive()

    def _is_refused(self) -> bool:
        """Whether waiting is in vain until somebody changes the settings."""
        return self._error is not None and self._error.code == _KEY_REFUSED

    def _set(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()

    # --- Requests ----------------------------------------------------------------------------------------------------

    def _open_lanes(self) -> tuple[Lanes, RemoteModel]:
        with self._changed:
            if self._state != "ready" or self._lanes is None or self._model is None:
                raise NotReady(self._state, sentence(self._error) if self._error else "")
            return self._lanes, self._model

    def _prepare(self, handle: Handle, model: RemoteModel) -> None:
        # Looks up now and then: time may run out, or the engine be stopped, behind somebody's enormous picture.
        while not self._decoders.acquire(timeout=min(_LOOK_UP_S, handle.remaining_s)):
            handle.check()
            if self._ending:
                raise NotReady(self._state)
        try:
            handle.check()
            started = time.monotonic()
            body = write_body(handle.request, model, self._limits, self._default_max_new_tokens)
            handle.prepared = (model, body)
            handle.decoding_s = time.monotonic() - started
        finally:
            self._decoders.release()

    def _forget(self, handle: Handle) -> None:
        """Do what a cancellation needs: leave the queue, or hang up."""
        lanes = self._lanes
        if lanes is not None:
            lanes.discard(handle)
        with self._changed:
            exchange = self._exchanges.get(handle)
        if exchange is not None:
            exchange.close()

    def _work(self, lanes: Lanes, client: Client) -> None:
        while (handle := lanes.take()) is not None:
            started = time.monotonic()
            outcome = self._serve(handle, client)
            lanes.done(handle, time.monotonic() - started)
            for event in outcome:
                handle.put(event)

    def _serve(self, handle: Handle, client: Client) -> Sequence[Answer | EngineError]:
        """Ask the server one question; return how it ended."""
        (model, body), handle.prepared = handle.prepared, None
        reply = Reply(handle, model)
        exchange = Exchange()
        try:
            self._open(handle, exchange)
            for event in client.ask(body, exchange, handle):
                reply.take(event)
            answers = reply.finish()
        except EngineError as error:
            return self._failure(handle, exchange, reply, error)
        except Exception as error:  # whatever it is, the next request must find a living thread
            logger.exception("request=%s failed", handle.request.id)
            unforeseen = GenerationFailed(f"{type(error).__name__}: {error}"[:200])
            return self._failure(handle, exchange, reply, unforeseen)
        finally:
            with self._changed:
                self._exchanges.pop(handle, None)
        with self._changed:
            self._read += answers[0].input_tokens
            self._written += sum(answer.output_tokens for answer in answers)
        return answers

    def _open(self, handle: Handle, exchange: Exchange) -> None:
        """Let the exchange be hung up from now on, unless nobody wants it any more or nobody would answer."""
        with self._changed:
            self._exchanges[handle] = exchange
            if self._hurried:
                raise NotReady("draining")
            if self._state == "loading" and not self._ending:
                raise NotReady("loading", sentence(self._error) if self._error else "")
        handle.check()

    def _failure(
        self, handle: Handle, exchange: Exchange, reply: Reply, error: EngineError
    ) -> Sequence[Answer | EngineError]:
        if exchange.closed:
            if handle.overdue:
                return [handle.too_late()]
            if reply.begun:
                return reply.break_off()
            return [Cancelled() if handle.cancelled else NotReady("draining")]
        logger.info("request=%s remote_error=%s", handle.request.id, error)
        # The frames of the error outlive this call, and hold the request's pictures.
        error.__cause__ = error.__context__ = None
        error = error.with_traceback(None)
        if isinstance(error, NotReady) or error.code == _KEY_REFUSED:
            self._lose(error)
        return [error]
