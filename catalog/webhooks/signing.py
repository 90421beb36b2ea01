"""Signatures, in the manner of Standard Webhooks: HMAC-SHA256 over the message's id, its time and its body.

A secret is derived from `SECRET_KEY` and a salt, so that a copy of the database signs nothing. Who changes
`SECRET_KEY` has to replace the secrets; a digest of each tells.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from django.utils.crypto import constant_time_compare, salted_hmac

PREFIX = "whsec_"
"""How a secret begins where people and libraries read it."""
_PURPOSE = "catalog.webhooks"


def new_salt() -> str:
    """Return what a new secret is derived from."""
    return secrets.token_hex(32)


def key_of(salt: str) -> bytes:
    """Return the key that a salt stands for, under the present `SECRET_KEY`."""
    return salted_hmac(_PURPOSE, salt, algorithm="sha256").digest()


def shown(key: bytes) -> str:
    """Return a key as receivers are told it."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def digest_of(key: bytes) -> str:
    """Return what is kept of a key: enough to tell it, not to find it."""
    return hashlib.sha256(key).hexdigest()


def is_digest_of(digest: str, key: bytes) -> bool:
    """Tell whether a digest is this key's."""
    return constant_time_compare(digest, digest_of(key))


def signature(keys: Sequence[bytes], *, message: str, timestamp: int, body: bytes) -> str:
    """Return the header `webhook-signature`.

    Args:
        keys: a signature is made with each of them; receivers take the message where one is right.
        message: the message's id.
        timestamp: seconds since 1970.
        body: the bytes that are sent.

    Returns:
        The signatures, a space between them.
    """
    signed = f"{message}.{timestamp}.".encode() + body
    made = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii") for key in keys)
    return " ".join(f"v1,{each}" for each in made)
