"""Keys by name, for tests."""

from itertools import count
from typing import Any

from inference.models import ApiKey, Scope

_numbers = count(1)


def issued(*scopes: Scope, **values: Any) -> tuple[ApiKey, str]:
    """Return a new key as the database knows it, and what a program would send."""
    values.setdefault("name", f"程序 {next(_numbers)}")
    key, token = ApiKey.objects.issue(scopes=scopes, **values)
    return ApiKey.objects.select_related("owner").get(pk=key.pk), token


def bearing(token: str) -> dict[str, str]:
    """Return the headers with which a key is sent."""
    return {"Authorization": f"Bearer {token}"}
