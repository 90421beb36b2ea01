"""Everything the engine refuses or fails at, as typed errors with parameters. Their words are inference's affair."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# The last ones are what NVIDIA's libraries say when there is no memory for their workspace.
_OUT_OF_MEMORY_SIGNS = (
    "out of memory",
    "can't allocate memory",
    "status_alloc_failed",
    "cublas_status_not_initialized",
)


class EngineError(Exception):
    """A refusal or failure of one request.

    Attributes:
        code: a stable name of what went wrong, for programs.
        params: the values that a sentence about it needs.
    """

    code = "engine_error"

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code = code or type(self).code
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({values})" if values else self.code

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException rebuilds an error from its args, which here are no constructor arguments.
        return _rebuild, (type(self), self.code, self.params)


def _rebuild(kind: type[EngineError], code: str, params: dict[str, Any]) -> EngineError:
    error = kind.__new__(kind)
    EngineError.__init__(error, code, **params)
    return error


class ImageError(EngineError):
    """A picture cannot be used.

    Attributes:
        picture: which of the request's pictures, counted from 0; None where it was not read for a request.
    """

    code = "image_error"
    picture: int | None = None


@contextmanager
def of_picture(index: int) -> Iterator[None]:
    """Have a refusal say which of a request's pictures it is about.

    Args:
        index: counted from 0, in the order of the messages.

    Yields:
        Nothing.
    """
    try:
        yield
    except ImageError as error:
        error.picture = index
        raise


class ImageUndecodable(ImageError):
    """The bytes are no picture of a known format, or a damaged one."""

    code = "image_undecodable"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class ImageTruncated(ImageUndecodable):
    """The file is a picture that breaks off."""


class ImageKindUnsupported(ImageError):
    """The file is a picture, and not damaged, but of a kind that is not read.

    Args:
        kind: its format.
        what: what it is that is not read: ``camera_raw``, ``compression``, ``colours`` or ``samples``.
        detail: which, in the format's own terms.
    """

    code = "image_kind_unsupported"

    def __init__(self, kind: str, what: str, detail: str = "") -> None:
        super().__init__(kind=kind, what=what, detail=detail)


class DocumentLocked(ImageError):
    """A PDF asks for a password."""

    code = "document_locked"


class DocumentDamaged(ImageError):
    """The bytes are no PDF, or a page of it cannot be drawn."""

    code = "document_damaged"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class DocumentTooLong(ImageError):
    """A PDF has too many pages."""

    code = "document_too_long"

    def __init__(self, pages: int, limit: int) -> None:
        super().__init__(pages=pages, limit=limit)


class ImageUnreadable(ImageError):
    """The file cannot be opened: it is gone, or may not be read."""

    code = "image_unreadable"

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(path=path, detail=detail)


class ImageEmpty(ImageError):
    """There are no bytes at all."""

    code = "image_empty"

    def __init__(self) -> None:
        super().__init__()


class ImagePageMissing(ImageError):
    """A page was asked for that the file does not have.

    Args:
        page: the page asked for, counted from 0.
        pages: how many there are.
    """

    code = "image_page_missing"

    def __init__(self, page: int, pages: int) -> None:
        super().__init__(page=page, pages=pages)


class ImageTooSmall(ImageError):
    """The picture is smaller than a public door accepts. All values in pixels."""

    code = "image_too_small"

    def __init__(self, width: int, height: int, min_width: int, min_height: int) -> None:
        super().__init__(width=width, height=height, min_width=min_width, min_height=min_height)


class ImageTooLarge(ImageError):
    """The picture's header claims more pixels than may be decoded."""

    code = "image_too_large"

    def __init__(self, pixels: int, limit: int) -> None:
        super().__init__(pixels=pixels, limit=limit)


class ImageAspectRatio(ImageError):
    """The picture is a thin strip that the model cannot read."""

    code = "image_aspect_ratio"

    def __init__(self, width: int, height: int, limit: int) -> None:
        super().__init__(width=width, height=height, limit=limit)


class InvalidRequest(EngineError):
    """A request contradicts itself.

    Args:
        field: which field of the request.
        detail: what is wrong with it.
    """

    code = "invalid_request"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field=field, detail=detail)


class SchemaUnusable(InvalidRequest):
    """A JSON schema is none, or one that cannot be obeyed.

    Args:
        field: where it stands.
        detail: what is wrong with it, in the words of whoever read it.
    """

    code = "schema_unusable"


class PromptTooLong(EngineError):
    """Pictures and words together exceed what the model can read, in tokens."""

    code = "prompt_too_long"

    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(tokens=tokens, limit=limit)


class Busy(EngineError):
    """As many requests are waiting as may wait.

    Args:
        retry_after_s: seconds after which a place should be free, from the measured rate.
    """

    code = "busy"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class NotReady(EngineError):
    """The service takes no requests now.

    Args:
        state: ``stopped``, ``loading`` or ``draining``.
        reason: why, in the words of whoever said so; empty where nobody did.
        cause: what went wrong, where that is the reason.
    """

    code = "not_ready"

    def __init__(self, state: str, reason: str = "", cause: EngineError | None = None) -> None:
        super().__init__(state=state, reason=reason, cause=cause)
        self.state = state
        self.reason = reason
        self.cause = cause


class DeadlineExceeded(EngineError):
    """The request's time ran out before its answer was complete."""

    code = "deadline_exceeded"

    def __init__(self, deadline_s: float) -> None:
        super().__init__(deadline_s=deadline_s)


class Cancelled(EngineError):
    """The request was given up by whoever made it, before it was begun."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__()


class OutOfMemory(EngineError):
    """This request needed more memory than there is. Others are not affected."""

    code = "out_of_memory"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class GenerationFailed(EngineError):
    """Something unforeseen went wrong while this request was worked on. Others are not affected."""

    code = "generation_failed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class ConnectionCut(GenerationFailed):
    """Whoever was writing this answer elsewhere is gone: the process died, or the network did."""


class DeviceFailed(EngineError):
    """The device answers to nothing any more; only a new process gets it back."""

    code = "device_failed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class EngineCrashed(EngineError):
    """The engine's thread came to an end that nobody asked for; it is being started again."""

    code = "engine_crashed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail=detail)


class CheckpointError(EngineError):
    """The model cannot be loaded. The code says why; see :mod:`inference.engine.checkpoint`."""

    code = "checkpoint_error"


def is_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error, or one that led to it, means that memory ran out, of whatever device.

    torch is not imported for it, and raises no class of its own where main memory runs out.

    Args:
        error: any.

    Returns:
        Whether less work, or smaller weights, would have gone well.
    """
    while error is not None:
        if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
            return True
        if tells_of_out_of_memory(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def tells_of_out_of_memory(text: str) -> bool:
    """Tell whether a message says that memory ran out.

    Args:
        text: an error's, or a library's report.

    Returns:
        Whether it does.
    """
    words = text.lower()
    return any(sign in words for sign in _OUT_OF_MEMORY_SIGNS)


def is_device_failure(error: BaseException) -> bool:
    """Tell whether an error means that the accelerator is lost to this process.

    Args:
        error: any that is not for want of memory.

    Returns:
        Whether everything that follows would fail, too.
    """
    return type(error).__name__ == "AcceleratorError" or "CUDA error" in str(error)
