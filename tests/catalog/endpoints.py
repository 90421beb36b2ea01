"""What tests of webhooks share: an endpoint with its secret, and what a receiver makes of a message."""

import base64
import hashlib
import hmac
import json
from ipaddress import ip_network
from typing import Any

from catalog.models import Collection, WebhookDelivery, WebhookEndpoint
from catalog.vocabulary import EventKind
from catalog.webhooks import endpoints
from catalog.webhooks.sending import Sender

HOST = "oa.example"
HERE = ["127.0.0.1"]


def endpoint(
    *kinds: EventKind, url: str = f"https://{HOST}/glmv", collection: Collection | None = None, **columns: Any
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint that wants some kinds of events, all of them where none is named; return its secret too."""
    made = WebhookEndpoint(
        name=columns.pop("name", f"系统 {WebhookEndpoint.objects.count()}"),
        url=url,
        events=[kind.value for kind in kinds or EventKind.offered()],
        collection=collection,
        **columns,
    )
    return made, endpoints.create(made)


def sender(*hosts: str, **options: Any) -> Sender:
    """Return one for which every name leads to this machine, whose network is let pass."""
    options = {"networks": [ip_network("127.0.0.0/8")], "resolve": lambda *_: HERE, **options}
    return Sender(hosts, **options)


def told() -> list[dict[str, Any]]:
    """Return what is to be told, the oldest first."""
    rows = WebhookDelivery.objects.order_by("pk").select_related("event")
    return [json.loads(row.event.body) for row in rows]


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Tell whether a receiver with this secret takes a message for ours."""
    found = {name.lower(): value for name, value in headers.items()}
    signed = f"{found['webhook-id']}.{found['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in found["webhook-signature"].split(" ")
