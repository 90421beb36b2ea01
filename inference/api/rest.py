"""Named keys at the door of the REST interface: who calls, what the key is good for, how often it may call.

The rules are :mod:`inference.access`'s; here they are put where Django REST Framework asks. ``API_KEY`` closes the
model's door and nothing here: whoever brings it reads what everybody may read.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from inference.access import Caller, TooOften, User, bearer, count_call, recognise
from inference.api.keys import too_often
from inference.models import ApiKey, Scope

if TYPE_CHECKING:
    # Views read their default classes, which are these, while they are being imported.
    from rest_framework.views import APIView


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer`` with a key: the request is its owner's."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey | None] | None:
        """Find out who calls.

        Args:
            request: its key is in the header.

        Returns:
            The user on whose behalf, and the named key; None where the header brings no key.

        Raises:
            AuthenticationFailed: it brings one that is not known. Placeholders are not let pass as at the model's
                door: nothing here makes a client send one, and who sends a key wants to be known.
        """
        given = bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        if not given:
            return None
        caller = recognise(given)
        if caller is None:
            raise AuthenticationFailed(_("API 密钥不正确或已停用；不带密钥也可以读取公开内容。"))
        return caller.user, caller.key

    def authenticate_header(self, request: Request) -> str:
        """Return what ``WWW-Authenticate`` says where a key is missing."""
        return "Bearer"


class PageSession(SessionAuthentication):
    """The session of somebody who is signed in to the pages."""

    def enforce_csrf(self, request: Request) -> None:
        """See that a request is our own page's.

        Raises:
            PermissionDenied: it does not bring the page's token.
        """
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            words = _("登录后的写入请求须带上页面的 CSRF 令牌（请求头 X-CSRFToken）；程序请改用 API 密钥。")
            raise PermissionDenied(words) from error


class KeyAllows(BasePermission):
    """Lets a key read, or write, where it is good for that. What its owner may do, the policies say as ever."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Check the scopes of the key.

        Args:
            request: its ``auth`` is the key, if it came with one.
            view: not used.

        Returns:
            True.

        Raises:
            PermissionDenied: the key is not good for this.
        """
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        reads = request.method in SAFE_METHODS
        scope = Scope.READ if reads else getattr(view, "writing_scope", Scope.WRITE)
        if not key.allows(scope):
            raise PermissionDenied(_("这个 API 密钥没有“%(scope)s”权限，请联系管理员。") % {"scope": scope.label})
        if not reads and key.owner is None:
            raise PermissionDenied(_("这个 API 密钥没有代表的用户，不能写入，请联系管理员。"))
        return True


class CalledTooOften(Throttled):
    """429 with this interface's own sentence."""

    def __init__(self, error: TooOften) -> None:
        super().__init__(detail=too_often(error))
        # Becomes ``Retry-After``. Given to the base class, it would be told a second time, in other words.
        self.wait = error.wait_s


class KeyRate(BaseThrottle):
    """Counts the calls of keys that have a rate, together with those to the model."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count a call.

        Args:
            request: its ``auth`` is the key, if it came with one.
            view: not used.

        Returns:
            True.

        Raises:
            CalledTooOften: the call is one too many.
        """
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        try:
            count_call(Caller(request.user, key))
        except TooOften as error:
            raise CalledTooOften(error) from error
        return True
