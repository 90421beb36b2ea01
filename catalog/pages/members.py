"""Pages for members: whoever is not signed in is led to do so, and everybody else is told that it is not for them."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from catalog import policies

if TYPE_CHECKING:
    from django.contrib.auth.models import User

View = Callable[..., HttpResponseBase]


def member_page(view: View) -> View:
    """Open a page to members of any collection; which records they see there, the view asks the policies."""

    @wraps(view)
    def opened(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not policies.is_member(request.user):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return opened


def signed_in(request: HttpRequest) -> "User":
    """Return the user of a page that only opens to those who are signed in.

    Raises:
        PermissionDenied: nobody is.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user
