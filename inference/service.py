"""The door to the model: one service per process, the only way in for pages, interfaces and commands.

Nothing is loaded by importing this, nor by :func:`get_service`; :meth:`Service.start` loads, in the background.
"""

import atexit
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image

from inference import conf, request_ids
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.engine import Engine, load_local
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from inference.engine.intake import Intake, State
from inference.engine.types import Answer, Delta, Figures, ImagePart, Message, Request, TextPart
from inference.errors import sentence

_WARM_UP_TOKENS = 8
_UNNAMED = "default"
"""What a remote server's model is called where nobody has chosen one."""


class Stream(Iterator[Delta | Answer]):
    """The events of a streamed request; giving the iterator up gives the request up, begun or not."""

    def __init__(self, handle: Handle) -> None:
        """Watch a request.

        Args:
            handle: of the request, admitted.
        """
        self._handle = handle
        self._events = iter(handle)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Delta | Answer:
        return next(self._events)

    @property
    def place(self) -> int:
        """How many turns it takes until this request's own: 1 for the next one, 0 once it has come."""
        return self._handle.place

    def await_event(self, timeout_s: float) -> bool:
        """Wait for the next event, but not longer than asked; it stays where it is.

        Args:
            timeout_s: how long.

        Returns:
            Whether :meth:`gather` would return or raise at once.
        """
        return self._handle.await_event(timeout_s)

    def gather(self, pause_s: float = 0.0) -> list[Delta | Answer]:
        """Wait for all events that come within a while, and for one at least.

        Args:
            pause_s: how long events are gathered; shorter where the request ends.

        Returns:
            The events in order; empty when the last answer has been given out.

        Raises:
            EngineError: the request failed; what came before has been given out.
        """
        return self._handle.gather(pause_s)

    def close(self) -> None:
        """Give the request up; web servers call this when the client is gone."""
        self._handle.cancel()

    def __del__(self) -> None:
        self.close()


class Service:
    """Asks the model, and says how it is. All methods may be called from any thread.

    Attributes:
        model_name: what the model is called, loaded or not.
    """

    def __init__(self, engine: Intake[Any], *, model_name: str) -> None:
        """Put a door before an engine.

        Args:
            engine: not started yet.
            model_name: what the model is called.
        """
        self._engine = engine
        self.on_device_failure: Callable[[], object] | None = None
        """Called when only a new process gets the device back; the supervisor starts one."""
        engine.on_device_failure = self._device_failed
        self.model_name = model_name

    @property
    def state(self) -> State:
        """``stopped``, ``loading``, ``ready`` or ``draining``."""
        return self._engine.state

    @property
    def reason(self) -> str:
        """Why the model is not there, in the active language; empty where there is nothing to say."""
        error = self._engine.error
        return sentence(error) if error else ""

    @property
    def model_version(self) -> str:
        """Name and fingerprint of the loaded checkpoint; empty while none is loaded."""
        model = self._engine.model
        return model.version if model else ""

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._engine.waiting

    def figures(self) -> Figures:
        """Return how the engine is doing, for the metrics."""
        return self._engine.figures()

    @property
    def most_rows(self) -> int:
        """How many answers grow at once, where as many are asked for; 1 while that is not known."""
        return max(1, self.figures().most_rows)

    def _device_failed(self) -> None:
        if self.on_device_failure is not None:
            self.on_device_failure()

    def start(self) -> None:
        """Begin loading the model, in the background; does nothing where that has been done."""
        # Commands that ask nothing need no metrics.
        from inference.metrics.answers import AnswerMetrics

        self._engine.observer = AnswerMetrics(self.model_name)
        self._engine.start()

    def wait_ready(self, timeout_s: float | None = None) -> None:
        """Wait until requests are taken.

        Args:
            timeout_s: give up after so many seconds; None waits for as long as it takes.

        Raises:
            CheckpointError: the model could not be loaded.
            NotReady: time ran out, or nobody started the service.
        """
        self._engine.wait_ready(timeout_s)

    def describe(self, request: Request) -> Answer:
        """Ask, and wait for the answer. Hold no database connection meanwhile.

        Args:
            request: what is asked.

        Returns:
            The complete answer.

        Raises:
            EngineError: refused (NotReady, Busy, InvalidRequest, ImageError, PromptTooLong) or failed
                (DeadlineExceeded, OutOfMemory, GenerationFailed).
        """
        return self.describe_all(request)[0]

    def describe_all(self, request: Request) -> list[Answer]:
        """Ask for ``request.n`` answers, and wait for all of them. Hold no database connection meanwhile.

        Args:
            request: what is asked.

        Returns:
            The complete answers, in order.

        Raises:
            EngineError: as for :meth:`describe`.
        """
        handle = self._engine.submit(_named(request))
        try:
            return handle.results()
        except BaseException:
            # Ctrl-C, for one: nobody waits for this answer any more.
            handle.cancel()
            raise

    def stream(self, request: Request, *, deltas: bool = True) -> Stream:
        """Ask, and watch the answer grow.

        Args:
            request: what is asked.
            deltas: whether its growing is wanted; without, there are only the complete answers, which another thread
                may still give up.

        Returns:
            Deltas, and the complete answer last (each of ``request.n``). Closing the iterator gives the request up.

        Raises:
            EngineError: refused, before the iterator is returned; or failed, while it is read.
        """
        return Stream(self._engine.submit(_named(request), streaming=deltas))

    def drain(self, timeout_s: float | None = None) -> bool:
        """Take no more requests and answer those that wait.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._engine.drain(timeout_s)

    def stop(self, timeout_s: float | None = 10.0) -> bool:
        """Take no more requests, refuse those that wait, end the running one where it is.

        Args:
            timeout_s: how long to wait for that.

        Returns:
            Whether all is done.
        """
        return self._engine.stop(timeout_s)


def _named(request: Request) -> Request:
    """Have the engine's log lines say for which request of ours they are."""
    name = request_ids.current()
    return replace(request, id=name) if name and not request.id else request


def build(settings: conf.InferenceSettings) -> Service:
    """Make a service as configured; it is not started.

    Args:
        settings: typed.

    Returns:
        The service.
    """
    if settings.backend == "remote":
        return _build_remote(settings)
    name = conf.DEMO if settings.is_demo else settings.model.rstrip("/").rpartition("/")[2]
    load = partial(
        load_local,
        CheckpointSpec(settings.location, settings.device, settings.quantise, name),
        ImageLimits(settings.shrink_over, settings.shrink_to),
        settings.max_new_tokens,
        settings.max_batch,
        cuda_graphs=settings.cuda_graphs,
    )
    engine = Engine(load, queue_limit=settings.queue_limit, warm_up=warm_up_request())
    return Service(engine, model_name=name)


def _build_remote(settings: conf.InferenceSettings, *, beside: bool = False) -> Service:
    # Most installations have their model in this process: they need no client for another one's.
    from inference.remote import RemoteEngine, Target

    engine = RemoteEngine(
        Target(settings.remote_url, settings.remote_key, settings.remote_model, beside),
        queue_limit=settings.queue_limit,
        rows=settings.max_batch,
        limits=ImageLimits(settings.shrink_over, settings.shrink_to),
        default_max_new_tokens=settings.max_new_tokens,
    )
    return Service(engine, model_name=settings.remote_model or _UNNAMED)


def connect(url: str, key: str, model: str, rows: int | None = None) -> Service:
    """Make a service that asks another process of this installation; it is not started.

    Args:
        url: where that process serves.
        key: the internal key, which both know.
        model: what it calls its model.
        rows: how many answers it writes at once, as it says; None where it does not say.

    Returns:
        The service.
    """
    settings = conf.current()
    asked = replace(
        settings, backend="remote", remote_url=url, remote_key=key, remote_model=model, max_batch=rows or None
    )
    return _build_remote(asked, beside=True)


def warm_up_request() -> Request:
    """Ask about a picture drawn here, of the size that pictures are shrunk to: what it costs, nobody else pays.

    Returns:
        The request.
    """
    ramp = Image.linear_gradient("L").resize((1024, 768))
    buffer = BytesIO()
    Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp)).save(buffer, "JPEG")
    question = (ImagePart(buffer.getvalue()), TextPart("请用一句话描述这张图片。"))
    return Request((Message("user", question),), max_new_tokens=_WARM_UP_TOKENS, id="warm-up")


def get_service() -> Service:
    """Return this process's service, made from the settings at the first call.

    Returns:
        The service, started or not.

    Raises:
        ImproperlyConfigured: the settings cannot be meant.
    """
    global _service
    with _lock:
        if _service is None:
            _service = build(conf.current())
            # The interpreter must not take torch apart while the engine's thread is inside it.
            atexit.register(_service.stop)
        return _service


def use_service(service: Service | None) -> Service | None:
    """Put another service in this process's place: a scripted one in tests, None to have it made anew.

    Args:
        service: the new one.

    Returns:
        The one that was there; stopping it is the caller's affair.
    """
    global _service
    with _lock:
        before, _service = _service, service
        return before


_lock = threading.Lock()
_service: Service | None = None
