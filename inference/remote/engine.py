"""The remote engine: the local engine's life and queue, with a server instead of a model behind them."""

import logging
import threading
import time
from collections.abc import Sequence

from inference.engine import request_log
from inference.engine.errors import Cancelled, EngineError, GenerationFailed, NotReady
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from inference.engine.intake import BATCH_LIMIT, Intake
from inference.engine.lanes import Lanes
from inference.engine.types import Answer, Figures, Request
from inference.outgoing.exchange import Exchange
from inference.remote.body import write_body
from inference.remote.client import Client
from inference.remote.reply import Reply
from inference.remote.target import RemoteModel, Target

THREAD_NAME = "glmv-remote"
DEFAULT_ROWS = 16
_LOOK_UP_S = 0.1
_LONGEST_PAUSE_S = 30.0
_KEY_REFUSED = "remote_key_refused"

logger = logging.getLogger(__name__)


class RemoteEngine(Intake[RemoteModel]):
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
        super().__init__(queue_limit=queue_limit, batch_limit=batch_limit)
        self._target = target
        self._limits = limits or ImageLimits()
        self._rows = rows or DEFAULT_ROWS
        self._default_max_new_tokens = default_max_new_tokens
        self._first_pause_s = first_pause_s
        self._look_every_s = look_every_s
        self._aborted = False
        self._exchanges: dict[Handle, Exchange] = {}
        self._read = self._written = 0

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
            self._stop_wanted = self._aborted = False
            self._lanes = Lanes(self._lane_limits, self._rows)
            self._set("loading")
            self._thread = threading.Thread(target=self._live, args=(self._lanes,), name=THREAD_NAME, daemon=True)
            self._thread.start()

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
            self._changed.wait_for(lambda: self._stop_wanted or (was_ready and self._state != "ready"), seconds)
            return self._stop_wanted

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
            if self._state == "loading" and not self._stop_wanted:
                logger.info("remote=%s model=%s is ready", self._target.url, model.version)
                self._error = None
                self._model = model
                self._set("ready")
        return True

    def _lose(self, error: EngineError) -> None:
        """Take no requests until the server is found again."""
        with self._changed:
            if self._stop_wanted:
                return
            if self._state == "ready" or str(error) != str(self._error):
                logger.warning("remote=%s is not ready: %s", self._target.url, error)
            error.__cause__ = error.__context__ = None
            self._error = error.with_traceback(None)
            self._model = None
            self._set("loading")

    def _break_off(self, *, refused: bool) -> None:
        with self._changed:
            self._aborted = self._aborted or refused
            exchanges = list(self._exchanges.values()) if self._aborted else []
        for exchange in exchanges:
            exchange.close()

    def _is_hopeless(self) -> bool:
        """Whether waiting is in vain until somebody changes the settings."""
        return self._error is not None and self._error.code == _KEY_REFUSED

    # --- Requests ----------------------------------------------------------------------------------------------------

    def _prepared(self, request: Request, model: RemoteModel) -> tuple[RemoteModel, bytes]:
        return model, write_body(request, model, self._limits, self._default_max_new_tokens)

    def _forget(self, handle: Handle) -> None:
        """Do what a cancellation needs: leave the queue, or hang up."""
        super()._forget(handle)
        with self._changed:
            exchange = self._exchanges.get(handle)
        if exchange is not None:
            exchange.close()

    def _work(self, lanes: Lanes, client: Client) -> None:
        while (handle := lanes.take()) is not None:
            lanes.began(handle)
            started = time.monotonic()
            outcome = self._serve(handle, client)
            self._write_down(handle, outcome, lanes.running)
            lanes.done(handle, time.monotonic() - started)
            for event in outcome:
                handle.put(event)

    def _write_down(self, handle: Handle, outcome: Sequence[Answer | EngineError], running: int) -> None:
        for event in outcome:
            if isinstance(event, Answer):
                request_log.answer_written(handle.request, event, running)

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
            name = handle.request.id
            logger.exception("request=%s failed", name, extra=request_log.tags(name))
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
            if self._aborted:
                raise NotReady("draining")
            if self._state == "loading" and not self._stop_wanted:
                raise NotReady("loading", cause=self._error)
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
        name = handle.request.id
        logger.info("request=%s remote_error=%s", name, error, extra=request_log.tags(name))
        # The frames of the error outlive this call, and hold the request's pictures.
        error.__cause__ = error.__context__ = None
        error = error.with_traceback(None)
        if isinstance(error, NotReady) or error.code == _KEY_REFUSED:
            self._lose(error)
        return [error]
