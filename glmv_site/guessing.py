"""A brake on guessing passwords: from where somebody signs in, and what they see when they have tried too often.

django-axes counts; the settings beside ``AXES_FAILURE_LIMIT`` say what.
"""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def client_address(request: HttpRequest) -> str | None:
    """Find out which machine a request comes from.

    Args:
        request: any.

    Returns:
        Its address. Behind an HTTPS proxy the last one of ``X-Forwarded-For``, which that proxy wrote; whatever stands
        before it, and all of it without a proxy, could have been made up. None where there is none.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if not settings.HTTPS:
        return peer
    return _address(request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]) or peer


def refuse(request: HttpRequest, _response: HttpResponse | None, _credentials: dict[str, Any] | None) -> HttpResponse:
    """Say that somebody has to wait.

    Args:
        request: one that came with a name and a password.
        _response: what would have been answered.
        _credentials: the name.

    Returns:
        A page with the status 429.
    """
    wait_s = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = render(request, "registration/locked.html", {"minutes": -(-wait_s // 60)}, status=429)
    response.headers["Retry-After"] = str(wait_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(given: str) -> str | None:
    try:
        return str(ipaddress.ip_address(given.strip()))
    except ValueError:
        return None
