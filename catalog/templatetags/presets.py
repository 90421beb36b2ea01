"""Template tags of the pages of presets."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def entry(table: Mapping[str, Any], key: str) -> Any:
    """Return what a mapping has for a key; empty where it has nothing."""
    return table.get(key, "")
