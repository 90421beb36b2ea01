"""Who asks, and what they may: the policies of the model service.

``API_KEY`` closes the door that is open by default; named keys open it too, each for what it is good for; this
system's own processes bring the internal key.
"""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from inference.models import ApiKey, Scope
from inference.models.api_keys import PREFIX

User = AbstractBaseUser | AnonymousUser


class KeyRefused(Exception):
    """No key, one that is not known, or one that has been switched off."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        user: on whose behalf; what they may see, the caller may see.
        key: the named key that was brought; None without one.
        internal: whether it is one of this system's own processes.
    """

    user: User
    key: ApiKey | None = None
    internal: bool = False

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller may do something.

        Args:
            scope: what; without a named key anybody who is let in may ask, and nothing else.
        """
        if self.internal:
            return True
        if self.key is None:
            return scope is Scope.ASK
        return self.key.allows(scope)


def bearer(authorization: str) -> str:
    """Read a header.

    Args:
        authorization: its value.

    Returns:
        What stands after ``Bearer``; empty where it says something else.
    """
    scheme, _space, given = authorization.partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def identify(authorization: str) -> Caller:
    """Find out who calls an interface.

    Args:
        authorization: the header's value; empty without one.

    Returns:
        The caller. Where no key is asked for, placeholders that clients send are as good as none; what looks like a
        key of ours has to be one.

    Raises:
        KeyRefused: the key is missing, unknown or switched off.
    """
    given = bearer(authorization)
    # Both are compared always: how long a refusal takes says nothing about either.
    internal = _same(given, settings.GLMV_INTERNAL_KEY)
    shared = _same(given, settings.API_KEY)
    if internal:
        return Caller(AnonymousUser(), internal=True)
    if shared:
        return Caller(AnonymousUser())
    key = ApiKey.objects.find(given) if given.startswith(PREFIX) else None
    if key is not None:
        return Caller(key.owner or AnonymousUser(), key)
    if settings.API_KEY or given.startswith(PREFIX):
        raise KeyRefused
    return Caller(AnonymousUser())


def _same(given: str, key: str) -> bool:
    return bool(key) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.encode())
