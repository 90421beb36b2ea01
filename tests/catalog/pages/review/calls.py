"""The calls of the review page, for tests."""

import json
from typing import Any

from django.test import Client

from catalog.models import Annotation, Image


def post(client: Client, address: str, body: object, **headers: str) -> Any:
    """Send JSON as the page's script does."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address, content, content_type="application/json", headers=headers)


def take_next(client: Client, query: str = "", **body: Any) -> Any:
    """Ask for the next record of a queue; return what is told of it, or None."""
    response = post(client, f"/review/next/{query}", body)
    assert response.status_code == 200, response.content
    return response.json()["record"]


def decide(client: Client, image: Image, do: str, **body: Any) -> Any:
    """Decide something about a record."""
    return post(client, f"/review/records/{image.pk}/decide/", {"do": do, **body})


def draft_of(image: Image, field: str) -> Annotation:
    """Return a record's draft for a field."""
    return image.annotations.drafts().get(field=field)


def field_of(record: Any, name: str) -> Any:
    """Return what is told of one field of a record."""
    return next(field for field in record["fields"] if field["name"] == name)
