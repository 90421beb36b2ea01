"""Who may ask: everybody while ``API_KEY`` is empty, otherwise whoever brings it; and this system's own processes."""

import hmac

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from inference.api.errors import ApiError


def is_internal(request: HttpRequest) -> bool:
    """Check the key of a request.

    Args:
        request: its key is in the header ``Authorization``, after ``Bearer``.

    Returns:
        Whether it comes from one of this system's own processes, which may ask for the batch lane.

    Raises:
        ApiError: 401, the key is wrong or missing.
    """
    scheme, _space, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        given = ""
    # Both are compared always: how long a refusal takes says nothing about either.
    internal = _same(given.strip(), settings.GLMV_INTERNAL_KEY)
    known = _same(given.strip(), settings.API_KEY)
    if internal:
        return True
    if settings.API_KEY and not known:
        message = _("API 密钥缺失或不正确，请在请求头写明 Authorization: Bearer <密钥>。")
        raise ApiError(401, message, "authentication_error", code="invalid_api_key")
    return False


def _same(given: str, key: str) -> bool:
    return bool(key) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.encode())
