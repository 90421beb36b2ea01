"""Who signs in takes along the pictures that wait for their question. What was asked before stays behind."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from inference.history import pictures
from inference.history.owners import visitor_of


def connect() -> None:
    """Hear of everybody who signs in, at whichever door."""
    user_logged_in.connect(_take_along, dispatch_uid="inference.history.signing_in")


def _take_along(request: HttpRequest, user: User, **_signal: Any) -> None:
    if visitor := visitor_of(request):
        pictures.hand_over(visitor, user.pk)
