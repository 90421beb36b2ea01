"""How the REST interface says that something is wrong: problem details by RFC 9457, for every status.

``detail`` is a sentence for people, ``code`` a stable name for programs, and ``errors`` says which of the fields that
were sent are at fault. It is set as Django REST Framework's `EXCEPTION_HANDLER`; what is refused before a view is
reached, the site says with `problem_response`.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as Invalid
from rest_framework.response import Response
from rest_framework.views import exception_handler

from catalog.api.conditions import PreconditionFailed
from catalog.exceptions import CatalogError, UploadTooLarge, VersionOutdated
from inference.errors import Outage, outage_of

MEDIA_TYPE = "application/problem+json"

_TITLES: Mapping[int, Promise] = {
    400: gettext_lazy("请求有误"),
    401: gettext_lazy("需要登录或密钥"),
    403: gettext_lazy("没有权限"),
    404: gettext_lazy("没有找到"),
    405: gettext_lazy("不支持此请求方法"),
    406: gettext_lazy("没有所要的格式"),
    408: gettext_lazy("请求超时"),
    409: gettext_lazy("与当前状态冲突"),
    412: gettext_lazy("内容已被改动"),
    413: gettext_lazy("请求过大"),
    415: gettext_lazy("不支持的内容类型"),
    422: gettext_lazy("与先前的请求不符"),
    428: gettext_lazy("需要写明所依据的版本"),
    429: gettext_lazy("请求过于频繁"),
    503: gettext_lazy("暂时不可用"),
}
_OTHERWISE = gettext_lazy("出错了")
# Where an error belongs to no field, Django REST Framework names this one.
_NO_FIELD = "non_field_errors"

logger = logging.getLogger(__name__)


class Conflict(APIException):
    """409: how things stand does not allow it now."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class TooLarge(APIException):
    """413 with the catalogue's own sentence."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "upload_too_large"


def problem(status: int, detail: str, *, code: str, errors: object = None) -> dict[str, Any]:
    """Write problem details.

    Args:
        status: HTTP's.
        detail: what is wrong and what to do.
        code: its name, for programs.
        errors: what is wrong with which field, as Django REST Framework says it; None where no field is at fault.

    Returns:
        The JSON object. Its type is ``about:blank``: the status says what kind of problem it is, the code which one.
    """
    title = str(_TITLES.get(status, _OTHERWISE))
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return told if errors is None else {**told, "errors": errors}


def problem_response(status: int, detail: str, *, code: str) -> JsonResponse:
    """Answer where no view of this interface does.

    Args:
        status: HTTP's.
        detail: what is wrong and what to do.
        code: its name, for programs.

    Returns:
        The answer.
    """
    response = JsonResponse(
        problem(status, detail, code=code), status=status, json_dumps_params={"ensure_ascii": False}
    )  # fmt: skip
    response.headers["Content-Type"] = MEDIA_TYPE
    return response


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer instead of a view that raised an error.

    Args:
        error: what it raised.
        context: the view and its request.

    Returns:
        The answer; None for a mistake of ours, which is raised again.
    """
    outage = outage_of(error)
    if outage is not None:
        request = context["request"]
        logger.error("%s %s: %s", request.method, request.path, error)
        return _unavailable(outage)
    if isinstance(error, CatalogError | ValidationError):
        # Rooms refuse in their own words: what does not go with how things stand, or a value that is not allowed.
        error = _refused(error)
    answered = exception_handler(error, context)
    if answered is None:
        return None
    answered.data = _told(answered, error) | getattr(error, "more", {})
    for name, value in getattr(error, "headers", {}).items():
        answered[name] = value
    answered.content_type = MEDIA_TYPE
    return answered


def _refused(error: CatalogError | ValidationError) -> APIException:
    if isinstance(error, VersionOutdated):
        return PreconditionFailed(str(error), changed=error.changed, version=error.version)
    if isinstance(error, UploadTooLarge):
        return TooLarge(str(error))
    if isinstance(error, CatalogError):
        return Conflict(str(error), error.code)
    told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    return Invalid({_NO_FIELD if name == NON_FIELD_ERRORS else name: words for name, words in told.items()})


def _unavailable(outage: Outage) -> Response:
    told = problem(503, str(outage), code=outage.code)
    return Response(told, 503, headers={"Retry-After": str(outage.retry_after_s)}, content_type=MEDIA_TYPE)


def _told(answered: Response, error: Exception) -> dict[str, Any]:
    status, data = answered.status_code, answered.data
    if isinstance(error, Http404):  # Django's own words are English, and name our classes
        data = {"detail": _("没有找到：地址里的编号或代号可能写错了，也可能没有公开。")}
    if isinstance(data, dict) and set(data) == {"detail"}:
        return problem(status, str(data["detail"]), code=_code_of(error))
    errors = data if isinstance(data, dict) else {_NO_FIELD: data}
    return problem(status, " ".join(_sentences(errors)), code="invalid", errors=errors)


def _code_of(error: Exception) -> str:
    """Return Django REST Framework's name of an error; Django's own two errors have theirs as well."""
    if isinstance(error, APIException):
        codes = error.get_codes()
        return codes if isinstance(codes, str) else error.default_code
    return {Http404: "not_found", PermissionDenied: "permission_denied"}.get(type(error), "error")


def _sentences(errors: object, name: str = "") -> Iterator[str]:
    """Write errors of fields as sentences, each with the field's name."""
    if isinstance(errors, dict):
        for key, value in errors.items():
            path = ".".join(part for part in (name, "" if key == _NO_FIELD else str(key)) if part)
            yield from _sentences(value, path)
    elif isinstance(errors, list):
        for value in errors:
            yield from _sentences(value, name)
    else:
        yield _("%(field)s：%(reason)s") % {"field": name, "reason": errors} if name else str(errors)
