"""What the site answers where no view does, in the form of the door that was used.

Programs that ask the model read OpenAI's envelope, those that read the catalogue problem details, scripts of our pages
JSON, and people a page. Here are the site's error handlers, among them the one for what nobody caught: an outage of the
database or the disk is 503 with a sentence, everything else our own mistake.
"""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from catalog.api.problems import problem_response
from inference.api.errors import INVALID, SERVER, ApiError, unforeseen
from inference.errors import outage_of

REST = "/api/"
MODEL = ("/v1/", "/ask/images/", "/ask/answer/")
"""Doors that speak OpenAI's language: the model's interface, and what the question page calls."""


def refuse(
    request: HttpRequest, status: int, sentence: str, *, code: str, retry_after_s: int | None = None
) -> HttpResponse:
    """Answer with a sentence.

    Args:
        request: whose form counts.
        status: HTTP's.
        sentence: what is wrong and what to do.
        code: its name, for programs.
        retry_after_s: seconds after which another try makes sense; None where none does.

    Returns:
        The answer, which no cache keeps.
    """
    if request.path_info.startswith(REST):
        response: HttpResponse = problem_response(status, sentence, code=code)
    elif request.path_info.startswith(MODEL):
        response = ApiError(status, sentence, SERVER if status >= 500 else INVALID, code=code).response()
    elif request.accepts("application/json") and not request.accepts("text/html"):
        response = JsonResponse({"error": sentence}, status=status, json_dumps_params={"ensure_ascii": False})
    elif status == 503:
        # Without the request: a page that looked for who is signed in would ask the database.
        response = HttpResponse(loader.get_template("503.html").render({"sentence": sentence}), status=status)
    else:
        response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where something was raised and caught by nobody, in a view or around it.

    Args:
        request: any.

    Returns:
        503 in an outage, 500 otherwise.
    """
    error = sys.exc_info()[1]
    outage = outage_of(error) if error is not None else None
    if outage is not None:
        return refuse(request, 503, str(outage), code=outage.code, retry_after_s=outage.retry_after_s)
    if _is_program(request):
        told = unforeseen()
        return refuse(request, told.status, told.message, code=str(told.code))
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer to what Django itself does not understand.

    Args:
        request: any.
        exception: why.
    """
    if _is_program(request):
        return refuse(request, 400, _("请求有误，请检查地址、请求头和内容后重试。"), code="bad_request")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer to who may not do something.

    Args:
        request: any.
        exception: why.
    """
    if _is_program(request):
        return refuse(request, 403, _("没有权限，请联系管理员。"), code="permission_denied")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer at an address of nothing.

    Args:
        request: any.
        exception: why.
    """
    if _is_program(request):
        return refuse(request, 404, _("没有这个接口地址，可用的地址见 /api/docs/。"), code="not_found")
    return defaults.page_not_found(request, exception)


def _is_program(request: HttpRequest) -> bool:
    return request.path_info.startswith((REST, *MODEL))
