"""Whose questions these are: a signed-in user's, wherever they sign in, or those of one browser, known by a cookie."""

import hashlib
import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac

from inference.models import Owner

COOKIE = "glmv_visitor"
_BYTES = 32
_MAX_AGE_S = 400 * 24 * 3600  # browsers keep no cookie longer
# A value that somebody made up would be somebody else's too.
_SIGNER = Signer(salt="inference.history.visitor")


def may_ask(request: HttpRequest) -> bool:
    """Tell whether somebody may use the question page and see a history there.

    Args:
        request: theirs.
    """
    return request.user.is_authenticated or not settings.GLMV_ASK_LOGIN


def owner_of(request: HttpRequest) -> Owner | None:
    """Find out whose questions a request is about.

    Args:
        request: of a page.

    Returns:
        The user, where one is signed in; else the browser; None for one that brings no cookie of ours.
    """
    if request.user.is_authenticated:
        return Owner(user_id=request.user.pk)
    return visitor_of(request)


def visitor_of(request: HttpRequest) -> Owner | None:
    """Tell which browser this is, whoever has signed in there.

    Args:
        request: of a page.

    Returns:
        The browser; None for one that brings no cookie of ours.
    """
    token = _token_of(request)
    # The cookie opens the history, so the database keeps no more than its fingerprint.
    return Owner(user_id=None, visitor=hashlib.sha256(token.encode()).hexdigest()) if token else None


def mark_of(owner: Owner | None) -> str:
    """Name an owner for scripts, which keep apart by it what several people write in one browser.

    Args:
        owner: who; None where nobody is known.

    Returns:
        A word from which nobody finds out who it is.
    """
    if owner is None:
        return ""
    return salted_hmac("inference.history.mark", f"{owner.user_id}:{owner.visitor}").hexdigest()[:16]


def new_value() -> str:
    """Return what a new browser's cookie says: a random word, signed."""
    return _SIGNER.sign(secrets.token_urlsafe(_BYTES))


def greet(request: HttpRequest) -> None:
    """Give a browser that comes for the first time its name; those of signed-in users need none.

    Args:
        request: of a page, which is the new visitor's from now on.
    """
    if not request.user.is_authenticated and _token_of(request) is None:
        request.COOKIES[COOKIE] = new_value()


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let a browser be known the next time it comes.

    Args:
        request: of a page; greeted.
        response: its answer, which gets the cookie, for 400 days from now.
    """
    patch_vary_headers(response, ["Cookie"])
    if request.user.is_authenticated:
        return
    response.set_cookie(
        COOKIE,
        request.COOKIES[COOKIE],
        max_age=_MAX_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _token_of(request: HttpRequest) -> str | None:
    """Return the random word of a cookie that this site has written."""
    try:
        return _SIGNER.unsign(request.COOKIES.get(COOKIE, ""))
    except BadSignature:
        return None
