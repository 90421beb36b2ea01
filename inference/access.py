"""Who asks, and what they may: the policies of the model service.

``API_KEY`` closes the door that is open by default; named keys open it too, each for what it is good for; this
system's own processes bring the internal key.
"""

import hmac
import math
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from inference.models import ApiKey, Scope
from inference.models.api_keys import PREFIX
from inference.rates import rates
from inference.uses import note_use

User = AbstractBaseUser | AnonymousUser


class KeyRefused(Exception):
    """No key, one that is not known, or one that has been switched off."""


@dataclass
class TooOften(Exception):
    """A key has been used more often than it may be.

    Attributes:
        limit: how many calls it has in a minute.
        wait_s: whole seconds after which the next one will be let in.
    """

    limit: int
    wait_s: int


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
    # Spaces alone: the last byte of a Chinese character may be one in Latin-1.
    return given.strip(" \t") if scheme.lower() == "bearer" else ""


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
    caller = recognise(given)
    if caller is not None:
        return caller
    if settings.API_KEY or given.startswith(PREFIX):
        raise KeyRefused
    return Caller(AnonymousUser())


def recognise(token: str) -> Caller | None:
    """Find out whose key somebody brings; a named one is marked as used.

    Args:
        token: the key; empty without one.

    Returns:
        The caller, or None where the key is not known or has been switched off.
    """
    # Both are compared always: how long a refusal takes says nothing about either.
    internal = is_same(token, settings.GLMV_INTERNAL_KEY)
    shared = is_same(token, settings.API_KEY)
    if internal:
        return Caller(AnonymousUser(), internal=True)
    if shared:
        return Caller(AnonymousUser())
    key = ApiKey.objects.find(token) if token.startswith(PREFIX) else None
    if key is None:
        return None
    note_use(key)
    return Caller(key.owner or AnonymousUser(), key)


def is_same(given: str, key: str) -> bool:
    """Compare what a header brings with a key, in a time that tells nothing.

    Args:
        given: from a header, as WSGI hands it on.
        key: of this installation; an empty one is nobody's.
    """
    return bool(key) and hmac.compare_digest(_sent(given), key.encode())


def count_call(caller: Caller) -> None:
    """Count a call against the rate of the caller's key.

    Args:
        caller: who calls.

    Raises:
        TooOften: the call is one too many.
    """
    key = caller.key
    if key is None or key.rate_per_minute is None:
        return
    # By its fingerprint: a key that has been replaced begins anew.
    wait_s = rates.count(key.digest, key.rate_per_minute)
    if wait_s:
        raise TooOften(key.rate_per_minute, math.ceil(wait_s))


@dataclass(frozen=True, slots=True)
class Standing:
    """How often a key may still be used.

    Attributes:
        limit: how many calls it has in a minute.
        left: how many of them are left now.
        reset_s: whole seconds after which all of them are to be had again.
    """

    limit: int
    left: int
    reset_s: int


def standing_of(key: ApiKey) -> Standing | None:
    """Tell how often a key may still be used.

    Args:
        key: the key.

    Returns:
        That; None where it has no bound.
    """
    if key.rate_per_minute is None:
        return None
    left, reset_s = rates.left(key.digest, key.rate_per_minute)
    return Standing(key.rate_per_minute, left, math.ceil(reset_s))


def may_manage_keys(user: User) -> bool:
    """Tell whether somebody may make, change and replace keys: a key can act for anybody.

    Args:
        user: who wants to.
    """
    return bool(user.is_active and getattr(user, "is_superuser", False))


def may_read_exchanges(user: User) -> bool:
    """Tell whether somebody may read what others asked.

    Args:
        user: who wants to.
    """
    return bool(user.is_active and getattr(user, "is_superuser", False))


def _sent(header: str) -> bytes:
    """Return the bytes that came: WSGI hands them on as Latin-1 whatever they are."""
    try:
        return header.encode("latin-1")
    except UnicodeEncodeError:
        return header.encode("utf-8", "surrogatepass")
