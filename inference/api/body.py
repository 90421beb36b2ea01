"""Reads the body of a request by itself.

Django takes a chunked body for an empty one, and refuses bodies over 2.5 MB, which is less than a photograph.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from inference.api.errors import ApiError, invalid

_MB = 1024 * 1024


class BodyTooLarge(ApiError):
    """413: the body is longer than allowed, and most of it may not have been read."""

    def __init__(self, limit_mb: int | None = None) -> None:
        """Refuse a body.

        Args:
            limit_mb: what is allowed here; None: what is allowed in requests to the interface.
        """
        limit = settings.GLMV_MAX_REQUEST_MB if limit_mb is None else limit_mb
        message = _("请求超过 %(limit)s MB 的上限，请缩小图片后重试。") % {"limit": limit}
        super().__init__(413, message, code="request_too_large")


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Read a request's body.

    Args:
        request: nobody has touched its body yet.

    Returns:
        The JSON object.

    Raises:
        ApiError: 413 where it is too long, which a stated length shows before anything is read; 408 where the server
            lost patience with it; 400 where it is no JSON object.
    """
    try:
        value = json.loads(_read(request.META), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = _("请求体不是有效的 JSON（第 %(line)s 行第 %(column)s 列），请检查后重试。")
        raise invalid(None, message % {"line": error.lineno, "column": error.colno}, "invalid_json") from error
    except (ValueError, RecursionError) as error:  # no UTF-8, a number of thousands of digits, nested without end
        raise invalid(None, _("请求体不是有效的 JSON，请检查后重试。"), "invalid_json") from error
    if not isinstance(value, dict):
        raise invalid(None, _("请求体应为 JSON 对象。"), "invalid_json")
    return value


def _read(environ: dict[str, Any]) -> bytes:
    limit = settings.GLMV_MAX_REQUEST_MB * _MB
    stream = environ["wsgi.input"]
    try:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Reading up to the end is safe only where the server marks the end of the body.
            body: bytes = stream.read(limit + 1) if environ.get("wsgi.input_terminated") else b""
            if len(body) > limit:
                raise BodyTooLarge
            return body
        length = stated_length(environ)
        if length > limit:
            raise BodyTooLarge
        body = stream.read(length)
    except ApiError:
        raise
    except TimeoutError as error:
        raise ApiError(408, _("请求体不完整，请重新发送。"), code="request_timeout") from error
    except Exception as error:  # the client hung up in the middle, or its chunks are malformed: servers differ
        raise invalid(None, _("请求体不完整，请重新发送。"), "incomplete_body") from error
    if len(body) < length:
        raise invalid(None, _("请求体不完整，请重新发送。"), "incomplete_body")
    return body


def stated_length(environ: Mapping[str, Any]) -> int:
    """Read how long a body says that it is.

    Args:
        environ: of its request.

    Returns:
        Bytes; 0 where nothing is said.
    """
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _refuse_constant(name: str) -> NoReturn:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(name)
