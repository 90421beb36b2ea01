"""The door of what the question page calls: who asks, is it really the page, and errors as the interface words them."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import CSRFCheck

from inference.api import wire
from inference.api.body import read_json
from inference.api.errors import ApiError, from_engine, from_outage, invalid
from inference.api.fields import Fields
from inference.engine.errors import EngineError
from inference.errors import FAILING, FULL, outage_of
from inference.history import pictures, quotas
from inference.history.owners import mark_of, may_ask, owner_of
from inference.models import Owner

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Owner, P], HttpResponseBase]
_SAFE = ("GET", "HEAD")

logger = logging.getLogger(__name__)


def page_call(*methods: str) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Make a view that is told whose request it is, and answers in JSON whatever goes wrong.

    The view checks with :func:`require_page` that a request which changes something comes from our page.

    Args:
        methods: HTTP's, that are answered.

    Returns:
        A decorator.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        # Django's own check would read an upload before anybody could say that it is too long.
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise ApiError(405, _("这个地址不支持此请求方法。"), code="method_not_allowed")
                response = view(request, _owner(request), *args, **kwargs)
            except Exception as error:  # what is our own mistake is raised again
                told = _told(error)
                if told is None:
                    raise
                response = told.response()
            if response.status_code == 405:
                response.headers["Allow"] = ", ".join(methods)
            response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ["Cookie"])
            return response

        return answer

    return decorate


def require_page(request: HttpRequest) -> None:
    """Refuse what another site made a browser send.

    Args:
        request: its form, if it has one, has been read.

    Raises:
        ApiError: 403, the token is missing or wrong.
    """
    check = CSRFCheck(_page)
    check.process_request(request)
    if check.process_view(request, _page, (), {}):
        raise ApiError(403, _("页面已过期，请刷新后重试。"), "permission_error", code="csrf_failed")


def read_fields(request: HttpRequest) -> Fields:
    """Read the JSON that our page sent.

    Args:
        request: nobody has touched its body yet.

    Returns:
        Its fields.

    Raises:
        ApiError: it is no JSON, too long, or not from our page.
    """
    # Nothing but JSON: Django would read a form in order to look for the token in it.
    if request.content_type != wire.JSON:
        raise invalid(None, _("请以 application/json 发送请求体。"), "invalid_content_type")
    require_page(request)
    return Fields(read_json(request))


def json_answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    """Answer with JSON.

    Args:
        value: what is told.
        status: HTTP's.
    """
    return HttpResponse(wire.encode(value), status=status, content_type=wire.JSON)


def not_found(message: str) -> ApiError:
    """Refuse what is not there, or somebody else's: nobody learns which.

    Args:
        message: what is missing and what to do.

    Returns:
        The error, to be raised.
    """
    return ApiError(404, message, code="not_found")


def _page(_request: HttpRequest) -> HttpResponse:
    """Stands for the view that Django's check would go on to."""
    return HttpResponse()


def _owner(request: HttpRequest) -> Owner:
    if not may_ask(request):
        raise ApiError(401, _("请先登录，再来提问。"), "authentication_error", code="login_required")
    owner = owner_of(request)
    claimed = request.headers.get("X-Ask-Owner", "")
    if claimed and claimed != mark_of(owner):
        # The page was a user's whose session has ended since, or who has made room for another one.
        raise ApiError(
            401, _("登录已失效，请重新登录，再来提问。"), "authentication_error", code="login_required"
        )  # fmt: skip
    if owner is None:
        message = _("没有收到浏览器的访客标识：请允许本站使用 Cookie，刷新页面后重试。")
        raise ApiError(401, message, "authentication_error", code="visitor_unknown")
    return owner


def _told(error: Exception) -> ApiError | None:
    """Say an error in the interface's terms; None where it is our own mistake."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, EngineError):
        return from_engine(error)
    if isinstance(error, quotas.TooManyWaiting):
        message = _("已有 %(limit)s 张图片还没有提问：请先提问，或移除几张，再添加新的。")
        values = {"limit": quotas.MOST_WAITING}
        return ApiError(429, message % values, "rate_limit_error", param="file", code="too_many_images")
    if isinstance(error, quotas.VisitorsFull):
        message = _("未登录的访客上传后还没有提问的图片太多，暂时不能再添加：请过一会儿再试，或登录后再上传。")
        return ApiError(429, message, "rate_limit_error", param="file", code="visitors_full", retry_after_s=600)
    if isinstance(error, pictures.PictureInUse):
        message = _("这张图片已经提问过，请在历史记录里删除，或重新上传。")
        return ApiError(409, message, code="image_in_use")
    outage = FULL if isinstance(error, quotas.DiskNearlyFull) else outage_of(error)
    if outage is None and isinstance(error, OSError):
        outage = FAILING
    if outage is None:
        return None
    logger.error("the database or %s does not work", settings.MEDIA_ROOT, exc_info=error)
    return from_outage(outage)
