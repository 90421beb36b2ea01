"""The door to the model: one service per process, the only way in for pages, interfaces and commands.

Nothing is loaded by importing this, nor by :func:`get_service`; :meth:`Service.start` loads, in the background.
"""

import atexit
import threading
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from PIL import Image

from inference import conf
from inference.engine.checkpoint import CheckpointSpec
from inference.engine.engine import Engine, State, load_local
from inference.engine.handle import Handle
from inference.engine.images import ImageLimits
from inference.engine.types import Answer, Delta, ImagePart, Message, Request, TextPart
from inference.errors import sentence

_WARM_UP_TOKENS = 8


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

    def __init__(self, engine: Engine, *, model_name: str) -> None:
        """Put a door before an engine.

        Args:
            engine: not started yet.
            model_name: what the model is called.
        """
        self._engine = engine
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

    def start(self) -> None:
        """Begin loading the model, in the background; does nothing where that has been done."""
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
        handle = self._engine.submit(request)
        try:
            return handle.result()
        except BaseException:
            # Ctrl-C, for one: nobody waits for this answer any more.
            handle.cancel()
            raise

    def stream(self, request: Request) -> Stream:
        """Ask, and watch the answer grow.

        Args:
            request: what is asked.

        Returns:
            Deltas, and the complete answer last. Closing the iterator gives the request up.

        Raises:
            EngineError: refused, before the iterator is returned; or failed, while it is read.
        """
        return Stream(self._engine.submit(request, streaming=True))

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


def build(settings: conf.InferenceSettings) -> Service:
    """Make a service as configured; it is not started.

    Args:
        settings: typed.

    Returns:
        The service.
    """
    name = conf.DEMO if settings.is_demo else settings.model.rstrip("/").rpartition("/")[2]
    load = partial(
        load_local,
        CheckpointSpec(settings.location, settings.device, settings.quantise, name),
        ImageLimits(settings.shrink_over, settings.shrink_to),
        settings.max_new_tokens,
    )
    engine = Engine(load, queue_limit=settings.queue_limit, warm_up=warm_up_request())
    return Service(engine, model_name=name)


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
