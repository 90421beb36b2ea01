"""The engine: one model, one thread, one queue. Usable on its own, without Django::

engine = Engine(partial(load_local, CheckpointSpec("zai-org/GLM-4.6V-Flash")))
engine.start()
engine.wait_ready(timeout_s=600)
answer = engine.submit(request).result()
"""

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from inference.engine.checkpoint import CheckpointSpec
from inference.engine.errors import (
    CheckpointError,
    DeviceFailed,
    EngineCrashed,
    EngineError,
    NotReady,
    OutOfMemory,
)
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from inference.engine.intake import BATCH_LIMIT, Intake
from inference.engine.lanes import Lanes
from inference.engine.model import Model
from inference.engine.scheduler import Scheduler
from inference.engine.types import Answer, Figures, Request

THREAD_NAME = "glmv-engine"
_LONGEST_PAUSE_S = 60.0

logger = logging.getLogger(__name__)


def load_local(
    spec: CheckpointSpec,
    limits: ImageLimits | None = None,
    default_max_new_tokens: int = 512,
    most_rows: int | None = None,
    *,
    cuda_graphs: bool = True,
) -> Model:
    """Load a checkpoint into this process. Imports torch.

    Args:
        spec: which, and how.
        limits: how pictures are taken in.
        default_max_new_tokens: bound on answers that bring none of their own.
        most_rows: how many answers are written at once; None: what memory allows.
        cuda_graphs: record steps where the device can.

    Returns:
        The model; it belongs to the calling thread.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    from inference.engine import checkpoint
    from inference.engine.generation import LocalModel

    loaded = checkpoint.load(spec)
    return LocalModel(loaded, limits or ImageLimits(), default_max_new_tokens, most_rows, cuda_graphs=cuda_graphs)


class Engine(Intake[Model]):
    """Owns the model's life. All public methods may be called from any thread."""

    def __init__(
        self, load: Callable[[], Model], *, queue_limit: int = 15, batch_limit: int = BATCH_LIMIT,
        decoders: int | None = None, warm_up: Request | None = None, first_pause_s: float = 1.0,
    ) -> None:  # fmt: skip
        """Describe an engine; nothing is loaded yet.

        Args:
            load: loads the model; called in the engine's own thread.
            queue_limit: how many interactive requests may wait.
            batch_limit: how many batch requests may wait.
            decoders: how many requests' pictures are decoded at once; None: one for each core, at least two.
            warm_up: answered once before anybody else's request, so that nobody pays for what is done only once.
            first_pause_s: how long after a crash the model is loaded again; twice as long after each further one.
        """
        super().__init__(queue_limit=queue_limit, batch_limit=batch_limit, decoders=decoders)
        self._load = load
        self._warm_up = warm_up
        self._first_pause_s = first_pause_s
        self._was_ready = False
        self._restarts = 0
        self._scheduler: Scheduler | None = None

    def figures(self) -> Figures:
        """Return how the engine is doing; any thread."""
        with self._changed:
            scheduler, lanes = self._scheduler, self._lanes
        if scheduler is None or lanes is None:
            return Figures(restarts=self._restarts)
        return replace(scheduler.figures(), waiting=sum(lanes.waiting.values()), restarts=self._restarts)

    def start(self) -> None:
        """Begin loading, in the background. Does nothing where that has been done."""
        with self._changed:
            if self._state != "stopped":
                return
            self._error = None
            self._stop_wanted = self._was_ready = False
            self._set("loading")
            self._thread = threading.Thread(target=self._live, name=THREAD_NAME, daemon=True)
            self._thread.start()

    def _look_over(self, request: Request) -> None:
        if request.json_schema is not None:
            # Only where one is asked for: most requests need no llguidance.
            from inference.engine.schemas import check_schema

            check_schema(request.json_schema)

    def _prepared(self, request: Request, model: Model) -> Any:
        return model.prepare(request)

    def _break_off(self, *, refused: bool) -> None:
        with self._changed:
            scheduler, warming_up = self._scheduler, self._lanes is None
        # While it warms up, that is the only request, and nobody wants its answer any more.
        if scheduler is not None and (refused or warming_up):
            scheduler.abort()

    def _live(self) -> None:
        """Run the engine's thread: serve, and after a crash serve again."""
        pause_s = self._first_pause_s
        while (crash := self._serve()) is not None:
            self._restarts += 1
            logger.error("the engine crashed and is started again in %.0f s: %s", pause_s, crash)
            if isinstance(crash, DeviceFailed) and self.on_device_failure is not None:
                self.on_device_failure()
                break
            _give_memory_back()
            with self._changed:
                if self._changed.wait_for(lambda: self._stop_wanted, pause_s):
                    break
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        with self._changed:
            self._set("stopped")

    def _serve(self) -> EngineError | None:
        """Load, warm up, serve, let go; return what made it crash, where that was after the first success."""
        lanes: Lanes | None = None
        crash: EngineError | None = None
        try:
            started = time.monotonic()
            model = self._load()
            logger.info("model=%s loaded_s=%.1f rows=%d", model.version, time.monotonic() - started, model.most_rows)
            lanes = Lanes(self._lane_limits, model.most_rows)
            scheduler = Scheduler(model, lanes)
            if self._publish(scheduler):
                self._warm(model, scheduler)
            if self._open(model, lanes, scheduler):
                scheduler.run()
        except EngineError as error:
            logger.error("the model could not be loaded: %s", error)
            crash = self._fail(error)
        except Exception as error:  # a load can fail in ways nobody foresaw, and somebody has to be told
            logger.exception("the engine's thread failed")
            crash = self._fail(CheckpointError("load_failed", detail=f"{type(error).__name__}: {error}"[:500]))
        except BaseException as error:  # noqa: BLE001 - whatever ended the thread, it is to serve again
            crash = self._fail(CheckpointError("load_failed", detail=type(error).__name__))
        finally:
            with self._changed:
                self._model = self._lanes = self._scheduler = None
                if crash is not None:
                    self._set("loading")
            if lanes is not None:
                lanes.close(NotReady("stopped" if crash is None else "loading"))
        return crash

    def _warm(self, model: Model, scheduler: Scheduler) -> None:
        if self._warm_up is None:
            return
        started = time.monotonic()
        handle = Handle(self._warm_up, streaming=False, forget=lambda _: None)
        self._prepare(handle, model)
        outcome = scheduler.serve(handle)
        if self._stop_wanted:
            return
        if isinstance(outcome, OutOfMemory):
            raise CheckpointError("checkpoint_too_large", path=model.name, detail=str(outcome))
        if not isinstance(outcome, Answer):
            raise outcome
        logger.info("warmed_up_s=%.1f", time.monotonic() - started)

    def _publish(self, scheduler: Scheduler) -> bool:
        """Let a stop reach the scheduler; return whether none was asked for already."""
        with self._changed:
            self._scheduler = scheduler
            return not self._stop_wanted

    def _open(self, model: Model, lanes: Lanes, scheduler: Scheduler) -> bool:
        """Let requests in, unless the engine was stopped while it loaded."""
        with self._changed:
            if self._stop_wanted:
                return False
            self._model, self._lanes, self._scheduler = model, lanes, scheduler
            self._error, self._was_ready = None, True
            self._set("ready")
            return True

    def _fail(self, error: EngineError) -> EngineError | None:
        """Keep the reason; return it where the engine is to be started again: when it has worked before."""
        # The error outlives this thread; its frames would keep half a model in memory for as long.
        error.__cause__ = error.__context__ = None
        error = error.with_traceback(None)
        with self._changed:
            again = self._was_ready and not self._stop_wanted
            if again and not isinstance(error, DeviceFailed):
                error = EngineCrashed(str(error))
            self._error = error
        return error if again else None


def _give_memory_back() -> None:
    """Hand what the lost model had back to the device, or the next one would find no room."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.accelerator.is_available():
        torch.accelerator.memory.empty_cache()
