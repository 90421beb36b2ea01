"""Whose questions these are: a signed-in user's, wherever they sign in, or those of one browser, known by a cookie."""

import hashlib
import secrets

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

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
    token = _token_of(request)
    if token is None:
        return None
    # The cookie opens the history, so the database keeps no more than its fingerprint.
    return Owner(user_id=None, visitor=hashlib.sha256(token.encode()).hexdigest())


def new_value() -> str:
    """Return what a new browser's cookie says: a random word, signed."""
    return _SIGNER.sign(secrets.token_urlsafe(_BYTES))


def ensure_visitor(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let a browser be known the next time it comes; those of signed-in users need nothing.

    Args:
        request: of a page.
        response: its answer, which gets the cookie; one that is there already is kept, for 400 days from now.
    """
    patch_vary_headers(response, ["Cookie"])
    if request.user.is_authenticated:
        return
    value = request.COOKIES[COOKIE] if _token_of(request) else new_value()
    response.set_cookie(
        COOKIE, value, max_age=_MAX_AGE_S, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _token_of(request: HttpRequest) -> str | None:
    """Return the random word of a cookie that this site has written."""
    try:
        return _SIGNER.unsign(request.COOKIES.get(COOKIE, ""))
    except BadSignature:
        return None
