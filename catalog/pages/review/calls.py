"""What the calls of the review page share: who may make them, JSON in and out, refusals in words."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import policies
from catalog.exceptions import CatalogError

View = Callable[..., HttpResponse]
WHO = "X-Review-User"
"""The header in which the page says whose it is: somebody else may have signed in since, in another tab."""
MOST_TEXT = 20_000
"""Characters of one field, as in the admin."""
MOST_BODY = 2_000_000
TAB = "tab"
"""The name of what tells one tab of a browser from another."""
_TAB_NAME = re.compile(r"[0-9a-z]{0,32}")


class BadCall(CatalogError):
    """A call is not what the page's script would make."""

    code = "bad_call"
    message = gettext_lazy("没有听懂页面发来的内容。请刷新页面后重试；您写的文字还在这台电脑上。")


class LostRecord(CatalogError):
    """A record is gone, or is not the reviewer's to see any more; nobody learns which."""

    code = "lost_record"
    message = gettext_lazy("这条记录已经不在了，或者您无权审核。请看下一条。")


def for_reviewers(view: View) -> View:
    """Let only those call who may review something; the others are told why not, as JSON.

    Args:
        view: takes a request whose user works on a collection.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return refusal("login_required", _("登录已失效，请重新登录。您写的文字已经存在这台电脑上。"), 401)
        if request.headers.get(WHO, str(request.user.pk)) != str(request.user.pk):
            return refusal("other_user", _("这个浏览器里现在登录的是另一个人。请刷新页面，再接着审核。"), 401)
        request.reach = policies.reach_of(request.user)  # type: ignore[attr-defined]  # read by `reach`
        if reach(request).is_empty:
            return refusal("not_a_reviewer", _("您的账号没有参加任何馆藏的编目，不能审核。请找管理员添加角色。"), 403)
        try:
            response = view(request, *args, **kwargs)
        except BadCall as error:
            return refusal(error.code, str(error), 400)
        except LostRecord as error:
            return refusal(error.code, str(error), 404)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return checked


def reviewer(request: HttpRequest) -> User:
    """Return who is signed in, after `for_reviewers` has looked."""
    assert isinstance(request.user, User)  # noqa: S101 - it is not an anonymous one
    return request.user


def reach(request: HttpRequest) -> policies.Reach:
    """Return what whoever is signed in works on, after `for_reviewers` has looked."""
    found: policies.Reach = request.reach  # type: ignore[attr-defined]  # written by `for_reviewers`
    return found


def refusal(code: str, message: str, status: int, **more: Any) -> JsonResponse:
    """Refuse in words.

    Args:
        code: for the script.
        message: for the person.
        status: HTTP's.
        more: what else the script is told.
    """
    return JsonResponse({"error": {"code": code, "message": message}, **more}, status=status)


def read_object(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        BadCall: it is none, or far too long.
    """
    if len(request.body) > MOST_BODY:
        raise BadCall
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):  # the latter of brackets within brackets within brackets
        raise BadCall from None
    if not isinstance(given, dict):
        raise BadCall
    return given


def text_of(value: object, most: int = MOST_TEXT) -> str:
    """Return a text of a call.

    Raises:
        BadCall: it is none, or too long.
    """
    if not isinstance(value, str):
        raise BadCall
    if len(value) > most:
        raise BadCall(
            _("这一项最多 %(most)s 个字，您写了 %(number)s 个。请缩短后再保存。"), most=most, number=len(value)
        )
    return value


def key_of(value: object) -> int:
    """Return a record's key of a call.

    Raises:
        BadCall: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise BadCall
    return value


def keys_of(values: object, most: int = 500) -> list[int]:
    """Return keys of a call.

    Raises:
        BadCall: they are none, or too many.
    """
    if not isinstance(values, list) or len(values) > most:
        raise BadCall
    return [key_of(value) for value in values]


def tab_of(name: object) -> str:
    """Return the tab of the browser that a call names; who names none is in one without a name.

    Raises:
        BadCall: it is no such name.
    """
    if name is None:
        return ""
    if not isinstance(name, str) or not _TAB_NAME.fullmatch(name):
        raise BadCall
    return name
