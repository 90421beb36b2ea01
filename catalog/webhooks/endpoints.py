"""Endpoints: their secrets, given and replaced, and the message that tries one out."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalog.models import WebhookDelivery, WebhookEndpoint
from catalog.records import outbox
from catalog.vocabulary import EventKind
from catalog.webhooks import signing

OVERLAP = timedelta(hours=24)
"""For how long the secret before signs as well, once it was replaced."""


def create(endpoint: WebhookEndpoint) -> str:
    """Save a new endpoint with a secret.

    Args:
        endpoint: the endpoint.

    Returns:
        The secret, which nobody is shown again.
    """
    secret = _issue(endpoint)
    endpoint.save(force_insert=True)
    return secret


def change(endpoint: WebhookEndpoint, columns: Collection[str]) -> None:
    """Save what was changed of an endpoint; it is tried again at once, whatever was wrong with it before.

    Args:
        endpoint: the endpoint, with its new values.
        columns: the columns that were changed.
    """
    endpoint.failures, endpoint.resting_until = 0, None
    endpoint.save(update_fields=[*columns, "failures", "resting_until"])


def switch(chosen: Collection[int], *, active: bool) -> None:
    """Switch endpoints on or off.

    Args:
        chosen: their keys.
        active: whether they are told of events from now on.
    """
    WebhookEndpoint.objects.filter(pk__in=chosen).update(active=active, failures=0, resting_until=None)


@transaction.atomic
def replace(endpoint: WebhookEndpoint, *, seen: str) -> str | None:
    """Put a new secret in the place of one; both sign for a day, so that the receiver need not be changed at once.

    Args:
        endpoint: the endpoint.
        seen: the digest of the secret that is to be replaced: a page that is sent twice replaces once.

    Returns:
        The new secret; None where another one is in its place already.
    """
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.digest != seen:
        return None
    row.previous_salt, row.previous_until = row.salt, timezone.now() + OVERLAP
    if not _is_true(row):
        # `SECRET_KEY` was changed: the one before cannot be made any more.
        row.previous_salt, row.previous_until = "", None
    secret = _issue(row)
    row.save(update_fields=["salt", "digest", "previous_salt", "previous_until"])
    return secret


def keys_of(endpoint: WebhookEndpoint) -> list[bytes]:
    """Return the keys that sign what an endpoint is sent; none where `SECRET_KEY` is not the one any more.

    Args:
        endpoint: the endpoint.
    """
    if not _is_true(endpoint):
        return []
    keys = [signing.key_of(endpoint.salt)]
    if endpoint.previous_until is not None and endpoint.previous_until > timezone.now():
        keys.append(signing.key_of(endpoint.previous_salt))
    return keys


@transaction.atomic
def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Have an endpoint sent a message that means nothing.

    Args:
        endpoint: the endpoint.

    Returns:
        The delivery, which the worker sends.
    """
    event = outbox.write(kind=EventKind.TEST, endpoints=[endpoint.pk], data={"endpoint": endpoint.name})
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(resting_until=None)
    return event.deliveries.get()


def _is_true(endpoint: WebhookEndpoint) -> bool:
    return signing.is_digest_of(endpoint.digest, signing.key_of(endpoint.salt))


def _issue(endpoint: WebhookEndpoint) -> str:
    """Give an endpoint a secret, not saved yet; return it."""
    endpoint.salt = signing.new_salt()
    key = signing.key_of(endpoint.salt)
    endpoint.digest = signing.digest_of(key)
    return signing.shown(key)
