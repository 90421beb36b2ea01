"""Says what another server refuses or fails at in our errors.

Another instance of this product names its errors as we do, so that they stay what they are; of everybody else the
status is what there is to go by.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from inference.engine.errors import (
    Busy,
    CheckpointError,
    DeadlineExceeded,
    EngineError,
    GenerationFailed,
    ImageAspectRatio,
    ImageEmpty,
    ImageError,
    ImageKindUnsupported,
    ImageTooLarge,
    ImageTooSmall,
    ImageUndecodable,
    InvalidRequest,
    NotReady,
    OutOfMemory,
    PromptTooLong,
)
from inference.remote.target import Target

WORTH_ANOTHER_TRY = (429, 502, 503)
_RETRY_AFTER_S = 5
_LONGEST_DETAIL = 300
# What these say depends on numbers that only the other server has: its own sentence goes along.
_TOLD_IN_ITS_WORDS: Mapping[str, type[EngineError]] = {
    "image_too_small": ImageTooSmall,
    "image_too_large": ImageTooLarge,
    "image_aspect_ratio": ImageAspectRatio,
    "image_kind_unsupported": ImageKindUnsupported,
    "context_length_exceeded": PromptTooLong,
    "prompt_too_long": PromptTooLong,
}
_BY_CODE: Mapping[str, Callable[[str], EngineError]] = {
    "image_undecodable": ImageUndecodable,
    "image_empty": lambda _message: ImageEmpty(),
    "out_of_memory": OutOfMemory,
    "generation_failed": GenerationFailed,
}
_FIELDS = {"max_tokens": "max_new_tokens", "max_completion_tokens": "max_new_tokens", "response_format": "json_schema"}


def from_answer(status: int, headers: Mapping[str, str], body: bytes, target: Target, waited_s: float) -> EngineError:
    """Say an HTTP answer that is no success.

    Args:
        status: HTTP's.
        headers: of the answer.
        body: of the answer, whatever it is.
        target: who answered.
        waited_s: since it was asked.

    Returns:
        Our error.
    """
    error = _envelope(body)
    message = _message(error) or f"HTTP {status}"
    known = _by_code(error, message)
    if known is not None:
        return known
    if status in (401, 403):
        return CheckpointError("remote_key_refused", url=target.url, detail=message)
    if status == 404:
        return CheckpointError("remote_model_missing", url=target.url, model=target.model or "*", detail=message)
    if status == 413:
        return ImageError("remote_request_too_large", url=target.url, detail=message)
    if status == 429:
        return Busy(retry_after_s(headers) or _RETRY_AFTER_S)
    if status in WORTH_ANOTHER_TRY:
        return NotReady("loading", message)
    if status in (408, 504):
        return DeadlineExceeded(round(waited_s, 1))
    if status == 422:
        return ImageUndecodable(message)
    if status == 400:
        return _invalid(error, message)
    return GenerationFailed(f"HTTP {status}: {message}")


def from_event(error: Any) -> EngineError:
    """Say an error that came in the middle of a stream.

    Args:
        error: the value of the event's ``error``.

    Returns:
        Our error.
    """
    envelope = error if isinstance(error, dict) else {"message": error}
    message = _message(envelope) or "the stream broke off"
    if envelope.get("code") == "not_ready":
        return NotReady("loading", message)
    return _by_code(envelope, message) or GenerationFailed(message)


def unreachable(target: Target, error: Exception) -> CheckpointError:
    """Say that nobody answers.

    Args:
        target: who should have.
        error: of the network.

    Returns:
        Our error; its detail holds no secrets, as addresses and keys are no part of the network's errors.
    """
    detail = f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
    return CheckpointError("remote_unreachable", url=target.url, detail=detail)


def retry_after_s(headers: Mapping[str, str]) -> int | None:
    """Read when another try is welcome.

    Args:
        headers: of an answer; ``Retry-After`` is a number of seconds or a date.

    Returns:
        Seconds from now, at least one; None where nothing is said.
    """
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return max(1, int(text))
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a time zone
        return None
    return max(1, round(seconds))


def _by_code(error: Mapping[str, Any], message: str) -> EngineError | None:
    code = str(error.get("code") or "")
    if code in _TOLD_IN_ITS_WORDS:
        return _in_its_words(_TOLD_IN_ITS_WORDS[code], message)
    # vLLM and SGLang give no code for this one.
    if "maximum context length" in message:
        return _in_its_words(PromptTooLong, message)
    make = _BY_CODE.get(code)
    return None if make is None else make(message)


def _in_its_words(kind: type[EngineError], message: str) -> EngineError:
    """Make an error of a class whose numbers nobody told us."""
    error = kind.__new__(kind)
    EngineError.__init__(error, upstream=message)
    return error


def _invalid(error: Mapping[str, Any], message: str) -> InvalidRequest:
    field = str(error.get("param") or "")
    return InvalidRequest(_FIELDS.get(field.partition(".")[0], field), message)


def _envelope(body: bytes) -> Mapping[str, Any]:
    """Return the object that describes an error; servers wrap it in three ways."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {"message": body.decode("utf-8", "replace")}
    if not isinstance(answer, dict):
        return {}
    error = answer.get("error", answer)
    return error if isinstance(error, dict) else {"message": error}


def _message(error: Mapping[str, Any]) -> str:
    text = error.get("message") or error.get("detail") or ""
    return str(text).strip()[:_LONGEST_DETAIL]
