"""Lets a request in, or refuses it: the header ``Authorization`` says who asks."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from inference.access import Caller, KeyRefused, TooOften, count_call, identify
from inference.api.errors import ApiError
from inference.models import Scope


def admit(request: HttpRequest, scope: Scope | None = None) -> Caller:
    """Check the key of a request.

    Args:
        request: its key is in the header ``Authorization``, after ``Bearer``.
        scope: what the caller wants to do; None where any key will do.

    Returns:
        Who asks.

    Raises:
        ApiError: 401, the key is wrong or missing; 403, it is not good for this; 429, it has been used too often.
    """
    try:
        caller = identify(request.META.get("HTTP_AUTHORIZATION", ""))
    except KeyRefused as error:
        message = _("API 密钥缺失或不正确，请在请求头写明 Authorization: Bearer <密钥>。")
        raise ApiError(401, message, "authentication_error", code="invalid_api_key") from error
    if scope is not None and not caller.may(scope):
        message = _("这个 API 密钥没有“%(scope)s”权限，请联系管理员。") % {"scope": scope.label}
        raise ApiError(403, message, "permission_error", code="insufficient_permissions")
    try:
        count_call(caller)
    except TooOften as error:
        message = too_often(error)
        raise ApiError(429, message, "rate_limit_error", None, "rate_limit_exceeded", error.wait_s) from error
    return caller


def too_often(error: TooOften) -> str:
    """Say that a key has been used more often than it may be, and when it may be again.

    Args:
        error: what says so.

    Returns:
        The sentence in the active language.
    """
    words = _("这个 API 密钥每分钟最多请求 %(limit)d 次，请在 %(seconds)d 秒后再试。")
    return words % {"limit": error.limit, "seconds": error.wait_s}
