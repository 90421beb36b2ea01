"""The model service in Django's admin: keys, and what was asked. Both are for administrators."""

from inference.admin import exchanges, keys

__all__ = ["exchanges", "keys"]
