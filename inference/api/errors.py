"""Errors as OpenAI's clients expect them: an envelope, and a status by which they know whether to try again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from inference.api import wire
from inference.engine.errors import (
    Busy,
    Cancelled,
    DeadlineExceeded,
    EngineError,
    ImageError,
    InvalidRequest,
    PromptTooLong,
)
from inference.errors import Outage, sentence

INVALID = "invalid_request_error"
SERVER = "server_error"
_STATUS: Mapping[type[EngineError], tuple[int, str]] = {
    InvalidRequest: (400, INVALID),
    ImageError: (422, INVALID),
    PromptTooLong: (422, INVALID),
    Busy: (429, "rate_limit_error"),
    DeadlineExceeded: (504, "timeout_error"),
    # nginx's number for a client that is gone; nobody reads it but the access log.
    Cancelled: (499, "cancelled"),
}
# Whatever else fails is not the client's doing and may go well a little later: 503, which clients repeat by themselves.
_OTHERWISE = (503, SERVER)
_RETRY_AFTER_S = 5
# The names that the interface has for what the engine calls otherwise.
_FIELDS = {"max_new_tokens": "max_tokens", "json_schema": "response_format.json_schema.schema"}
_CODES = {"prompt_too_long": "context_length_exceeded"}


@dataclass
class ApiError(Exception):
    """A refusal or failure, ready to be told.

    Attributes:
        status: HTTP's.
        message: what is wrong and what to do, in the active language.
        kind: OpenAI's ``type``.
        param: path of the field that is at fault.
        code: a stable name of what went wrong, for programs.
        retry_after_s: seconds after which another try makes sense; None where none does.
    """

    status: int
    message: str
    kind: str = INVALID
    param: str | None = None
    code: str | None = None
    retry_after_s: int | None = None

    def __str__(self) -> str:
        return self.message

    @property
    def envelope(self) -> dict[str, Any]:
        """The JSON object that is sent."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}

    def response(self) -> HttpResponse:
        """Return the HTTP answer."""
        response = HttpResponse(wire.encode(self.envelope), status=self.status, content_type=wire.JSON)
        if self.retry_after_s is not None:
            response["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response


def from_engine(error: EngineError, param: str | None = None) -> ApiError:
    """Say an engine's error in this interface's terms.

    Args:
        error: any of the engine's.
        param: path of the field that is at fault, where it is known.

    Returns:
        The error to be told.
    """
    status, kind = next((known for base, known in _STATUS.items() if isinstance(error, base)), _OTHERWISE)
    retry_after = error.retry_after_s if isinstance(error, Busy) else _RETRY_AFTER_S if status == 503 else None
    told = error
    if isinstance(error, InvalidRequest):
        field = str(error.params["field"])
        param = param or _FIELDS.get(field, field)
        told = type(error)(param, str(error.params["detail"]))
    return ApiError(status, sentence(told), kind, param, _CODES.get(error.code, error.code), retry_after)


def invalid(param: str | None, message: str, code: str = "invalid_value") -> ApiError:
    """Refuse a field's value.

    Args:
        param: path of the field.
        message: what is wrong and what to do.
        code: for programs.

    Returns:
        The error, to be raised.
    """
    return ApiError(400, message, param=param, code=code)


def from_outage(outage: Outage) -> ApiError:
    """Say in this interface's terms what keeps the database or the disk from doing its work.

    Args:
        outage: which it is.

    Returns:
        The error, to be told.
    """
    return ApiError(503, str(outage), SERVER, code=outage.code, retry_after_s=outage.retry_after_s)


def unforeseen() -> ApiError:
    """Tell that something went wrong that nobody thought of; the log has the rest.

    Returns:
        The error, to be told.
    """
    message = _("服务器内部出错，请重试；若反复出现，请把响应头 X-Request-ID 的值交给管理员。")
    return ApiError(500, message, SERVER, code="internal_error")


def unsupported(param: str) -> ApiError:
    """Refuse a field that OpenAI has and this interface does not.

    Args:
        param: path of the field.

    Returns:
        The error, to be raised.
    """
    message = _("暂不支持字段 %(field)s，请去掉后重试。") % {"field": param}
    return invalid(param, message, "unsupported_parameter")
